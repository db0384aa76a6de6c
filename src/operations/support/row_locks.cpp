#include "support/row_locks.h"

#include <algorithm>

#include "support/fold.h"
#include "support/locks.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::ReferencingKey;
using catalog::Relation;
using plan::LockClaim;

namespace {

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& name) {
    return std::find(b.begin(), b.end(), name) != b.end();
  });
}

/// CASCADE, SET NULL and SET DEFAULT write the referencing table; else its rows are only looked at.
LockMode delete_mode(const ReferencingKey& key) {
  const bool writes = key.on_delete == 'c' || key.on_delete == 'n' || key.on_delete == 'd';
  return writes ? LockMode::kRowExclusive : LockMode::kRowShare;
}

}  // namespace

std::vector<LockClaim> locks_of_write(const Catalog& catalog, const Relation& table,
                                      const std::vector<std::string>& columns) {
  std::vector<LockClaim> locks;
  for (const Constraint& constraint : table.constraints) {
    if (constraint.kind == ConstraintKind::kForeignKey && overlap(constraint.columns, columns)) {
      locks.push_back({catalog.qualify(constraint.referenced), LockMode::kRowShare});
    }
  }
  for (const ReferencingKey& key : table.referenced_by) {
    if (overlap(key.referenced_columns, columns)) locks.push_back({key.table, LockMode::kRowShare});
  }
  return locks;
}

std::vector<LockClaim> locks_of_delete(const Relation& table) {
  std::vector<LockClaim> locks;
  for (const ReferencingKey& key : table.referenced_by) {
    locks.push_back({key.table, delete_mode(key)});
  }
  return locks;
}

std::vector<LockClaim> locks_of_numbering(const Catalog& catalog, const Relation& table,
                                          const std::vector<std::string>& given) {
  std::vector<LockClaim> locks;
  if (given.empty()) return locks;
  for (const catalog::Column& column : table.columns) {
    if (std::find(given.begin(), given.end(), column.name) != given.end()) continue;
    for (const auto& sequence : owned_sequences(catalog, table.name, column.name)) {
      locks.push_back({sequence, LockMode::kRowExclusive});
    }
  }
  return locks;
}

std::vector<LockClaim> locks_of_reads(const Catalog& catalog,
                                      const std::vector<catalog::QualifiedName>& reads) {
  std::vector<LockClaim> locks;
  for (const catalog::QualifiedName& name : reads) {
    if (const Relation* relation = catalog.find(name))
      locks.push_back({relation->name, LockMode::kAccessShare});
  }
  return locks;
}

}  // namespace lockstep::operations
