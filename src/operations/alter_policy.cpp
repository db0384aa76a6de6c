#include "alter_policy.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/dml.h"
#include "support/list.h"
#include "support/policies.h"
#include "support/text.h"

namespace lockstep::operations::alter_policy {

using catalog::Dependant;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class AlterPolicy final : public Operation {
 public:
  AlterPolicy(std::string text, sql::AlterPolicy statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "alter_policy"; }

  void request(catalog::CatalogRequest& request) const override {
    request_policy(request, parts_of(statement_));
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    if (!find_policy(*table, statement_.name) && !table->assumed) {
      judge.problem(fmt::format("{} has no policy {}", shown(table->name), statement_.name),
                    "Check the name, and that an earlier statement creates it.");
    }
    if (policies_count(*table, *this, context)) judge_other_rows(judge, *table);
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    const bool seen = policies_count(*table, *this, context);
    std::vector<Step> steps;
    steps.push_back(
        policy_step(make, *table, parts_of(statement_), seen ? Phase::kContract : Phase::kExpand,
                    fmt::format("alter policy {} on {}", statement_.name, shown(table->name)),
                    {text_}, undo_policy(*table, statement_.name), How::kChanges));
    return steps;
  }

  /// Of what is not written the former columns stay; which those are nobody can tell.
  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(statement_.table);
    if (!table) return;
    for (Dependant& policy : table->dependants) {
      if (policy.kind != "policy" || policy.name.name != statement_.name) continue;
      policy.definition.clear();
      policy.columns.merge(policy_columns(*table, parts_of(statement_)));
    }
  }

  std::string describe() const override { return "alter_policy " + one_line(text_); }

 private:
  std::string text_;
  sql::AlterPolicy statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::AlterPolicy& statement,
                                         const Origin& origin) {
  return one(std::make_unique<AlterPolicy>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_policy", problems);
  const std::string name = fields.required_text("name");
  const std::string table = fields.required_text("table");
  const std::string clauses = yaml_policy_clauses(fields);
  fields.finish();
  const std::string text = fmt::format("ALTER POLICY {} ON {}{}", name, table, clauses);
  const auto parsed = parse_as<sql::AlterPolicy>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::alter_policy
