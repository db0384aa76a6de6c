#include "rename_object.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/fold_rename.h"
#include "support/list.h"
#include "support/renamed_object.h"
#include "support/signatures.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_object {

using catalog::Catalog;
using catalog::Function;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::Trigger;
using catalog::Type;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// What can have one name only. Each kind has its own ways to be known by it.
class NamedOnce : public RenamedObject {
 public:
  using RenamedObject::RenamedObject;

  std::string_view name() const noexcept override { return "rename_object"; }

 protected:
  std::string what(const QualifiedName& object) const {
    std::string kind;
    for (const char c : statement().object_type)
      kind += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return fmt::format("{} {}", kind, shown(object));
  }
};

class RenameSequence final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (!context.catalog.find(target()) && (statement().if_exists || !context.assumptions)) {
      if (!may_be_missing(context)) {
        judge.problem(fmt::format("there is no sequence {}", shown(target())),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    const Relation* sequence = judge.relation(target());
    if (!sequence || sequence->assumed) return judge.take();
    if (sequence->kind != catalog::RelationKind::kSequence) {
      judge.problem(fmt::format("{} is a {}", shown(sequence->name), to_string(sequence->kind)),
                    "Write ALTER TABLE.");
      return judge.take();
    }
    judge_new_relation(judge, context, sequence->name.schema);
    if (is_new(*sequence, *this, context)) return judge.take();
    const std::string effect = fmt::format(
        "nextval('{}') fails from that instant; column defaults follow.", shown(sequence->name));
    if (sequence->owned_by) {
      judge.report({.id = "rename-sequence",
                    .verdict = plan::Verdict::kInstant,
                    .effect = effect,
                    .remedy = fmt::format(
                        "It happens in contract, after the deploy. Let the release that is "
                        "deployed before it leave the value to the column's default, or ask for "
                        "pg_get_serial_sequence('{}', '{}').",
                        shown(sequence->owned_by->table), sequence->owned_by->column)});
    } else {
      judge_used_by_name(judge, effect,
                         "Create a sequence of the new name that starts beyond the old one, move "
                         "over in a deploy, and drop the old one in a later migration.");
    }
    judge.brief_lock(*sequence, LockMode::kAccessExclusive, "nextval() waits for an instant.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* sequence = context.catalog.find(target());
    if (!sequence) return {};
    const QualifiedName& name = sequence->name;
    return step(context, is_new(*sequence, *this, context) ? Phase::kExpand : Phase::kContract,
                what(name), statements("SEQUENCE", name), {{name, LockMode::kAccessExclusive}},
                {touch_relation(How::kRenames, name),
                 touch_relation(How::kCreates, {name.schema, new_name()})});
  }

  void apply(Catalog& catalog, Phase) const override {
    const Relation* sequence = catalog.find(target());
    if (!sequence || sequence->kind != catalog::RelationKind::kSequence) return;
    fold_rename_relation(catalog, QualifiedName(sequence->name), new_name());
  }
};

class RenameTrigger final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.relation(target());
    if (!table || table->assumed) return judge.take();
    const Trigger* trigger = find(*table, from());
    if (!trigger) {
      judge.problem(fmt::format("{} has no trigger {}", shown(table->name), from()),
                    "Check the name; \\d in psql lists them.");
      return judge.take();
    }
    if (find(*table, new_name())) {
      judge.problem(fmt::format("{} has a trigger {} already", shown(table->name), new_name()),
                    "Choose another name, or drop or rename the other one first.");
    }
    if (is_new(*table, *this, context)) return judge.take();
    if (const std::vector<std::string> passed = overtaken(*table, *trigger); !passed.empty()) {
      judge.report(
          {.id = "trigger-order",
           .verdict = plan::Verdict::kInstant,
           .effect = fmt::format("Triggers of one event fire in the order of their names: {} and "
                                 "{} change places.",
                                 new_name(), fmt::join(passed, ", ")),
           .remedy = "It happens in contract. Keep a name that sorts as the old one if the order "
                     "matters."});
    }
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target());
    const Trigger* trigger = table ? find(*table, from()) : nullptr;
    if (!trigger) return {};
    const bool reorders = !overtaken(*table, *trigger).empty() && !is_new(*table, *this, context);
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name),
                                     touch_trigger(How::kRenames, table->name, from()),
                                     touch_trigger(How::kCreates, table->name, new_name())};
    if (reorders) touches.push_back(touch_triggers(How::kChanges, table->name));
    const auto alter = [&](const std::string& name, const std::string& to) {
      return fmt::format("ALTER TRIGGER {} ON {} RENAME TO {}", sql::quote_identifier(name),
                         sql::quote(table->name), sql::quote_identifier(to));
    };
    return step(context, reorders ? Phase::kContract : Phase::kExpand,
                fmt::format("trigger {}", from()),
                {alter(from(), new_name()), alter(new_name(), from())},
                descends(context.catalog, *table)
                    ? family(context.catalog, *table, LockMode::kAccessExclusive)
                    : std::vector<plan::LockClaim>{{table->name, LockMode::kAccessExclusive}},
                std::move(touches));
  }

  void apply(Catalog& catalog, Phase) const override {
    if (Relation* table = catalog.find(target())) rename(catalog, *table);
  }

 private:
  const std::string& from() const { return statement().sub_name; }

  static const Trigger* find(const Relation& table, std::string_view name) {
    const auto found = std::find_if(table.triggers.begin(), table.triggers.end(),
                                    [&](const Trigger& trigger) { return trigger.name == name; });
    return found == table.triggers.end() ? nullptr : &*found;
  }

  /// 14 leaves the triggers of partitions as they are.
  static bool descends(const Catalog& catalog, const Relation& table) {
    return catalog.version.major() >= 15 && table.kind == catalog::RelationKind::kPartitionedTable;
  }

  void rename(Catalog& catalog, Relation& table) const {
    for (Trigger& trigger : table.triggers) {
      if (trigger.name != from()) continue;
      trigger.name = new_name();
      trigger.definition.clear();
    }
    if (!descends(catalog, table)) return;
    const std::vector<QualifiedName> partitions = table.partitions;
    for (const QualifiedName& partition : partitions) {
      if (Relation* found = catalog.find(partition)) rename(catalog, *found);
    }
  }

  /// Triggers that may fire at the same moment, and did so on the other side of this one.
  std::vector<std::string> overtaken(const Relation& table, const Trigger& trigger) const {
    std::vector<std::string> names;
    for (const Trigger& other : table.triggers) {
      const bool together =
          other.before == trigger.before && other.row_level == trigger.row_level &&
          ((other.on_insert && trigger.on_insert) || (other.on_update && trigger.on_update) ||
           (other.on_delete && trigger.on_delete));
      if (other.name == trigger.name || !together) continue;
      if ((other.name < trigger.name) != (other.name < new_name())) names.push_back(other.name);
    }
    return names;
  }
};

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

