#include "sequences/drops.h"

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/fold.h"

namespace lockstep::operations {

using catalog::LockMode;
using How = plan::Touch::How;

plan::Step drop_foreign_key_step(const Maker& make, const catalog::Relation& table,
                                 const catalog::Constraint& key) {
  std::vector<plan::LockClaim> locks;
  if (const catalog::Relation* referenced = make.context.catalog.find(key.referenced)) {
    append(locks, family(make.context.catalog, *referenced, LockMode::kAccessExclusive));
  } else {
    locks.push_back({key.referenced, LockMode::kAccessExclusive});
  }
  append(locks, family(make.context.catalog, table, LockMode::kAccessExclusive));
  const std::string name = sql::quote_identifier(key.name);
  return make.transaction(core::Phase::kContract,
                          fmt::format("drop foreign key {} of {}", key.name, shown(table.name)),
                          {alter_table(table.name, "DROP CONSTRAINT " + name)}, locks,
                          undo_none(fmt::format("foreign key {}: {}", key.name, key.definition)),
                          {touch_constraint(How::kDrops, table.name, key.name)});
}

plan::LockClaim dropped_index(const catalog::Relation& table, const catalog::Index& index) {
  return {{table.name.schema, index.name}, LockMode::kAccessExclusive};
}

std::vector<plan::LockClaim> dropped_sequences(const catalog::Catalog& catalog,
                                               const catalog::QualifiedName& table,
                                               std::optional<std::string_view> column) {
  std::vector<plan::LockClaim> locks;
  for (const catalog::QualifiedName& name : owned_sequences(catalog, table, column)) {
    locks.push_back({name, LockMode::kAccessExclusive});
  }
  return locks;
}

}  // namespace lockstep::operations
