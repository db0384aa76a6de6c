#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sequences/steps.h"

// What must go before a column or a table: foreign keys, each in a transaction of its own, since
// dropping one locks both of its tables against everybody.

namespace lockstep::operations {

/// Drops a foreign key; the referenced table is locked first. In contract.
plan::Step drop_foreign_key_step(const Maker& make, const catalog::Relation& table,
                                 const catalog::Constraint& key);

/// Locks on an index that goes with its table or column.
plan::LockClaim dropped_index(const catalog::Relation& table, const catalog::Index& index);
/// Locks on the sequences that go with a table, or with one of its columns.
std::vector<plan::LockClaim> dropped_sequences(
    const catalog::Catalog& catalog, const catalog::QualifiedName& table,
    std::optional<std::string_view> column = std::nullopt);

}  // namespace lockstep::operations
