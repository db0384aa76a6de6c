#include "drop_function.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/list.h"
#include "support/object_users.h"
#include "support/objects.h"
#include "support/signatures.h"

namespace lockstep::operations::drop_function {

using catalog::Function;
using catalog::QualifiedName;
using core::Phase;
using plan::Step;

namespace {

class DropFunction final : public Operation {
 public:
  DropFunction(sql::Drop drop, Origin origin)
      : Operation(std::move(origin)), drop_(std::move(drop)) {}

  std::string_view name() const noexcept override { return "drop_function"; }

  void request(catalog::CatalogRequest& request) const override {
    request.functions.insert(drop_.names.front());
    request.used_functions.insert(drop_.names.front());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    judge_cascade(judge, drop_.cascade, shown(written()));
    const auto overloads = context.catalog.find_functions(written());
    if (overloads.empty()) {
      if (!drop_.if_exists && !context.catalog.partial) {
        judge.problem(fmt::format("there is no function {}", shown(written())),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    if (overloads.size() > 1 && signature().empty()) {
      judge.problem(
          fmt::format("{} functions have the name {}", overloads.size(), shown(written())),
          "Write the argument types too.");
      return judge.take();
    }
    std::vector<std::string> users = triggers(context.catalog, overloads.front()->name);
    for (const Function* function : overloads) {
      if (is_meant(*function, overloads.size() == 1, context.catalog)) {
        append_new(users,
                   users_of(context.catalog, "function", function->name, function->signature));
      }
    }
    if (!users.empty()) {
      judge.refuse(
          "function-is-used",
          fmt::format("{} is what these call: {}.", shown(written()), fmt::join(users, ", ")),
          "Drop them first, or let them call another one, in statements before this one.");
      return judge.take();
    }
    judge.report(
        {.id = "drop-function",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("Queries that call {} fail from then on.", shown(written())),
         .remedy = "It happens in contract, after the deploy. No table is locked."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const auto overloads = context.catalog.find_functions(written());
    if (overloads.empty()) return {};
    const Maker make{*this, context};
    const QualifiedName function = overloads.front()->name;
    Step step = make.transaction(
        Phase::kContract, fmt::format("drop {} {}", kind(), shown(function)),
        {fmt::format("DROP {} {}{}{}", drop_.object_type, if_exists_words(drop_.if_exists),
                     sql::quote(function), signature())},
        {}, undo_none(fmt::format("the definition of {}", shown(function))),
        {touch_function(plan::Touch::How::kDrops, function)});
    step.irreversible = true;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    const auto overloads = catalog.find_functions(written());
    if (overloads.empty()) return;
    const QualifiedName name = overloads.front()->name;
    const bool only = overloads.size() == 1;
    std::erase_if(catalog.functions, [&](const Function& function) {
      return function.name == name && is_meant(function, only, catalog);
    });
  }

  std::string describe() const override {
    return fmt::format("drop_function {}={}{}{}{}", kind(), shown(written()), signature(),
                       drop_.if_exists ? " if_exists" : "", drop_.cascade ? " cascade" : "");
  }

 private:
  const QualifiedName& written() const { return drop_.names.front(); }
  std::string signature() const {
    return drop_.signatures.empty() ? std::string() : drop_.signatures.front();
  }
  std::string kind() const { return drop_.object_type == "PROCEDURE" ? "procedure" : "function"; }

  /// Of those by its name.
  bool is_meant(const Function& function, bool only, const catalog::Catalog& catalog) const {
    const std::string wanted =
        signature().empty() ? std::string() : signature().substr(1, signature().size() - 2);
    return only || argument_types(function.signature, catalog) == argument_types(wanted, catalog);
  }

  static std::vector<std::string> triggers(const catalog::Catalog& catalog,
                                           const QualifiedName& function) {
    std::vector<std::string> names;
    for (const auto& [key, relation] : catalog.relations) {
      for (const catalog::Trigger& trigger : relation.triggers) {
        if (trigger.function == function)
          names.push_back(fmt::format("trigger {} on {}", trigger.name, shown(key)));
      }
    }
    return names;
  }

  sql::Drop drop_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return each_name(statement, [&](sql::Drop drop) {
    return std::make_unique<DropFunction>(std::move(drop), origin);
  });
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_function", problems);
  const bool procedure = fields.boolean("procedure").value_or(false);
  sql::Drop drop = yaml_drop(fields, procedure ? "PROCEDURE" : "FUNCTION", problems);
  const std::vector<std::string> arguments = fields.texts("arguments");
  if (fields.has("arguments")) drop.signatures = {fmt::format("({})", fmt::join(arguments, ", "))};
  fields.finish();
  return one(std::make_unique<DropFunction>(std::move(drop), origin));
}

}  // namespace lockstep::operations::drop_function
