#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/altered_column.h"
#include "support/list.h"

namespace lockstep::operations {

/// ALTER COLUMN ... DROP IDENTITY or EXPRESSION [IF EXISTS]: what both have in common.
class DroppedProperty : public AlteredColumn {
 public:
  DroppedProperty(ColumnTarget target, bool if_exists, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), if_exists_(if_exists) {}

  std::string describe() const override;

 protected:
  using Has = bool (*)(const catalog::Column&);

  /// The table and its column, where that has it. Where it has not, a Problem says that it is no
  /// `what`, unless IF EXISTS.
  std::optional<Found> judge_there(Judge& judge, Has has, std::string_view what) const;

  /// The deployed application relies on it, unless it does not know the table yet.
  core::Phase natural(const catalog::Relation& table, const Context& context) const {
    return is_new(table, *this, context) ? core::Phase::kExpand : core::Phase::kContract;
  }
  /// Whether the fold has come to its phase.
  bool is_phase(const catalog::Catalog& catalog, const catalog::Relation& table,
                core::Phase phase) const {
    const Context context{catalog};
    return phase == phase_of(*this, context, natural(table, context));
  }

 private:
  bool if_exists_;
};

template <class Kind, class Action>
std::vector<OperationPtr> drop_property(const TableTarget& table, const Action& action,
                                        const Origin& origin) {
  return one(std::make_unique<Kind>(ColumnTarget{table, action.column}, action.if_exists, origin));
}

template <class Kind>
std::vector<OperationPtr> drop_property_from_yaml(text::Fields& fields, const Origin& origin,
                                                  core::Problems& problems) {
  ColumnTarget target = yaml_column_target(fields, problems);
  fields.finish();
  return one(std::make_unique<Kind>(std::move(target), false, origin));
}

}  // namespace lockstep::operations
