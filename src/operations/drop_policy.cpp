#include "drop_policy.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "support/alone.h"
#include "support/former.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/policies.h"
#include "support/yaml.h"

namespace lockstep::operations::drop_policy {

using catalog::Dependant;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class DropPolicy final : public Operation {
 public:
  DropPolicy(sql::Drop drop, Origin origin)
      : Operation(std::move(origin)), drop_(std::move(drop)) {}

  std::string_view name() const noexcept override { return "drop_policy"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(*drop_.on_table);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (drop_.if_exists && !context.catalog.find(*drop_.on_table)) return judge.take();
    const Relation* table = judge.table({*drop_.on_table, drop_.if_exists, false});
    if (!table) return judge.take();
    if (!find_policy(*table, policy())) {
      if (!drop_.if_exists && !table->assumed) {
        judge.problem(fmt::format("{} has no policy {}", shown(table->name), policy()),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    if (policies_count(*table, *this, context)) {
      if (is_the_last(*table)) {
        judge_hidden_rows(judge, *table, fmt::format("{} is the last policy.", policy()),
                          "Create the policy that takes its place in a statement before this one, "
                          "or under its name right behind it, which makes both one step.");
      }
      judge_other_rows(judge, *table);
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(*drop_.on_table);
    const Dependant* old = table ? find_policy(*table, policy()) : nullptr;
    if (!old) return {};
    const Maker make{*this, context};
    const bool seen = policies_count(*table, *this, context);
    Step step = make.transaction(
        seen ? Phase::kContract : Phase::kExpand,
        fmt::format("drop policy {} on {}", policy(), shown(table->name)),
        {drop_policy_sql(*table, policy())}, {{table->name, LockMode::kAccessExclusive}},
        old->definition.empty()
            ? undo_none(fmt::format("policy {}", policy()))
            : undo_exact({old->definition}, {former_comment("POLICY", table->name, policy(),
                                                            WithoutComment::kNothing)}),
        policy_touches(*table, policy(), How::kDrops));
    step.irreversible = old->definition.empty();
    if (seen) step.note = kPolicyNote;
    std::vector<Step> steps;
    steps.push_back(alone(std::move(step), *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(*drop_.on_table);
    if (!table) return;
    std::erase_if(table->dependants, [&](const Dependant& dependant) {
      return dependant.kind == "policy" && dependant.name.name == policy();
    });
  }

  std::string describe() const override {
    return fmt::format("drop_policy table={} name={}{}", shown(*drop_.on_table), policy(),
                       drop_.if_exists ? " if_exists" : "");
  }

  const sql::Drop& statement() const { return drop_; }

 private:
  const std::string& policy() const { return drop_.names.front().name; }

  static bool is_the_last(const Relation& table) {
    return std::count_if(table.dependants.begin(), table.dependants.end(),
                         [](const Dependant& other) { return other.kind == "policy"; }) == 1;
  }

  sql::Drop drop_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return each_name(statement, [&](sql::Drop drop) {
    return std::make_unique<DropPolicy>(std::move(drop), origin);
  });
}

const sql::Drop* statement_of(const Operation& operation) {
  const auto* drop = dynamic_cast<const DropPolicy*>(&operation);
  return drop ? &drop->statement() : nullptr;
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_policy", problems);
  sql::Drop drop = yaml_drop(fields, "POLICY", problems);
  drop.on_table = yaml_name(fields, "table", problems);
  fields.finish();
  return one(std::make_unique<DropPolicy>(std::move(drop), origin));
}

}  // namespace lockstep::operations::drop_policy
