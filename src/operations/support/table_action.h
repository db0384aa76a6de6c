#pragma once

#include <utility>

#include "support/judge.h"

namespace lockstep::operations {

/// A sub-command of ALTER TABLE, which needs to know its table.
class TableAction : public Operation {
 public:
  TableAction(TableTarget table, Origin origin)
      : Operation(std::move(origin)), table_(std::move(table)) {}

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(table_.name);
  }

  const TableTarget& target() const { return table_; }

 private:
  TableTarget table_;
};

}  // namespace lockstep::operations