class RenameType final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(target());
    request.types.insert({target().schema, new_name()});
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Type* type = context.catalog.find_type(target());
    if (!type) {
      if (!may_be_missing(context)) {
        judge.problem(fmt::format("there is no type {}", shown(target())),
                      "Check the name, and that an earlier statement creates it.");
      }
      return judge.take();
    }
    if (context.catalog.types.count({type->name.schema, new_name()}) != 0 ||
        context.catalog.relations.count({type->name.schema, new_name()}) != 0) {
      judge.problem(fmt::format("there is already a type {}", new_name()),
                    "A table's name is the name of a type too.");
    }
    judge.report(
        {.id = "rename-type",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("Casts to {} fail from that instant, and so do drivers that look "
                               "the type up by its name; columns and functions follow.",
                               shown(type->name)),
         .remedy = "It happens in contract, after the deploy. Let the release that is deployed "
                   "before it cast to neither name: literals and parameters take the column's "
                   "type by themselves."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Type* type = context.catalog.find_type(target());
    if (!type) return {};
    return step(context, Phase::kContract, what(type->name),
                statements(statement().object_type, type->name), {},
                {touch_type(How::kRenames, type->name),
                 touch_type(How::kCreates, {type->name.schema, new_name()})});
  }

  void apply(Catalog& catalog, Phase) const override {
    if (const Type* type = catalog.find_type(target()))
      fold_rename_type(catalog, QualifiedName(type->name), new_name());
  }
};

class RenameEnumValue final : public NamedOnce {
 public:
  using NamedOnce::NamedOnce;

