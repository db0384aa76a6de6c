#include "create_trigger.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/builtins.h"
#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/former.h"
#include "support/list.h"
#include "support/text.h"
#include "support/versions.h"
#include "support/yaml.h"

namespace lockstep::operations::create_trigger {

using catalog::Catalog;
using catalog::LockMode;
using catalog::Relation;
using catalog::Trigger;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

const Trigger* find_trigger(const Relation& table, const std::string& name) {
  const auto found = std::find_if(table.triggers.begin(), table.triggers.end(),
                                  [&](const Trigger& trigger) { return trigger.name == name; });
  return found == table.triggers.end() ? nullptr : &*found;
}

class CreateTrigger final : public Operation {
 public:
  CreateTrigger(std::string text, sql::CreateTrigger statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "create_trigger"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.table);
    request.functions.insert(statement_.function);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.relation(statement_.table);
    if (!table) return judge.take();
    const bool known = context.catalog.partial ||
                       !context.catalog.find_functions(statement_.function).empty() ||
                       catalog::builtin_volatility(statement_.function.name).has_value();
    if (!known) {
      judge.problem(fmt::format("there is no function {}", shown(statement_.function)),
                    "Check the name, and that an earlier statement creates it.");
    }
    if (statement_.or_replace) needs_version(judge, context, 14, "CREATE OR REPLACE TRIGGER");
    if (find_trigger(*table, statement_.name) && !statement_.or_replace) {
      judge.problem(fmt::format("{} has a trigger {} already", shown(table->name), statement_.name),
                    "Write CREATE OR REPLACE TRIGGER, or choose another name.");
    }
    judge.brief_lock(*table, LockMode::kShareRowExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    const Trigger* existing = find_trigger(*table, statement_.name);
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        Phase::kExpand,
        fmt::format("{} trigger {}", existing ? "replace" : "create", statement_.name), {text_},
        family(context.catalog, *table, LockMode::kShareRowExclusive), undo(*table, existing),
        {touch_relation(How::kNeeds, table->name),
         touch_trigger(existing ? How::kChanges : How::kCreates, table->name, statement_.name),
         touch_triggers(How::kChanges, table->name),
         touch_function(How::kNeeds, context.catalog.qualify(statement_.function))}));
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(statement_.table);
    if (!table) return;
    Trigger folded;
    folded.name = statement_.name;
    folded.function = function_name(catalog);
    folded.before = statement_.timing == "BEFORE";
    folded.row_level = statement_.row_level;
    folded.on_insert = statement_.on_insert;
    folded.on_update = statement_.on_update;
    folded.on_delete = statement_.on_delete;
    folded.update_of.insert(statement_.update_of.begin(), statement_.update_of.end());
    folded.uses = folded.update_of;
    folded.uses.insert(statement_.when_columns.begin(), statement_.when_columns.end());
    put(catalog, *table, folded);
  }

  std::string describe() const override { return "create_trigger " + one_line(text_); }

 private:
  /// A row trigger of a partitioned table is cloned to its partitions.
  static void put(Catalog& catalog, Relation& table, const Trigger& folded) {
    const auto found =
        std::find_if(table.triggers.begin(), table.triggers.end(),
                     [&](const Trigger& trigger) { return trigger.name == folded.name; });
    if (found == table.triggers.end()) {
      table.triggers.push_back(folded);
    } else {
      *found = folded;
    }
    if (!folded.row_level || table.kind != catalog::RelationKind::kPartitionedTable) return;
    for (const catalog::QualifiedName& child : table.partitions) {
      if (Relation* partition = catalog.find(child)) put(catalog, *partition, folded);
    }
  }

  catalog::QualifiedName function_name(const Catalog& catalog) const {
    const auto found = catalog.find_functions(statement_.function);
    if (!found.empty()) return found.front()->name;
    const bool builtin = catalog::builtin_volatility(statement_.function.name).has_value();
    if (builtin) return {"pg_catalog", statement_.function.name};
    return catalog.qualify(statement_.function);
  }

  plan::Undo undo(const Relation& table, const Trigger* existing) const {
    const std::string drop = fmt::format(
        "DROP TRIGGER {} ON {}", sql::quote_identifier(statement_.name), sql::quote(table.name));
    if (!existing) return undo_exact({drop});
    if (existing->definition.empty() || existing->enabled != 'O') {
      return undo_none(fmt::format("the former definition of {}", statement_.name));
    }
    return undo_exact(
        {drop, existing->definition},
        {former_comment("TRIGGER", table.name, statement_.name, WithoutComment::kNothing)});
  }

  std::string text_;
  sql::CreateTrigger statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreateTrigger& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateTrigger>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_trigger", problems);
  const std::string name = fields.required_text("name");
  const std::string table = fields.required_text("table");
  const std::string timing = fields.required_text("timing");
  fields.required_node("events");
  const std::vector<std::string> events = fields.texts("events");
  const std::string level = fields.text("for_each").value_or("row");
  const std::optional<std::string> when = fields.text("when");
  const std::string function = fields.required_text("function");
  const bool replace = fields.boolean("replace").value_or(false);
  fields.finish();
  const std::string text =
      fmt::format("CREATE {}TRIGGER {} {} {} ON {} FOR EACH {}{} EXECUTE FUNCTION {}{}",
                  replace ? "OR REPLACE " : "", name, timing, fmt::join(events, " OR "), table,
                  level, when ? fmt::format(" WHEN ({})", *when) : "", function,
                  function.find('(') == std::string::npos ? "()" : "");
  const auto parsed = parse_as<sql::CreateTrigger>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_trigger
