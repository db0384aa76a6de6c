#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/plan/step.h"

namespace lockstep::operations {

/// What foreign keys lock when these columns of the table are written: the tables they reference,
/// and those that reference them.
std::vector<plan::LockClaim> locks_of_write(const catalog::Catalog& catalog,
                                            const catalog::Relation& table,
                                            const std::vector<std::string>& columns);
/// What they lock when rows are deleted: the tables that reference this one.
std::vector<plan::LockClaim> locks_of_delete(const catalog::Relation& table);
/// What rows with values for these columns alone are numbered from: the sequences of the others.
/// Without a list of columns there are no others.
std::vector<plan::LockClaim> locks_of_numbering(const catalog::Catalog& catalog,
                                                const catalog::Relation& table,
                                                const std::vector<std::string>& given);
/// ACCESS SHARE on what a statement reads.
std::vector<plan::LockClaim> locks_of_reads(const catalog::Catalog& catalog,
                                            const std::vector<catalog::QualifiedName>& reads);

}  // namespace lockstep::operations
