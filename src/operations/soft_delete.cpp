#include "soft_delete.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "add_column.h"
#include "create_index.h"
#include "drop_constraint.h"
#include "drop_index.h"
#include "lockstep/catalog/naming.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/partitioned_index.h"
#include "support/yaml.h"

// A recipe: ADD COLUMN, and for each unique key CREATE UNIQUE INDEX ... WHERE it is null, then the
// drop of the key. What they lock, when they run and what takes them back is theirs.

namespace lockstep::operations::soft_delete {

using catalog::Catalog;
using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::Index;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

/// A constraint or an index of the table.
struct Key {
  std::string name;
  std::string successor;  ///< the partial unique index that takes its place
};

struct Parameters {
  QualifiedName table;
  std::string column;
  Key key;
};

/// "(email) INCLUDE (name) WHERE (a > 0)" with one more condition.
std::optional<std::string> with_condition(const Index& index, const std::string& condition) {
  std::optional<std::string> tail = tail_of(index);
  if (!tail) return std::nullopt;
  const std::optional<IndexShape> shape = shape_of(index);
  if (!shape || !shape->predicate) return *tail + " WHERE " + condition;
  constexpr std::string_view kWhere = " WHERE ";
  const std::string& former = shape->predicate->text;
  if (!tail->ends_with(std::string(kWhere) + former)) return std::nullopt;
  tail->resize(tail->size() - former.size());
  return fmt::format("{}({}) AND {}", *tail, former, condition);
}

/// The two that follow each other: the index that counts the rows which are there, then the drop of
/// the key that counts them all. Known only when the catalog is: the author names the key, and no
/// more.
class LiveKey final : public Operation {
 public:
  LiveKey(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "soft_delete"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.table);
    request.relations.insert({parameters_.table.schema, parameters_.key.successor});
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({parameters_.table, false, false});
    if (!table || !can_be_replaced(*table, judge)) return judge.take();
    const OperationPtr create = created(*table);
    if (!create) {
      judge.refuse("soft-delete-key",
                   fmt::format("What {} says is not known, so that no index can say the same.",
                               parameters_.key.name),
                   remedy_by_hand());
      return judge.take();
    }
    Judgement judgement = create->judge(context);
    Catalog after = context.catalog;
    create->apply(after, Phase::kExpand);
    Judgement dropped = drop(*table)->judge({after, nullptr, context.contract_only});
    std::move(dropped.hazards.begin(), dropped.hazards.end(),
              std::back_inserter(judgement.hazards));
    std::move(dropped.problems.begin(), dropped.problems.end(),
              std::back_inserter(judgement.problems));
    return judgement;
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(parameters_.table);
    const OperationPtr create = table ? created(*table) : nullptr;
    if (!create) return {};
    Catalog after = context.catalog;
    create->apply(after, Phase::kExpand);
    return in_order(create->plan(context),
                    drop(*table)->plan({after, nullptr, context.contract_only}));
  }

  void apply(Catalog& catalog, Phase phase) const override {
    const Relation* table = catalog.find(parameters_.table);
    const OperationPtr create = table ? created(*table) : nullptr;
    if (!create) return;
    const OperationPtr drop = this->drop(*table);
    create->apply(catalog, phase);
    drop->apply(catalog, phase);
  }

  std::string describe() const override {
    return fmt::format("soft_delete table={} column={} replaces={} by={}", shown(parameters_.table),
                       parameters_.column, parameters_.key.name, parameters_.key.successor);
  }

 private:
  const Index* index_of(const Relation& table) const {
    const Constraint* constraint = table.constraint(parameters_.key.name);
    return table.index(constraint ? constraint->index : parameters_.key.name);
  }

