#include "alter_type.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alternatives.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/text.h"
#include "support/types.h"

// A domain's constraint is checked in every table with a column of it, all of them locked against
// writers; NOT VALID checks none. A composite type has no rows to look at.

namespace lockstep::operations::alter_type {

using catalog::Type;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;
using Kind = sql::AlterType::Kind;

namespace {

class AlterType final : public Operation {
 public:
  AlterType(std::string text, sql::AlterType statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "alter_type"; }

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(statement_.name);
    request.used_types.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Type* type = context.catalog.find_type(statement_.name);
    if (!type) {
      if (!context.catalog.partial) {
        judge.problem(fmt::format("there is no type {}", shown(statement_.name)),
                      "Check the name, and that an earlier statement creates it.");
      }
      return judge.take();
    }
    const Type::Kind kind = of_domain() ? Type::Kind::kDomain : Type::Kind::kComposite;
    if (type->kind != kind) {
      judge.problem(
          fmt::format("{} is no {}", shown(type->name), of_domain() ? "domain" : "composite type"));
      return judge.take();
    }
    if (statement_.cascade) {
      judge.refuse("drop-cascade",
                   fmt::format("CASCADE changes whatever depends on {}, in each tenant what that "
                               "tenant has.",
                               shown(type->name)),
                   "Write it without CASCADE.");
      return judge.take();
    }
    if (of_domain()) {
      judge_domain(judge, *type, context.catalog);
    } else {
      judge_attributes(judge, *type, context.catalog);
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Type* type = context.catalog.find_type(statement_.name);
    if (!type) return {};
    const Maker make{*this, context};
    Step step = make.transaction(
        natural(), fmt::format("alter {} {}", of_domain() ? "domain" : "type", shown(type->name)),
        {text_}, {}, undo(*type), {touch_type(How::kChanges, type->name)});
    step.irreversible = has(Kind::kDropAttribute);
    if (natural() == Phase::kContract)
      step.note = "is contract because the deployed application may notice";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    const Type* found = catalog.find_type(statement_.name);
    if (!found || phase != phase_of(*this, Context{catalog}, natural())) return;
    if (!has(Kind::kSetNotNull) && !has(Kind::kAddConstraint)) return;
    const catalog::QualifiedName name = found->name;
    catalog.types.at(name).domain_constrained = true;
    for (auto& [key, relation] : catalog.relations) {
      for (catalog::Column& column : relation.columns) {
        if (column.type_name == name) column.constrained_domain = true;
      }
    }
  }

  std::string describe() const override { return "alter_type " + one_line(text_); }

 private:
  bool has(Kind kind) const {
    return std::find(statement_.kinds.begin(), statement_.kinds.end(), kind) !=
           statement_.kinds.end();
  }

  bool of_domain() const {
    return !has(Kind::kAddAttribute) && !has(Kind::kDropAttribute) && !has(Kind::kAlterAttribute);
  }

  /// What refuses less, and a default for what nobody writes, is noticed by nobody.
  Phase natural() const {
    const bool relaxes =
        has(Kind::kSetDefault) || has(Kind::kDropNotNull) || has(Kind::kDropConstraint);
    return relaxes || has(Kind::kValidateConstraint) ? Phase::kExpand : Phase::kContract;
  }

  /// PostgreSQL reads every table that has a column of the domain.
  bool is_checked() const {
    return has(Kind::kSetNotNull) || has(Kind::kValidateConstraint) ||
           (has(Kind::kAddConstraint) && !statement_.not_valid);
  }

  void judge_domain(Judge& judge, const Type& type, const catalog::Catalog& catalog) const {
    const std::string name = shown(type.name);
    const std::vector<std::string> users = columns_of_type(catalog, type.name);
    // Only the tenant's own tables are known.
    const bool used = !users.empty() || !type.name.in_tenant();
    if (is_checked() && used) {
      judge.refuse(
          "alter-type",
          fmt::format("PostgreSQL reads every table with a column of {} while nobody can write to "
                      "any of them{}.",
                      name, users.empty() ? "" : fmt::format(": {}", fmt::join(users, ", "))),
          has(Kind::kAddConstraint)
              ? fmt::format("Write {} NOT VALID; it is then held by what is written from then on.",
                            text_)
              : "Add a CHECK to each of these tables instead; it is staged.");
      return;
    }
    if (natural() == Phase::kExpand) return;
    judge.report(
        {.id = "alter-type",
         .verdict = plan::Verdict::kInstant,
         .effect = has(Kind::kDropDefault)
                       ? fmt::format("Columns of {} that have no default of their own become "
                                     "NULL where an INSERT leaves them out.",
                                     name)
                       : fmt::format("Casts to {} and what is written to columns of it are "
                                     "checked from then on; rows that are there are not.",
                                     name),
         .remedy = "It happens in contract, after the deploy. No table is locked."});
  }

