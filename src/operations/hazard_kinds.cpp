#include "lockstep/operations/registry.h"

namespace lockstep::operations {

namespace {

// By family; within one in the order of the operations that report them.
constexpr HazardKind kHazards[] = {
    // Any operation
    {"brief-lock", "Takes a strong lock for an instant; queries queue while it waits for it.", false},
    {"phase-conflict", "Needs an object that an unfinished contract step changes or drops.", false},
    {"phase-override", "phase = expand is written on what depends on a contract step of its file.", false},
    {"alter-table-only", "ALTER TABLE ONLY leaves partitions and children as they are.", false},
    // Columns
    {"set-not-null-scan", "SET NOT NULL reads the whole table under a lock that blocks everybody.", false},
};

}  // namespace

std::span<const HazardKind> hazard_kinds() { return kHazards; }

}  // namespace lockstep::operations