  bool can_be_replaced(const Relation& table, Judge& judge) const {
    const std::string& name = parameters_.key.name;
    const Index* index = index_of(table);
    if (!index) {
      if (table.assumed) return false;
      judge.problem(
          fmt::format("table {} has no unique constraint or index {}", shown(table.name), name),
          "Check the name; \\d in psql lists them.");
      return false;
    }
    if (!index->unique) {
      judge.problem(fmt::format("{} is not unique", name),
                    "Name only what must count the rows that are not deleted.");
      return false;
    }
    if (index->primary) {
      judge.refuse("soft-delete-key",
                   fmt::format("{} is the primary key of {}, which a deleted row keeps.", name,
                               shown(table.name)),
                   "Leave it out of unique:.");
      return false;
    }
    const Constraint* constraint = table.constraint(index->constraint);
    if (constraint && constraint->deferrable) {
      judge.refuse("soft-delete-key",
                   fmt::format("{} is deferrable; an index is asked at once.", name),
                   remedy_by_hand());
      return false;
    }
    return true;
  }

  std::string remedy_by_hand() const {
    return fmt::format(
        "Leave it out of unique:, and write CREATE UNIQUE INDEX ... WHERE {} IS "
        "NULL and the DROP of {} in a migration of their own.",
        sql::quote_identifier(parameters_.column), parameters_.key.name);
  }

  /// Every row that it refuses is refused by the key until that goes: it can come before the
  /// deploy, for those that write ON CONFLICT ... WHERE.
  OperationPtr created(const Relation& table) const {
    const Index* index = index_of(table);
    if (!index) return nullptr;
    const std::optional<std::string> tail =
        with_condition(*index, sql::quote_identifier(parameters_.column) + " IS NULL");
    if (!tail) return nullptr;
    core::Problems problems;
    const auto parsed = parse_as<sql::CreateIndex>(
        fmt::format("CREATE UNIQUE INDEX {} ON {} USING {} {}",
                    sql::quote_identifier(parameters_.key.successor), sql::quote(parameters_.table),
                    sql::quote_identifier(index->method), *tail),
        origin().where, problems);
    if (!parsed) return nullptr;
    Origin expanded = origin();
    if (!expanded.phase) expanded.phase = Phase::kExpand;
    return std::move(create_index::from_statement(parsed->body, expanded).front());
  }

  OperationPtr drop(const Relation& table) const {
    const Index* index = index_of(table);
    if (!index->constraint.empty()) {
      sql::DropConstraint action;
      action.name = index->constraint;
      return std::move(
          drop_constraint::from_statement({parameters_.table, false, false}, action, origin())
              .front());
    }
    sql::Drop statement;
    statement.object_type = "INDEX";
    statement.names = {{parameters_.table.schema, index->name}};
    return std::move(drop_index::from_statement(statement, origin()).front());
  }

  Parameters parameters_;
};

/// `unique: [users_email_key, {name: users_phone_key, as: users_phone}]`
std::vector<Key> read_keys(text::Fields& fields, core::Problems& problems) {
  std::vector<Key> keys;
  for (const text::Node& node : fields.nodes("unique")) {
    Key key;
    if (node.kind() == text::Node::Kind::kMap) {
      text::Fields one(node, "a key of soft_delete", problems);
      key.name = yaml_identifier(one, "name", problems);
      if (one.has("as")) key.successor = yaml_identifier(one, "as", problems);
      one.finish();
    } else {
      key.name = parse_identifier(node.scalar(), node.where(), problems);
    }
    if (key.successor.empty()) key.successor = catalog::make_object_name(key.name, "", "live");
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation soft_delete", problems);
  const TableTarget table{yaml_name(fields, "table", problems), false, false};
  sql::AddColumn added;
  added.column.name =
      fields.has("column") ? yaml_identifier(fields, "column", problems) : "deleted_at";
  added.if_not_exists = fields.boolean("if_not_exists").value_or(false);
  const std::vector<Key> keys = read_keys(fields, problems);
  fields.finish();
  auto type = sql::parse_type("timestamptz", parameters.where());
  added.column.type = std::get<sql::TypeName>(std::move(type));
  std::vector<OperationPtr> operations = add_column::from_statement(table, added, origin, problems);
  for (const Key& key : keys) {
    append(operations,
           one(std::make_unique<LiveKey>(Parameters{table.name, added.column.name, key}, origin)));
  }
  return operations;
}

}  // namespace lockstep::operations::soft_delete