  void request(catalog::CatalogRequest& request) const override { request.types.insert(target()); }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Type* type = context.catalog.find_type(target());
    if (!type) {
      if (!context.catalog.partial) {
        judge.problem(fmt::format("there is no type {}", shown(target())),
                      "Check the name, and that an earlier statement creates it.");
      }
      return judge.take();
    }
    if (!has(*type, from())) {
      judge.problem(fmt::format("{} has no value {}", shown(type->name), from()));
    } else if (has(*type, new_name())) {
      judge.problem(fmt::format("{} has the value {} already", shown(type->name), new_name()));
    } else {
      judge_used_by_name(
          judge,
          fmt::format("Rows that hold {0} show {1} from that instant, and queries that write {0} "
                      "fail: an application that runs before and after it cannot know which of "
                      "them there is.",
                      from(), new_name()),
          fmt::format("ADD VALUE {}, deploy a release that reads both and writes the new one, and "
                      "UPDATE the rows.",
                      sql::quote_literal(new_name())));
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Type* type = context.catalog.find_type(target());
    if (!type) return {};
    const auto alter = [&](const std::string& value, const std::string& to) {
      return fmt::format("ALTER TYPE {} RENAME VALUE {} TO {}", sql::quote(type->name),
                         sql::quote_literal(value), sql::quote_literal(to));
    };
    return step(context, Phase::kContract, fmt::format("value {} of {}", from(), shown(type->name)),
                {alter(from(), new_name()), alter(new_name(), from())}, {},
                {touch_type(How::kChanges, type->name)});
  }

  void apply(Catalog& catalog, Phase) const override {
    const Type* type = catalog.find_type(target());
    if (!type || has(*type, new_name())) return;
    std::vector<std::string>& labels = catalog.types.at(type->name).labels;
    std::replace(labels.begin(), labels.end(), from(), new_name());
  }

 private:
  const std::string& from() const { return statement().sub_name; }
  static bool has(const Type& type, const std::string& label) {
    return std::find(type.labels.begin(), type.labels.end(), label) != type.labels.end();
  }
};

/// The kind of object that is written, as one of the keys: {sequence: tickets, to: numbers}.
void yaml_object(text::Fields& fields, sql::Rename& rename, core::Problems& problems) {
  if (fields.has("trigger")) {
    rename.object_type = "TRIGGER";
    rename.name = yaml_name(fields, "table", problems);
    rename.sub_name = yaml_identifier(fields, "trigger", problems);
    return;
  }
  for (const char* kind : {"sequence", "function", "procedure", "type"}) {
    if (!fields.has(kind)) continue;
    rename.object_type = kind;
    for (char& c : rename.object_type) c = static_cast<char>(c - 32);
    rename.name = yaml_name(fields, kind, problems);
    if (fields.has("arguments") && rename.object_type != "TYPE")
      rename.sub_name = fmt::format("({})", fmt::join(fields.texts("arguments"), ", "));
    return;
  }
  fields.problem("to", "nothing to rename",
                 "Name a sequence, a function, a procedure, a type, or a table and its trigger.");
}

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  const std::string& type = statement.object_type;
  if (type == "SEQUENCE") return one(std::make_unique<RenameSequence>(statement, origin));
  if (type == "TRIGGER") return one(std::make_unique<RenameTrigger>(statement, origin));
  if (type == "TYPE" || type == "DOMAIN")
    return one(std::make_unique<RenameType>(statement, origin));
  if (type == "ENUM VALUE") return one(std::make_unique<RenameEnumValue>(statement, origin));
  return one(std::make_unique<RenameFunction>(statement, origin));
}

std::vector<OperationPtr> from_statement(const sql::AlterEnumRenameValue& statement,
                                         const Origin& origin) {
  return from_statement(
      sql::Rename{"ENUM VALUE", statement.name, statement.label, statement.new_label, false},
      origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_object", problems);
  sql::Rename rename;
  if (fields.has("value")) {
    rename.object_type = "ENUM VALUE";
    rename.name = yaml_name(fields, "type", problems);
    rename.sub_name = fields.required_text("value");
    rename.new_name = fields.required_text("to");
  } else {
    yaml_object(fields, rename, problems);
    yaml_new_name(fields, rename, problems);
  }
  fields.finish();
  if (rename.object_type.empty()) return {};
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_object
