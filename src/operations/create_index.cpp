#include "create_index.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "sequences/partitioned_build.h"
#include "support/index_names.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/partitioned_index.h"
#include "support/partitions.h"
#include "support/phases.h"
#include "support/requests.h"
#include "support/versions.h"
#include "support/yaml.h"

namespace lockstep::operations::create_index {

using catalog::Catalog;
using catalog::Index;
using catalog::IndexRole;
using catalog::LockMode;
using catalog::Relation;
using catalog::RelationKind;
using core::Phase;
using plan::Step;

namespace {

std::vector<std::string> element_texts(const sql::CreateIndex& wanted) {
  std::vector<std::string> texts;
  for (const sql::IndexElement& element : wanted.elements) texts.push_back(element.text);
  return texts;
}

class CreateIndex final : public Operation {
 public:
  CreateIndex(sql::CreateIndex wanted, Origin origin)
      : Operation(std::move(origin)), wanted_(std::move(wanted)) {}

  std::string_view name() const noexcept override { return "create_index"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(wanted_.table);
    if (wanted_.name) {
      request.relations.insert({wanted_.table.schema, *wanted_.name});
    } else {
      request_names(
          request, wanted_.table,
          catalog::index_name_choices(wanted_.table.name, column_names(), IndexRole::kPlain));
    }
    for (const sql::IndexElement& element : wanted_.elements) {
      request_expression(request, element.expression);
    }
    request_expression(request, wanted_.predicate);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.relation(wanted_.table);
    if (!table || !can_be_indexed(*table, judge)) return judge.take();
    for (const std::string& column : uses()) judge.column(*table, column);
    for (const sql::IndexElement& element : wanted_.elements) {
      judge_expression(judge, context.catalog, element.expression);
    }
    judge_expression(judge, context.catalog, wanted_.predicate);
    if (!judge_key(*table, context, judge)) return judge.take();
    if (wanted_.nulls_not_distinct) {
      needs_version(judge, context, 15, "UNIQUE with NULLS NOT DISTINCT");
    }
    if (name_is_taken(*table, context, judge) || is_new(*table, *this, context))
      return judge.take();
    judge_build(*table, context, judge);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(wanted_.table);
    if (!table) return {};
    if (wanted_.if_not_exists && wanted_.name && table->index(*wanted_.name)) return {};
    const Maker make{*this, context};
    const Phase phase = natural_phase(*table, context);
    const IndexBuild build{*table,         index_name(context.catalog, *table),
                           wanted_.method, wanted_.tail,
                           wanted_.unique, uses()};
    std::vector<Step> steps;
    if (is_new(*table, *this, context)) {
      steps.push_back(build_plainly(make, phase, build));
      return steps;
    }
    if (wanted_.unique) steps.push_back(check_no_duplicates(make, phase, unique_key(*table)));
    const std::size_t first = steps.size();
    if (is_partitioned(*table)) {
      for (Step& step : build_on_partitions(make, phase, {build, shape_of(wanted_), {}, {}, {}})) {
        steps.push_back(std::move(step));
      }
    } else {
      steps.push_back(build_concurrently(make, phase, build));
    }
    if (wanted_.unique && steps[first].phase == Phase::kContract) {
      steps[first].note = "is contract because the deployed application may still write duplicates";
    }
    attach_direct(steps, 0, steps.size() - 1, {create_index_sql(build, false)},
                  family(context.catalog, *table, LockMode::kShare), table->name, context);
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(wanted_.table);
    if (!table || already_there(catalog, *table)) return;
    table->indexes.push_back(folded(catalog, *table));
    const std::string name = table->indexes.back().name;
    fold_partition_indexes(catalog, table->name, name, shape_of(wanted_));
  }

  std::string describe() const override {
    std::string text =
        fmt::format("create_index table={} columns=({}) method={}", shown(wanted_.table),
                    fmt::join(element_texts(wanted_), ", "), wanted_.method);
    if (wanted_.name) text += " name=" + *wanted_.name;
    if (wanted_.unique) text += " unique";
    if (wanted_.nulls_not_distinct) text += " nulls_not_distinct";
    if (!wanted_.include.empty())
      text += fmt::format(" include=({})", fmt::join(wanted_.include, ", "));
    if (!wanted_.with.empty()) text += fmt::format(" with=({})", wanted_.with);
    if (wanted_.tablespace) text += " tablespace=" + *wanted_.tablespace;
    if (wanted_.predicate) text += " where=" + wanted_.predicate->text;
    if (wanted_.if_not_exists) text += " if_not_exists";
    return text;
  }

