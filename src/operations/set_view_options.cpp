#include "set_view_options.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/list.h"
#include "support/parameters.h"
#include "support/table_action.h"
#include "support/versions.h"
#include "support/yaml.h"

namespace lockstep::operations::set_view_options {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class SetViewOptions final : public TableAction {
 public:
  SetViewOptions(TableTarget view, sql::StorageParameters action, Origin origin)
      : TableAction(std::move(view), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "set_view_options"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (target().if_exists && !context.catalog.find(target().name)) return judge.take();
    const Relation* view = judge.relation(target().name);
    if (!view) return judge.take();
    if (view->kind != catalog::RelationKind::kView && !view->assumed) {
      judge.problem(
          fmt::format("{} is a {}, not a view", shown(view->name), to_string(view->kind)));
      return judge.take();
    }
    for (const sql::StorageParameter& option : action_.parameters)
      judge_option(judge, context, option);
    if (!is_new(*view, *this, context)) {
      judge.report(
          {.id = "alter-view",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Queries of {} may see, or take, other rows.", shown(view->name)),
           .remedy = "It happens in contract, after the deploy."});
    }
    judge.brief_lock(*view, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* view = context.catalog.find(target().name);
    if (!view) return {};
    const Maker make{*this, context};
    const bool fresh = is_new(*view, *this, context);
    std::vector<std::string> back;
    for (const std::string& clause : clauses_back(view->options, after(*view))) {
      back.push_back(alter(*view, clause));
    }
    Step step = make.transaction(
        fresh ? Phase::kExpand : Phase::kContract,
        fmt::format("{} options of {}", action_.reset ? "reset" : "set", shown(view->name)),
        {alter(*view, clause())}, {{view->name, LockMode::kAccessExclusive}},
        undo_exact(std::move(back)),
        {touch_relation(How::kNeeds, view->name), {How::kChanges, "view options", view->name, {}}});
    if (!fresh) step.note = "is contract because queries of the deployed application may notice";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* view = catalog.find(target().name);
    if (!view) return;
    const Context context{catalog};
    const Phase natural = is_new(*view, *this, context) ? Phase::kExpand : Phase::kContract;
    if (phase == phase_of(*this, context, natural)) view->options = after(*view);
  }

  std::string describe() const override {
    return fmt::format("set_view_options view={} {}", shown(target().name), clause());
  }

 private:
  static void judge_option(Judge& judge, const Context& context,
                           const sql::StorageParameter& option) {
    if (option.name == "security_invoker") {
      needs_version(judge, context, 15, "security_invoker of a view");
    } else if (option.name != "security_barrier" && option.name != "check_option") {
      judge.problem(fmt::format("views have no option {}", option.name),
                    "There are security_barrier, security_invoker and check_option.");
    }
  }

  static std::string alter(const Relation& view, const std::string& clause) {
    return fmt::format("ALTER VIEW {} {}", sql::quote(view.name), clause);
  }

  std::string clause() const {
    const std::vector<std::string> written = parameter_texts(action_.parameters);
    return action_.reset ? reset_clause(written) : set_clause(written);
  }

  std::vector<std::string> after(const Relation& view) const {
    return options_after(view.options, action_.reset, action_.parameters);
  }

  sql::StorageParameters action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& view,
                                         const sql::StorageParameters& action,
                                         const Origin& origin) {
  return one(std::make_unique<SetViewOptions>(view, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation set_view_options", problems);
  const TableTarget view{yaml_name(fields, "view", problems),
                         fields.boolean("if_exists").value_or(false), false};
  std::vector<OperationPtr> operations;
  sql::StorageParameters set;
  if (const text::Node* node = fields.node("set")) {
    for (const text::Node::Entry& entry : node->entries()) {
      set.parameters.push_back({entry.key, entry.value.scalar()});
    }
  }
  sql::StorageParameters reset{true, {}};
  for (const std::string& option : fields.texts("reset")) reset.parameters.push_back({option, {}});
  fields.finish();
  if (!set.parameters.empty()) append(operations, from_statement(view, set, origin));
  if (!reset.parameters.empty()) append(operations, from_statement(view, reset, origin));
  if (operations.empty()) {
    problems.push_back({parameters.where(), "operation set_view_options needs set or reset", {}});
  }
  return operations;
}

}  // namespace lockstep::operations::set_view_options
