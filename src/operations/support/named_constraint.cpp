#include "support/named_constraint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::operations {

void judge_constraint_name(Judge& judge, const catalog::Constraint& constraint) {
  const bool by_name = !constraint.index.empty();
  judge.report(
      {.id = "rename-constraint",
       .verdict = plan::Verdict::kInstant,
       .effect = fmt::format(
           "{}ode that knows violations by the constraint's name does not know those of {} any "
           "more.",
           by_name ? fmt::format("INSERT ... ON CONFLICT ON CONSTRAINT {} fails from that instant; "
                                 "c",
                                 constraint.name)
                   : "C",
           constraint.name),
       .remedy = fmt::format(
           "It happens in contract, after the deploy. Let the release that is deployed before it "
           "{}know violations by both names.",
           by_name && !constraint.columns.empty()
               ? fmt::format("write ON CONFLICT ({}), and ", fmt::join(constraint.columns, ", "))
               : "")});
}

void append_constraint_touches(std::vector<plan::Touch>& touches,
                               const catalog::QualifiedName& table, const std::string& from,
                               const std::string& to) {
  touches.push_back(touch_constraint(plan::Touch::How::kRenames, table, from));
  touches.push_back(touch_constraint(plan::Touch::How::kCreates, table, to));
}

}  // namespace lockstep::operations
