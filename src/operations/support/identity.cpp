#include "support/identity.h"

#include <utility>

#include <fmt/format.h>

namespace lockstep::operations {

bool judge_identity_family(Judge& judge, const catalog::Relation& table, std::string remedy) {
  if (table.partitions.empty()) return true;
  judge.refuse("identity-numbers",
               fmt::format("What becomes of the partitions and children of {} differs by version.",
                           shown(table.name)),
               std::move(remedy));
  return false;
}

void judge_identity_always(Judge& judge, const std::string& column) {
  judge.report({.id = "identity-always",
                .verdict = plan::Verdict::kInstant,
                .effect = fmt::format("An INSERT that names {} fails from then on, unless it says "
                                      "OVERRIDING SYSTEM VALUE.",
                                      column),
                .remedy = "It happens in contract, after the deploy."});
}

sql::IdentitySpec::Kind yaml_generated(text::Fields& fields, const std::string& word) {
  if (word == "always") return sql::IdentitySpec::Kind::kAlways;
  if (word != "by_default" && !word.empty())
    fields.problem("generated", "generated must be always or by_default");
  return sql::IdentitySpec::Kind::kByDefault;
}

}  // namespace lockstep::operations