  void judge_attributes(Judge& judge, const Type& type, const catalog::Catalog& catalog) const {
    const std::string name = shown(type.name);
    const std::vector<std::string> users = columns_of_type(catalog, type.name);
    const bool used = !users.empty() || !type.name.in_tenant();
    if (has(Kind::kAlterAttribute) && used) {
      judge.refuse(
          "alter-type",
          fmt::format("PostgreSQL changes the type of no attribute while columns are of "
                      "{}{}.",
                      name, users.empty() ? "" : fmt::format(": {}", fmt::join(users, ", "))),
          "Create another type, and a column of it, and move over.");
      return;
    }
    judge.report(
        {.id = "alter-type",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format(
             "Values of {} that are written with the attributes of "
             "before, as ROW(...) or '(...)', fail from then on{}.",
             name, has(Kind::kDropAttribute) ? ", and what the attribute held is gone" : ""),
         .remedy = "It happens in contract, after the deploy. No row is read."});
  }

  plan::Undo undo(const Type& type) const {
    if (!of_domain()) {
      return undo_none(fmt::format("the attributes that {} had", shown(type.name)));
    }
    if (has(Kind::kValidateConstraint)) return undo_exact();
    const std::string domain = "ALTER DOMAIN " + sql::quote(type.name);
    if (has(Kind::kSetNotNull)) return undo_exact({domain + " DROP NOT NULL"});
    if (has(Kind::kAddConstraint) && !statement_.constraint.empty()) {
      return undo_exact(
          {domain + " DROP CONSTRAINT " + sql::quote_identifier(statement_.constraint)});
    }
    if (has(Kind::kDropNotNull)) return undo_none("that " + shown(type.name) + " took no NULL");
    if (has(Kind::kSetDefault) || has(Kind::kDropDefault))
      return undo_none("the former default of " + shown(type.name));
    return undo_none("the constraint as it was");
  }

  std::string text_;
  sql::AlterType statement_;
};

Kind kind_of(const sql::AlterTableAction& action) {
  if (std::holds_alternative<sql::AddColumn>(action)) return Kind::kAddAttribute;
  return std::holds_alternative<sql::DropColumn>(action) ? Kind::kDropAttribute
                                                         : Kind::kAlterAttribute;
}

bool cascades(const sql::AlterTableAction& action) {
  if (const auto* add = std::get_if<sql::AddColumn>(&action)) return add->cascade;
  if (const auto* drop = std::get_if<sql::DropColumn>(&action)) return drop->cascade;
  const auto* alter = std::get_if<sql::AlterColumnType>(&action);
  return alter && alter->cascade;
}

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::AlterType& statement,
                                         const Origin& origin) {
  return one(std::make_unique<AlterType>(text, statement, origin));
}

std::vector<OperationPtr> from_statement(const std::string& text, const sql::AlterTable& statement,
                                         const Origin& origin) {
  sql::AlterType attributes;
  attributes.name = statement.name;
  for (const sql::AlterTableAction& action : statement.actions) {
    if (!std::holds_alternative<sql::AddColumn>(action) &&
        !std::holds_alternative<sql::DropColumn>(action) &&
        !std::holds_alternative<sql::AlterColumnType>(action)) {
      return {};
    }
    attributes.kinds.push_back(kind_of(action));
    attributes.cascade = attributes.cascade || cascades(action);
  }
  return one(std::make_unique<AlterType>(text, std::move(attributes), origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_type", problems);
  const bool domain = one_of(fields, {"type", "domain"}) == "domain";
  const std::string type = fields.required_text(domain ? "domain" : "type");
  const std::string action = fields.required_text("action");
  fields.finish();
  const std::string text = fmt::format("ALTER {} {} {}", domain ? "DOMAIN" : "TYPE", type, action);
  if (domain) {
    const auto parsed = parse_as<sql::AlterType>(text, parameters.where(), problems);
    return parsed ? from_statement(parsed->text, parsed->body, origin)
                  : std::vector<OperationPtr>();
  }
  const auto parsed = parse_as<sql::AlterTable>(text, parameters.where(), problems);
  if (!parsed) return {};
  std::vector<OperationPtr> operations = from_statement(parsed->text, parsed->body, origin);
  if (operations.empty())
    fields.problem("action", "only ADD, DROP and ALTER ATTRIBUTE are actions of a composite type");
  return operations;
}

}  // namespace lockstep::operations::alter_type