 private:
  bool can_be_indexed(const Relation& table, Judge& judge) const {
    if (is_partitioned(table) && wanted_.only) {
      judge.refuse("alter-table-only",
                   fmt::format("ONLY makes an index of {} that stays invalid until each partition "
                               "has it.",
                               shown(table.name)),
                   "Write it without ONLY: it is built on each partition and attached.");
      return false;
    }
    if (table.is_table() || table.kind == RelationKind::kMaterializedView) return true;
    judge.problem(fmt::format("{} is a {}, which has no indexes", shown(table.name),
                              catalog::to_string(table.kind)));
    return false;
  }

  /// Says what is wrong where the name is in use. True where nothing is left to judge.
  bool name_is_taken(const Relation& table, const Context& context, Judge& judge) const {
    if (!wanted_.name || !context.catalog.relation_name_taken(table.name.schema, *wanted_.name)) {
      return false;
    }
    const Index* existing = table.index(*wanted_.name);
    if (existing && !existing->valid) {
      judge.refuse("invalid-index",
                   fmt::format("An invalid index {} is left from a build that failed; PostgreSQL "
                               "maintains it and never reads it.",
                               *wanted_.name),
                   fmt::format("Write DROP INDEX {}; before this statement.",
                               sql::quote({wanted_.table.schema, *wanted_.name})));
      return true;
    }
    if (!wanted_.if_not_exists) {
      judge.problem(fmt::format("the name {} is already in use", *wanted_.name),
                    "Choose another name, or write IF NOT EXISTS if it is this very index.");
    } else if (!existing || !looks_the_same(*existing)) {
      judge.refuse(
          "index-differs",
          fmt::format("{} exists and is not the index that is written here; IF NOT EXISTS would "
                      "hide that.",
                      *wanted_.name),
          "Give the new index another name, or drop the old one in an earlier statement.");
    }
    return true;
  }

  /// What a unique index of a partitioned table must have.
  bool judge_key(const Relation& table, const Context& context, Judge& judge) const {
    if (!wanted_.unique || !is_partitioned(table)) return true;
    return judge_partition_key(judge, partition_tree(context.catalog, table), key_columns(),
                               "the unique index");
  }

  void judge_build(const Relation& table, const Context& context, Judge& judge) const {
    const catalog::ServerVersion& version = context.catalog.version;
    if (version.major() == 14 && version.minor() < 4) {
      judge.refuse("concurrent-build-corrupts",
                   fmt::format("PostgreSQL {} can corrupt an index that it builds concurrently.",
                               version.text()),
                   "Update the server to 14.4 or later.");
      return;
    }
    if (is_partitioned(table)) {
      judge_partitioned_build(table, context, judge);
      return;
    }
    if (wanted_.concurrently) {
      judge.report(
          {.id = "concurrent-index-build",
           .verdict = plan::Verdict::kInstant,
           .effect =
               fmt::format("Builds the index on {} while everybody goes on, waits for every older "
                           "transaction of the database, and leaves an invalid index behind "
                           "where it fails.",
                           shown(table.name)),
           .remedy = "Lockstep runs it outside of a transaction, drops a leftover before it tries "
                     "again, and is done when the index is valid.",
           .lock = plan::LockClaim{table.name, LockMode::kShareUpdateExclusive},
           .scan = true});
      return;
    }
    judge.report(
        {.id = "create-index-blocks-writes",
         .effect =
             fmt::format("Nobody can write to {} while the index is built.", shown(table.name)),
         .remedy = "Staged: the index is built concurrently; readers and writers go on. Small "
                   "tables try the plain form first.",
         .lock = plan::LockClaim{table.name, LockMode::kShare},
         .scan = true});
  }

