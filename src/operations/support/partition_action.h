#pragma once

#include <utility>

#include "support/table_action.h"
#include "support/yaml.h"

namespace lockstep::operations {

/// ALTER TABLE ... ATTACH or DETACH PARTITION: what both have in common.
template <class Statement>
class PartitionAction : public TableAction {
 public:
  PartitionAction(TableTarget table, Statement action, Origin origin)
      : TableAction(std::move(table), std::move(origin)), action_(std::move(action)) {}

  void request(catalog::CatalogRequest& request) const override {
    TableAction::request(request);
    request.relations.insert(action_.partition);
  }

 protected:
  /// The partitioned table, and what is or becomes its partition; false where one is missing.
  struct Both {
    const catalog::Relation* table = nullptr;
    const catalog::Relation* partition = nullptr;
    explicit operator bool() const { return table && partition; }
  };

  const Statement& action() const { return action_; }

  Both find(const catalog::Catalog& catalog) const {
    return {catalog.find(target().name), catalog.find(action_.partition)};
  }
  /// What is missing is reported.
  Both judge_both(Judge& judge, const Context& context) const {
    if (!judge.table(target())) return {};
    const catalog::Relation* partition = judge.table({action_.partition, false, false});
    // Looking for the partition may have moved the table.
    return {context.catalog.find(target().name), partition};
  }

 private:
  Statement action_;
};

/// `table` and `partition`.
template <class Statement>
TableTarget yaml_partition(text::Fields& fields, Statement& action, core::Problems& problems) {
  TableTarget table;
  table.name = yaml_name(fields, "table", problems);
  action.partition = yaml_name(fields, "partition", problems);
  return table;
}

}  // namespace lockstep::operations
