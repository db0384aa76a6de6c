#include "grant.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sequences/steps.h"
#include "support/alternatives.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"

namespace lockstep::operations::grant {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class Grant final : public Operation {
 public:
  Grant(std::string text, sql::Grant statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "grant"; }

  void request(catalog::CatalogRequest& request) const override {
    if (on_relations())
      request.relations.insert(statement_.objects.begin(), statement_.objects.end());
    if (statement_.object_type == "FUNCTION")
      request.functions.insert(statement_.objects.begin(), statement_.objects.end());
    if (statement_.object_type == "TYPE")
      request.types.insert(statement_.objects.begin(), statement_.objects.end());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (on_relations()) {
      for (const catalog::QualifiedName& name : statement_.objects) judge.relation(name);
    }
    if (!statement_.is_grant) {
      judge.report(
          {.id = "revoke-breaks-queries",
           .verdict = plan::Verdict::kInstant,
           .effect =
               "Queries of the deployed application that need the privilege fail from then on.",
           .remedy = "It happens in contract, after the deploy."});
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks;
    std::vector<plan::Touch> touches;
    std::vector<std::string> names;
    for (const catalog::QualifiedName& name : statement_.objects) {
      names.push_back(shown(name));
      touches.push_back({plan::Touch::How::kChanges,
                         "privileges",
                         place_of(context.catalog, statement_.object_type, name),
                         {}});
      const Relation* relation = on_relations() ? context.catalog.find(name) : nullptr;
      if (!relation) continue;
      touches.push_back(touch_relation(plan::Touch::How::kNeeds, relation->name));
      // Before 18 only the row in pg_class is locked.
      if (context.catalog.version.major() >= 18)
        locks.push_back({relation->name, LockMode::kAccessShare});
    }
    const bool grants = statement_.is_grant;
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        grants ? Phase::kExpand : Phase::kContract,
        fmt::format("{} on {}", grants ? "grant" : "revoke", fmt::join(names, ", ")), {text_},
        locks, undo_none(grants ? "that it was not granted" : "that it was granted"),
        std::move(touches)));
    return steps;
  }

  /// A function's privileges are part of what its hash stands for.
  void apply(catalog::Catalog& catalog, Phase) const override {
    if (statement_.object_type != "FUNCTION") return;
    for (const catalog::QualifiedName& name : statement_.objects) {
      const auto granted_on = catalog.find_functions(name);
      for (catalog::Function& function : catalog.functions) {
        if (std::find(granted_on.begin(), granted_on.end(), &function) != granted_on.end())
          function.definition_hash.clear();
      }
    }
  }

  std::string describe() const override { return "grant " + one_line(text_); }

 private:
  bool on_relations() const {
    return statement_.object_type == "TABLE" || statement_.object_type == "SEQUENCE";
  }

  std::string text_;
  sql::Grant statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::Grant& statement,
                                         const Origin& origin) {
  return one(std::make_unique<Grant>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation grant", problems);
  fields.required_node("privileges");
  const std::vector<std::string> privileges = fields.texts("privileges");
  const std::string object = fields.required_text("on");
  const bool revoke = one_of(fields, {"to", "from"}) == "from";
  const std::vector<std::string> roles = fields.texts(revoke ? "from" : "to");
  if (roles.empty())
    fields.problem("to", "no role is named", "Write to: [role] to grant, from: [role] to revoke.");
  fields.finish();
  const std::string text =
      fmt::format("{} {} ON {} {} {}", revoke ? "REVOKE" : "GRANT", fmt::join(privileges, ", "),
                  object, revoke ? "FROM" : "TO", fmt::join(roles, ", "));
  const auto parsed = parse_as<sql::Grant>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::grant