  void judge_partitioned_build(const Relation& table, const Context& context, Judge& judge) const {
    const IndexShape shape = shape_of(wanted_);
    if (!judge_partitions(judge, context, table, shape, "the index")) return;
    const PartitionTree tree = partition_tree(context.catalog, table);
    const bool builds = std::any_of(
        tree.leaves.begin(), tree.leaves.end(),
        [&](const Relation* leaf) { return !has_index(context.catalog, *leaf, table, shape); });
    judge.report(
        {.id = "create-index-blocks-writes",
         .effect = fmt::format("Nobody can write to {} while the index is {}.",
                               with_partitions(tree, table),
                               builds ? "built on all of them" : "made and attached"),
         .remedy = "Staged: the index is made on the partitioned table alone, built on one "
                   "partition after the other concurrently, and attached; readers and writers go "
                   "on. Small tables try the plain form first.",
         .lock = plan::LockClaim{table.name, LockMode::kShare},
         .scan = builds});
  }

  /// Whether the partition, or one between it and the table, has an index that can be attached.
  static bool has_index(const Catalog& catalog, const Relation& leaf, const Relation& table,
                        const IndexShape& shape) {
    const auto fits = [&](const catalog::Index& index) {
      return can_be_attached(index, shape) && likeness(index, shape) == Likeness::kSame;
    };
    for (const Relation* partition = &leaf; partition && partition->name != table.name;
         partition = partition->parent ? catalog.find(*partition->parent) : nullptr) {
      if (std::any_of(partition->indexes.begin(), partition->indexes.end(), fits)) return true;
    }
    return false;
  }

  Phase natural_phase(const Relation& table, const Context& context) const {
    if (!wanted_.unique) return Phase::kExpand;
    std::vector<std::string> columns;
    for (const sql::IndexElement& element : wanted_.elements) {
      if (!element.column) return constraint_phase(table, {}, *this, context);
      columns.push_back(*element.column);
    }
    if (wanted_.nulls_not_distinct) columns.clear();
    return constraint_phase(table, columns, *this, context);
  }

  std::string index_name(const Catalog& catalog, const Relation& table) const {
    if (wanted_.name) return *wanted_.name;
    return catalog::choose_index_name(catalog, table, column_names(), IndexRole::kPlain);
  }

  std::vector<std::string> column_names() const {
    return index_column_names(wanted_.elements, wanted_.include);
  }

  UniqueKey unique_key(const Relation& table) const {
    UniqueKey key{table, {}, uses(), {}, !wanted_.nulls_not_distinct};
    for (const sql::IndexElement& element : wanted_.elements) {
      key.expressions.push_back(element.column ? sql::quote_identifier(*element.column)
                                               : element.expression->text);
    }
    if (wanted_.predicate) key.predicate = wanted_.predicate->text;
    return key;
  }

  /// Every column that the index depends on, each once.
  std::vector<std::string> uses() const {
    std::vector<std::string> columns;
    const auto use = [&](const std::string& column) {
      if (std::find(columns.begin(), columns.end(), column) == columns.end())
        columns.push_back(column);
    };
    for (const sql::IndexElement& element : wanted_.elements) {
      if (element.column) use(*element.column);
      if (!element.expression) continue;
      for (const std::string& column : element.expression->columns) use(column);
    }
    for (const std::string& column : wanted_.include) use(column);
    if (wanted_.predicate) {
      for (const std::string& column : wanted_.predicate->columns) use(column);
    }
    return columns;
  }

  std::vector<std::string> key_columns() const {
    std::vector<std::string> columns;
    for (const sql::IndexElement& element : wanted_.elements) {
      columns.push_back(element.column.value_or(std::string{}));
    }
    return columns;
  }

  bool looks_the_same(const Index& existing) const {
    return existing.unique == wanted_.unique && existing.method == wanted_.method &&
           existing.columns == key_columns() && existing.include == wanted_.include &&
           existing.predicate.has_value() == wanted_.predicate.has_value();
  }

  /// Its name is in use. Where it has none: this operation has put an index there before, or an
  /// equal one stands there under the name that would be chosen were the table without it.
  bool already_there(const Catalog& catalog, const Relation& table) const {
    if (wanted_.name) return table.index(*wanted_.name) != nullptr;
    const std::vector<std::string> used = uses();
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
      if (!index.created_by.empty()) return index.created_by == place();
      if (!index.constraint.empty() || !looks_the_same(index) ||
          index.uses != std::set<std::string>(used.begin(), used.end())) {
        return false;
      }
      Catalog before = catalog;
      Relation* without = before.find(table.name);
      std::erase_if(without->indexes, [&](const Index& other) { return other.name == index.name; });
      return index_name(before, *without) == index.name;
    });
  }

