#include "alter_policy.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/alone.h"
#include "support/dml.h"
#include "support/former.h"
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
    request.relations.insert(statement_.table);
    for (const auto* expression : {&statement_.using_expression, &statement_.check}) {
      if (!*expression) continue;
      request.relations.insert((*expression)->relations.begin(), (*expression)->relations.end());
      request.functions.insert((*expression)->functions.begin(), (*expression)->functions.end());
    }
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    if (!find_policy(*table, statement_.name) && !table->assumed) {
      judge.problem(fmt::format("{} has no policy {}", shown(table->name), statement_.name),
                    "Check the name, and that an earlier statement creates it.");
    }
    if (policies_count(*table, *this, context)) {
      judge_seen_rows(judge,
                      fmt::format("Other rows of {} are seen and taken.", shown(table->name)));
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks{{table->name, LockMode::kAccessExclusive}};
    std::vector<plan::Touch> touches = policy_touches(*table, statement_.name, How::kChanges);
    append_policy_reads(touches, locks, context.catalog, *table, statement_.using_expression);
    append_policy_reads(touches, locks, context.catalog, *table, statement_.check);
    const bool seen = policies_count(*table, *this, context);
    Step step =
        make.transaction(seen ? Phase::kContract : Phase::kExpand,
                         fmt::format("alter policy {} on {}", statement_.name, shown(table->name)),
                         {text_}, locks, undo(*table), std::move(touches));
    if (seen) step.note = "is contract because it changes which rows the application sees";
    std::vector<Step> steps;
    steps.push_back(alone(std::move(step), *table));
    return steps;
  }

  /// Of what is not written the former columns stay; which those are nobody can tell.
  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(statement_.table);
    if (!table) return;
    for (Dependant& policy : table->dependants) {
      if (policy.kind != "policy" || policy.name.name != statement_.name) continue;
      policy.definition.clear();
      for (const auto* expression : {&statement_.using_expression, &statement_.check}) {
        if (!*expression) continue;
        for (const std::string& column : (*expression)->columns) {
          if (table->column(column)) policy.columns.insert(column);
        }
      }
    }
  }

  std::string describe() const override { return "alter_policy " + one_line(text_); }

 private:
  plan::Undo undo(const Relation& table) const {
    const Dependant* old = find_policy(table, statement_.name);
    if (!old || old->definition.empty())
      return undo_none(fmt::format("the former policy {}", statement_.name));
    return undo_exact(
        {drop_policy_sql(table, statement_.name), old->definition},
        {former_comment("POLICY", table.name, statement_.name, WithoutComment::kNothing)});
  }

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
  const std::vector<std::string> roles = fields.texts("to");
  const std::optional<std::string> condition = fields.text("using");
  const std::optional<std::string> check = fields.text("with_check");
  fields.finish();
  const std::string text =
      fmt::format("ALTER POLICY {} ON {}{}{}{}", name, table,
                  roles.empty() ? "" : fmt::format(" TO {}", fmt::join(roles, ", ")),
                  condition ? fmt::format(" USING ({})", *condition) : "",
                  check ? fmt::format(" WITH CHECK ({})", *check) : "");
  const auto parsed = parse_as<sql::AlterPolicy>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::alter_policy
