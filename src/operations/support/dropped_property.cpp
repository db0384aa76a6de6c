#include "support/dropped_property.h"

#include <fmt/format.h>

namespace lockstep::operations {

std::string DroppedProperty::describe() const {
  return fmt::format("{} {}{}", name(), described(), if_exists_ ? " if_exists" : "");
}

std::optional<AlteredColumn::Found> DroppedProperty::judge_there(Judge& judge, Has has,
                                                                 std::string_view what) const {
  std::optional<Found> found = judge_column(judge);
  if (!found || has(found->column) || found->table.assumed) return found;
  if (!if_exists_) {
    judge.problem(fmt::format("{}.{} is no {}", shown(found->table.name), column(), what),
                  "Check the name, or write IF EXISTS if it may be none.");
  }
  return std::nullopt;
}

}  // namespace lockstep::operations