  /// What tells this operation from every other of the plan.
  std::string place() const {
    return fmt::format("{}:{}:{}", origin().migration, origin().where.line, origin().where.column);
  }

  Index folded(const Catalog& catalog, const Relation& table) const {
    Index index;
    index.name = index_name(catalog, table);
    if (!wanted_.name) index.created_by = place();
    index.method = wanted_.method;
    index.columns = key_columns();
    index.include = wanted_.include;
    const std::vector<std::string> columns = uses();
    index.uses.insert(columns.begin(), columns.end());
    index.has_expressions = std::any_of(wanted_.elements.begin(), wanted_.elements.end(),
                                        [](const auto& element) { return !element.column; });
    if (wanted_.predicate) index.predicate = std::string();
    index.unique = wanted_.unique;
    index.definition = create_index_sql(
        {table, index.name, wanted_.method, wanted_.tail, wanted_.unique, {}}, false);
    return index;
  }

  sql::CreateIndex wanted_;
};

/// What SQL has after USING method, in the grammar's order.
std::string tail_of(const sql::CreateIndex& wanted) {
  std::string tail = fmt::format("({})", fmt::join(element_texts(wanted), ", "));
  if (!wanted.include.empty()) tail += fmt::format(" INCLUDE ({})", quoted_list(wanted.include));
  if (wanted.nulls_not_distinct) tail += " NULLS NOT DISTINCT";
  if (!wanted.with.empty()) tail += fmt::format(" WITH ({})", wanted.with);
  if (wanted.tablespace) tail += " TABLESPACE " + sql::quote_identifier(*wanted.tablespace);
  if (wanted.predicate) tail += " WHERE " + wanted.predicate->text;
  return tail;
}

std::vector<sql::IndexElement> yaml_elements(text::Fields& fields, core::Problems& problems) {
  std::vector<sql::IndexElement> elements;
  if (!fields.required_node("columns")) return elements;
  for (const text::Node& node : fields.nodes("columns")) {
    auto parsed = sql::parse_index_element(node.scalar(), node.where());
    if (auto* element = std::get_if<sql::IndexElement>(&parsed)) {
      elements.push_back(std::move(*element));
    } else {
      const auto& wrong = std::get<core::Problems>(parsed);
      problems.insert(problems.end(), wrong.begin(), wrong.end());
    }
  }
  return elements;
}

}  // namespace

std::vector<OperationPtr> from_statement(const sql::CreateIndex& statement, const Origin& origin) {
  return one(std::make_unique<CreateIndex>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_index", problems);
  sql::CreateIndex wanted;
  wanted.table = yaml_name(fields, "table", problems);
  wanted.elements = yaml_elements(fields, problems);
  if (fields.node("name") != nullptr) wanted.name = yaml_identifier(fields, "name", problems);
  wanted.unique = fields.boolean("unique").value_or(false);
  wanted.method = fields.text("method").value_or("btree");
  for (const std::string& column : fields.texts("include")) {
    wanted.include.push_back(parse_identifier(column, fields.where("include"), problems));
  }
  wanted.nulls_not_distinct = fields.boolean("nulls_not_distinct").value_or(false);
  wanted.with = fields.text("with").value_or("");
  if (fields.node("tablespace") != nullptr)
    wanted.tablespace = yaml_identifier(fields, "tablespace", problems);
  wanted.predicate = yaml_expression(fields, "where", problems);
  wanted.if_not_exists = fields.boolean("if_not_exists").value_or(false);
  if (wanted.if_not_exists && !wanted.name) {
    fields.problem("if_not_exists", "if_not_exists needs a name", "Add name: to the operation.");
  }
  fields.finish();
  wanted.tail = tail_of(wanted);
  return one(std::make_unique<CreateIndex>(std::move(wanted), origin));
}

}  // namespace lockstep::operations::create_index
