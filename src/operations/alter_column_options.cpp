#include "alter_column_options.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/alone.h"
#include "support/altered_column.h"
#include "support/list.h"
#include "support/parameters.h"

// Expand: how values are stored from now on, and how finely ANALYZE looks, is nothing that an
// application could notice.

namespace lockstep::operations::alter_column_options {

using catalog::Column;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::ColumnOptions;
using Kind = sql::ColumnOptions::Kind;
using How = plan::Touch::How;

namespace {

std::string_view storage_word(char storage) {
  switch (storage) {
    case 'p':
      return "PLAIN";
    case 'e':
      return "EXTERNAL";
    case 'm':
      return "MAIN";
    default:
      return "EXTENDED";
  }
}

std::string compression_word(char compression) {
  if (compression == 'l') return "lz4";
  return compression == 'p' ? "pglz" : sql::quote_identifier("default");
}

class AlterColumnOptions final : public AlteredColumn {
 public:
  AlterColumnOptions(ColumnTarget target, ColumnOptions action, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "alter_column_options"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table(target());
    if (!table || !judge.column(*table, column())) return judge.take();
    for (const sql::StorageParameter& parameter : action_.parameters) {
      if (parameter.name == "n_distinct" || parameter.name == "n_distinct_inherited") continue;
      judge.problem(fmt::format("columns have no option {}", parameter.name),
                    "Only n_distinct and n_distinct_inherited are there.");
    }
    judge.brief_lock(*table, lock(), "No row is read or written.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    std::vector<Step> steps;
    Step step = make.transaction(
        Phase::kExpand,
        fmt::format("{} the {} of {}", resets() ? "reset" : "set", what(), column()),
        {alter(*table, clause())},
        goes_down() ? family(context.catalog, *table, lock())
                    : std::vector<plan::LockClaim>{{table->name, lock()}},
        undo(context.catalog, *table),
        {touch_column(How::kNeeds, table->name, column()),
         {How::kChanges, std::string(what()), table->name, column()}});
    steps.push_back(goes_down() ? std::move(step) : alone(std::move(step), *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    if (!table || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    set(catalog, *table);
  }

  std::string describe() const override {
    return fmt::format("alter_column_options {} {}", described(), clause());
  }

 private:
  LockMode lock() const {
    return action_.kind == Kind::kStorage || action_.kind == Kind::kCompression
               ? LockMode::kAccessExclusive
               : LockMode::kShareUpdateExclusive;
  }

  /// The others are each table's own.
  bool goes_down() const {
    return action_.kind == Kind::kStorage || action_.kind == Kind::kStatistics;
  }

  bool resets() const { return action_.kind == Kind::kReset; }

  std::string_view what() const {
    switch (action_.kind) {
      case Kind::kStorage:
        return "storage";
      case Kind::kCompression:
        return "compression";
      case Kind::kStatistics:
        return "statistics target";
      default:
        return "options";
    }
  }

  std::string clause() const {
    switch (action_.kind) {
      case Kind::kStorage:
        return "SET STORAGE " + sql::quote_identifier(action_.value);
      case Kind::kCompression:
        return "SET COMPRESSION " + sql::quote_identifier(action_.value);
      case Kind::kStatistics:
        return fmt::format("SET STATISTICS {}", target_value());
      case Kind::kReset:
        return reset_clause(parameter_texts(action_.parameters));
      default:
        return set_clause(parameter_texts(action_.parameters));
    }
  }

  /// DEFAULT, which only newer servers know as a word, is -1.
  int target_value() const {
    const std::string& value = action_.value;
    const bool number =
        !value.empty() && value.size() < 7 && value.find_first_not_of("-0123456789") == value.npos;
    return number ? std::stoi(value) : -1;
  }

  std::vector<std::string> former(const Column& column) const {
    switch (action_.kind) {
      case Kind::kStorage:
        return {fmt::format("SET STORAGE {}", storage_word(column.storage))};
      case Kind::kCompression:
        return {"SET COMPRESSION " + compression_word(column.compression)};
      case Kind::kStatistics:
        return {fmt::format("SET STATISTICS {}", column.statistics)};
      default:
        return clauses_back(column.options,
                            options_after(column.options, resets(), action_.parameters));
    }
  }

  /// Of each table its own, which may have differed.
  bool collect_undo(const catalog::Catalog& catalog, const Relation& table,
                    std::vector<std::string>& sql) const {
    const Column* found = table.column(column());
    // What this migration adds goes with its own undo.
    if (!found || found->added_by_plan || !table.created_by.empty()) return found != nullptr;
    if (found->storage == 0) return false;
    for (const std::string& clause : former(*found)) {
      sql.push_back(fmt::format("ALTER TABLE {}{} ALTER COLUMN {} {}",
                                table.partitions.empty() ? "" : "ONLY ", sql::quote(table.name),
                                sql::quote_identifier(column()), clause));
    }
    if (!goes_down()) return true;
    return std::all_of(table.partitions.begin(), table.partitions.end(),
                       [&](const catalog::QualifiedName& child) {
                         const Relation* part = catalog.find(child);
                         return part && collect_undo(catalog, *part, sql);
                       });
  }

  plan::Undo undo(const catalog::Catalog& catalog, const Relation& table) const {
    std::vector<std::string> sql;
    if (collect_undo(catalog, table, sql)) return undo_exact(std::move(sql));
    return undo_none(fmt::format("what {}.{} had before", shown(table.name), column()));
  }

  void set(catalog::Catalog& catalog, Relation& table) const {
    Column* found = table.column(column());
    if (!found) return;
    switch (action_.kind) {
      case Kind::kStorage:
      case Kind::kCompression:
        break;  // what "default" comes to, only a server knows
      case Kind::kStatistics:
        found->statistics = target_value();
        break;
      default:
        found->options = options_after(found->options, resets(), action_.parameters);
        break;
    }
    if (action_.kind == Kind::kStorage) set_storage(*found);
    if (action_.kind == Kind::kCompression) {
      found->compression = action_.value == "lz4" ? 'l' : action_.value == "pglz" ? 'p' : '\0';
    }
    if (!goes_down()) return;
    for (const catalog::QualifiedName& child : table.partitions) {
      if (Relation* part = catalog.find(child)) set(catalog, *part);
    }
  }

  void set_storage(Column& column) const {
    std::string word = action_.value;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    column.storage = 0;
    for (const char storage : {'p', 'e', 'm', 'x'}) {
      if (word == storage_word(storage)) column.storage = storage;
    }
  }

  ColumnOptions action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const ColumnOptions& action,
                                         const Origin& origin) {
  return one(
      std::make_unique<AlterColumnOptions>(ColumnTarget{table, action.column}, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_column_options", problems);
  const ColumnTarget target = yaml_column_target(fields, problems);
  std::vector<OperationPtr> operations;
  const auto add = [&](Kind kind, const std::string& value,
                       std::vector<sql::StorageParameter> options) {
    append(operations,
           from_statement(target.table, {kind, target.column, value, std::move(options)}, origin));
  };
  if (const auto storage = fields.text("storage")) add(Kind::kStorage, *storage, {});
  if (const auto method = fields.text("compression")) add(Kind::kCompression, *method, {});
  if (const auto goal = fields.integer("statistics")) {
    add(Kind::kStatistics, std::to_string(*goal), {});
  }
  if (const text::Node* node = fields.node("set")) {
    std::vector<sql::StorageParameter> options;
    for (const text::Node::Entry& entry : node->entries()) {
      options.push_back({entry.key, entry.value.scalar()});
    }
    add(Kind::kSet, {}, std::move(options));
  }
  std::vector<sql::StorageParameter> reset;
  for (const std::string& option : fields.texts("reset")) reset.push_back({option, {}});
  if (!reset.empty()) add(Kind::kReset, {}, std::move(reset));
  fields.finish();
  if (operations.empty()) {
    problems.push_back({parameters.where(),
                        "operation alter_column_options needs storage, compression, statistics, "
                        "set or reset",
                        {}});
  }
  return operations;
}

}  // namespace lockstep::operations::alter_column_options
