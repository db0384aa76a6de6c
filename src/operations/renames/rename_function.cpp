#include "renames/named_once.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/signatures.h"

namespace lockstep::operations::rename_object {

using catalog::Catalog;
using catalog::Function;
using catalog::QualifiedName;
using catalog::Trigger;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class RenameFunction final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.functions.insert(target());
    request.functions.insert({target().schema, new_name()});
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto overloads = context.catalog.find_functions(target());
    const Function* function = find(context.catalog);
    if (!function) {
      if (overloads.size() > 1) {
        judge.problem(
            fmt::format("{} functions have the name {}", overloads.size(), shown(target())),
            "Write the argument types too.");
      } else if (!context.catalog.partial) {
        judge.problem(fmt::format("there is no function {}{}", shown(target()), signature()),
                      "Check the name and the types of its arguments.");
      }
      return judge.take();
    }
    // Nobody can call a trigger function by its name; triggers follow it.
    if (function->returns == "trigger") return judge.take();
    judge_used_by_name(
        judge, fmt::format("Queries that call {} fail from that instant.", shown(function->name)),
        "Create a function of the new name, move over in a deploy, and drop the old one in a later "
        "migration.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Function* function = find(context.catalog);
    if (!function) return {};
    const QualifiedName& name = function->name;
    const QualifiedName renamed{name.schema, new_name()};
    const std::string& arguments = signature();
    const auto alter = [&](const QualifiedName& from, const std::string& to) {
      return fmt::format("ALTER {} {}{} RENAME TO {}", statement().object_type, sql::quote(from),
                         arguments, sql::quote_identifier(to));
    };
    const bool trigger = function->returns == "trigger";
    std::vector<Step> steps =
        step(context, trigger ? Phase::kExpand : Phase::kContract, what(name),
             {alter(name, new_name()), alter(renamed, name.name)}, {},
             {touch_function(How::kRenames, name), touch_function(How::kCreates, renamed)});
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    const Function* found = find(catalog);
    if (!found) return;
    const QualifiedName from = found->name;
    const QualifiedName to{from.schema, new_name()};
    for (Function& function : catalog.functions) {
      if (&function != found) continue;
      function.name = to;
      function.definition_hash.clear();
    }
    for (auto& entry : catalog.relations) {
      for (Trigger& trigger : entry.second.triggers) {
        if (trigger.function != from) continue;
        trigger.function = to;
        trigger.definition.clear();
      }
      for (catalog::Dependant& dependant : entry.second.dependants) {
        if (dependant.kind == "function" && dependant.name == from) dependant.name = to;
      }
    }
  }

 private:
  /// "(integer, text)"; empty where none is written.
  const std::string& signature() const { return statement().sub_name; }

  /// The one that is meant.
  const Function* find(const Catalog& catalog) const {
    const auto overloads = catalog.find_functions(target());
    const std::string& written = signature();
    if (written.empty()) return overloads.size() == 1 ? overloads.front() : nullptr;
    const auto wanted = argument_types(written.substr(1, written.size() - 2), catalog);
    for (const Function* function : overloads) {
      if (argument_types(function->signature, catalog) == wanted) return function;
    }
    return nullptr;
  }
};

}  // namespace

OperationPtr rename_function(const sql::Rename& statement, const Origin& origin) {
  return std::make_unique<RenameFunction>(statement, origin);
}

}  // namespace lockstep::operations::rename_object
