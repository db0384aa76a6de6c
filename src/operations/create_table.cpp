#include "create_table.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "create_partition.h"
#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/index_build.h"
#include "sequences/steps.h"
#include "support/column_definition.h"
#include "support/constraint_names.h"
#include "support/default_literal.h"
#include "support/fold.h"
#include "support/foreign_keys.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/new_table.h"
#include "support/requests.h"
#include "support/types.h"
#include "support/yaml.h"

// A new table is one instant statement, its foreign keys included: PostgreSQL checks nothing, since
// the table is empty, and takes ShareRowExclusive on the referenced tables, all of which are locked
// first within one lock_timeout. Adding the keys afterwards would take the same locks, only more
// often.

namespace lockstep::operations::create_table {

using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::ConstraintDef;
using How = plan::Touch::How;

namespace {

struct Parameters {
  sql::CreateTable table;
  /// What stands behind the name: "(a int) PARTITION BY RANGE (a)".
  std::string body;
};

class CreateTable final : public Operation {
 public:
  CreateTable(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "create_table"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(wanted().name);
    for (const ConstraintDef& constraint : all_constraints(wanted())) {
      if (constraint.kind == ConstraintDef::Kind::kForeignKey) {
        request.relations.insert(constraint.referenced);
      }
      request_constraint_name(request, wanted().name, constraint);
      request_expression(request, constraint.check);
    }
    for (const sql::ColumnDef& column : wanted().columns) {
      request_type(request, column.type);
      request_expression(request, column.default_value);
      request_expression(request, column.generated);
      if (!column.identity && !column.type.is_serial()) continue;
      request_names(request, wanted().name,
                    catalog::sequence_name_choices(wanted().name.name, column.name));
    }
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    refuse_unknown_forms(judge);
    if (const Relation* there = existing(context.catalog)) {
      judge_existing(judge, context, *there);
      return judge.take();
    }
    for (const sql::ColumnDef& column : wanted().columns) {
      judge_type(judge, context.catalog, column.type);
      judge_expression(judge, context.catalog, column.default_value);
      judge_expression(judge, context.catalog, column.generated);
      judge_default_literal(judge, context.catalog, column.name,
                            {column.type.name, column.type.array_dimensions > 0, column.type.text},
                            column.default_value);
    }
    for (const ConstraintDef& constraint : all_constraints(wanted())) {
      judge_columns(judge, constraint);
      judge_expression(judge, context.catalog, constraint.check);
      if (constraint.kind == ConstraintDef::Kind::kForeignKey)
        judge_reference(judge, context, constraint);
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    if (existing(context.catalog)) return {};
    const Maker make{*this, context};
    const QualifiedName table = qualified(context.catalog);
    std::vector<plan::LockClaim> locks;
    std::vector<plan::Touch> touches{touch_relation(How::kCreates, table)};
    for (const ConstraintDef& constraint : all_constraints(wanted())) {
      const Relation* referenced = referenced_table(context.catalog, constraint);
      if (!referenced) continue;
      append(locks, family(context.catalog, *referenced, LockMode::kShareRowExclusive));
      touches.push_back(touch_relation(How::kNeeds, referenced->name));
      for (const std::string& column : referenced_columns(context.catalog, constraint)) {
        touches.push_back(touch_column(How::kNeeds, referenced->name, column));
      }
    }
    for (const sql::ColumnDef& column : wanted().columns) {
      if (const catalog::Type* type = context.catalog.find_type(column.type.name)) {
        touches.push_back(touch_type(How::kNeeds, type->name));
      }
    }
    std::vector<Step> steps;
    steps.push_back(
        make.transaction(Phase::kExpand, fmt::format("create table {}", shown(table)),
                         {fmt::format("CREATE {}TABLE {} {}", wanted().unlogged ? "UNLOGGED " : "",
                                      sql::quote(table), parameters_.body)},
                         locks,
                         undo_loses(fmt::format("what was written to {}", shown(table)),
                                    {"DROP TABLE " + sql::quote(table)}),
                         std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    if (phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    fold_create_table(catalog, wanted(), origin().migration);
  }

  std::string describe() const override {
    std::vector<std::string> parts;
    for (const sql::ColumnDef& column : wanted().columns) parts.push_back(describe_column(column));
    for (const ConstraintDef& constraint : all_constraints(wanted())) {
      parts.push_back(describe_constraint(constraint));
    }
    return fmt::format("create_table name={}{}{} [{}]", shown(wanted().name),
                       wanted().if_not_exists ? " if_not_exists" : "",
                       wanted().unlogged ? " unlogged" : "", fmt::join(parts, "; "));
  }

 private:
  const sql::CreateTable& wanted() const { return parameters_.table; }

  QualifiedName qualified(const catalog::Catalog& catalog) const {
    return {wanted().name.schema.empty() ? catalog.creation_schema : wanted().name.schema,
            wanted().name.name};
  }

  /// An assumed one is only what other statements made lint think.
  const Relation* existing(const catalog::Catalog& catalog) const {
    const auto found = catalog.relations.find(qualified(catalog));
    return found == catalog.relations.end() || found->second.assumed ? nullptr : &found->second;
  }

  /// Nothing for other constraints, and for a key that references the new table itself.
  const Relation* referenced_table(const catalog::Catalog& catalog,
                                   const ConstraintDef& constraint) const {
    if (constraint.kind != ConstraintDef::Kind::kForeignKey) return nullptr;
    return catalog.find(constraint.referenced);
  }

  void refuse_unknown_forms(Judge& judge) const {
    const auto refuse = [&](const std::string& form, const std::string& remedy) {
      judge.refuse(
          "create-table-form",
          fmt::format("CREATE TABLE ... {} is not something Lockstep knows how to plan.", form),
          remedy);
    };
    if (wanted().temporary) {
      refuse("TEMPORARY",
             "A temporary table is gone when the step's session ends; write a plain one.");
    }
    if (!wanted().inherits.empty()) refuse("INHERITS", "Write the columns out.");
    if (!wanted().like.empty()) refuse("LIKE", "Write the columns out.");
    if (wanted().of_type) refuse("OF type", "Write the columns out.");
  }

  void judge_existing(Judge& judge, const Context& context, const Relation& there) const {
    if (!wanted().if_not_exists) {
      judge.problem(
          fmt::format("{} {} exists already", catalog::to_string(there.kind), shown(there.name)),
          context.catalog.partial
              ? "Choose another name, or drop it in an earlier migration."
              : "Choose another name, or drop it in an earlier migration. A database that had all "
                "of what the migrations up to this one do before Lockstep came is adopted with: "
                "lockstep baseline VERSION. It counts all of them as applied, and what is missing "
                "is never added.");
      return;
    }
    const std::vector<std::string> drift = shape_difference(context.catalog, there, wanted());
    if (drift.empty()) return;
    judge.refuse("create-table-drift",
                 fmt::format("{} exists in another shape, and IF NOT EXISTS would hide that: {}.",
                             shown(there.name), fmt::join(drift, "; ")),
                 "Write migrations that bring it into the shape you need.");
  }

  void judge_columns(Judge& judge, const ConstraintDef& constraint) const {
    const std::vector<std::string>& columns =
        constraint.check ? constraint.check->columns : constraint.columns;
    for (const std::string& column : columns) {
      const bool there =
          std::any_of(wanted().columns.begin(), wanted().columns.end(),
                      [&](const sql::ColumnDef& each) { return each.name == column; });
      if (!there) {
        judge.problem(fmt::format("a constraint names column {}, which the new table {} has not",
                                  column, shown(wanted().name)));
      }
    }
  }

  void judge_reference(Judge& judge, const Context& context,
                       const ConstraintDef& constraint) const {
    if (context.catalog.qualify(constraint.referenced) == qualified(context.catalog)) return;
    const Relation* referenced = judge.table({constraint.referenced, false, false});
    if (!referenced) return;
    const std::vector<std::string> columns = referenced_columns(context.catalog, constraint);
    for (const std::string& column : columns) judge.column(*referenced, column);
    if (!referenced->assumed && !is_unique_target(*referenced, columns)) {
      judge.problem(
          fmt::format("a foreign key of {} references ({}) of {}, which no primary key or unique "
                      "constraint covers",
                      shown(wanted().name), fmt::join(columns, ", "), shown(referenced->name)));
    }
    judge.brief_lock(*referenced, LockMode::kShareRowExclusive,
                     "The new table is empty, so nothing is checked.");
  }

  Parameters parameters_;
};

/// Behind a comment that begins there; PostgreSQL's may hold others.
std::size_t end_of_comment(const std::string& text, std::size_t begin) {
  int depth = 0;
  for (std::size_t i = begin; i + 1 < text.size(); ++i) {
    const bool opens = text.compare(i, 2, "/*") == 0;
    if (!opens && text.compare(i, 2, "*/") != 0) continue;
    depth += opens ? 1 : -1;
    ++i;
    if (depth == 0) return i;
  }
  return std::string::npos;
}

/// Where the element list's parenthesis opens: the first one outside of quotes and comments.
std::size_t opening_parenthesis(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') return i;
    if (text[i] == '"') {
      i = text.find('"', i + 1);
    } else if (text.compare(i, 2, "--") == 0) {
      i = text.find('\n', i);
    } else if (text.compare(i, 2, "/*") == 0) {
      i = end_of_comment(text, i);
    }
    if (i == std::string::npos) break;
  }
  return std::string::npos;
}

std::string body_of(const sql::Statement& whole) {
  const std::size_t open = opening_parenthesis(whole.text);
  return open == std::string::npos ? "()" : whole.text.substr(open);
}

std::string body_of(const sql::CreateTable& table) {
  std::vector<std::string> elements;
  for (const sql::ColumnDef& column : table.columns) elements.push_back(render_column(column, {}));
  for (const ConstraintDef& constraint : all_constraints(table)) {
    elements.push_back(render_constraint(constraint));
  }
  return fmt::format("({})", fmt::join(elements, ", "));
}

void read_columns(text::Fields& fields, sql::CreateTable& table, core::Problems& problems) {
  fields.required_node("columns");
  for (const text::Node& node : fields.nodes("columns")) {
    text::Fields column(node, "a column of create_table", problems);
    table.columns.push_back(yaml_column(column, "name", problems));
    column.finish();
  }
}

std::vector<std::string> read_names(const std::vector<std::string>& written,
                                    const core::SourceLocation& where, core::Problems& problems) {
  std::vector<std::string> names;
  for (const std::string& text : written) names.push_back(parse_identifier(text, where, problems));
  return names;
}

void read_constraints(text::Fields& fields, sql::CreateTable& table, core::Problems& problems) {
  const auto key = [&](ConstraintDef::Kind kind, const std::vector<std::string>& columns,
                       const core::SourceLocation& where) {
    ConstraintDef constraint;
    constraint.kind = kind;
    constraint.columns = read_names(columns, where, problems);
    table.constraints.push_back(std::move(constraint));
  };
  if (fields.node("primary_key") != nullptr) {
    key(ConstraintDef::Kind::kPrimaryKey, fields.texts("primary_key"), fields.where("primary_key"));
  }
  for (const text::Node& node : fields.nodes("unique")) {
    text::Fields unique(node, "a unique constraint of create_table", problems);
    unique.required_node("columns");
    key(ConstraintDef::Kind::kUnique, unique.texts("columns"), unique.where("columns"));
    if (unique.node("name") != nullptr)
      table.constraints.back().name = yaml_identifier(unique, "name", problems);
    unique.finish();
  }
  for (const text::Node& node : fields.nodes("checks")) {
    text::Fields check(node, "a check of create_table", problems);
    ConstraintDef constraint;
    check.required_text("expression");
    constraint.check = yaml_expression(check, "expression", problems);
    if (constraint.check) constraint.text = fmt::format("CHECK ({})", constraint.check->text);
    if (check.node("name") != nullptr) constraint.name = yaml_identifier(check, "name", problems);
    table.constraints.push_back(std::move(constraint));
    check.finish();
  }
  for (const text::Node& node : fields.nodes("foreign_keys")) {
    text::Fields foreign_key(node, "a foreign key of create_table", problems);
    table.constraints.push_back(yaml_foreign_key(foreign_key, problems));
    foreign_key.finish();
  }
}

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Statement& whole,
                                         const sql::CreateTable& statement, const Origin& origin) {
  if (statement.partition_of) return create_partition::from_statement(statement, origin);
  return one(std::make_unique<CreateTable>(Parameters{statement, body_of(whole)}, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_table", problems);
  Parameters read;
  read.table.name = yaml_name(fields, "name", problems);
  read.table.if_not_exists = fields.boolean("if_not_exists").value_or(false);
  read.table.unlogged = fields.boolean("unlogged").value_or(false);
  read_columns(fields, read.table, problems);
  read_constraints(fields, read.table, problems);
  fields.finish();
  read.body = body_of(read.table);
  return one(std::make_unique<CreateTable>(std::move(read), origin));
}

}  // namespace lockstep::operations::create_table
