#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

// What may run in batches (RULES.md 20): a change that a stopped and repeated pass cannot do twice.
// Judged from the statement and the catalog, never from the number of rows.

namespace lockstep::operations {

struct Batching {
  /// True of a row that still needs the change, the author's WHERE included; empty where none is
  /// derivable.
  std::string remaining;
  std::string refusal;  ///< why it cannot be batched; empty: it can
  std::string remedy;
};

Batching batch_update(const sql::Update& statement, const catalog::Relation& table,
                      const catalog::Catalog& catalog);
Batching batch_delete(const sql::Delete& statement, const catalog::Relation& table,
                      const catalog::Catalog& catalog);

}  // namespace lockstep::operations
