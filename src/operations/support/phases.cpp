#include "support/phases.h"

#include <algorithm>

namespace lockstep::operations {

bool stay_null_until_deploy(const catalog::Relation& table,
                            const std::vector<std::string>& columns) {
  return !columns.empty() &&
         std::all_of(columns.begin(), columns.end(), [&](const std::string& name) {
           const catalog::Column* column = table.column(name);
           return column && column->added_by_plan && !column->not_null && !column->default_value &&
                  column->identity == catalog::Identity::kNone &&
                  column->generated == catalog::Generated::kNone;
         });
}

core::Phase constraint_phase(const catalog::Relation& table,
                             const std::vector<std::string>& columns, const Operation& operation,
                             const Context& context) {
  return is_new(table, operation, context) || stay_null_until_deploy(table, columns)
             ? core::Phase::kExpand
             : core::Phase::kContract;
}

}  // namespace lockstep::operations
