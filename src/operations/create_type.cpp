#include "create_type.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alternatives.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"
#include "support/types.h"

namespace lockstep::operations::create_type {

using core::Phase;
using plan::Step;
using Kind = sql::CreateType::Kind;
using How = plan::Touch::How;

namespace {

class CreateType final : public Operation {
 public:
  CreateType(std::string text, sql::CreateType statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "create_type"; }

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(statement_.name);
    for (const sql::TypeName& used : statement_.uses) request.types.insert(used.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (context.catalog.find_type(created_name(context.catalog, statement_.name))) {
      judge.problem(fmt::format("type {} exists already", shown(statement_.name)),
                    "Choose another name.");
    }
    if (statement_.constrained) {
      judge.report(
          {.id = "domain-constraint",
           .verdict = plan::Verdict::kInstant,
           .effect = "Its constraint can later be changed only by reading every table that "
                     "uses the domain, while nobody can write to them.",
           .remedy = "Create it without a constraint, and add a CHECK to each table, if it "
                     "may ever change."});
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const catalog::QualifiedName type = created_name(context.catalog, statement_.name);
    std::vector<plan::Touch> touches{touch_type(How::kCreates, type)};
    for (const sql::TypeName& used : statement_.uses) {
      const catalog::Type* found = context.catalog.find_type(used.name);
      if (found) touches.push_back(touch_type(How::kNeeds, found->name));
    }
    const std::string words(statement_.kind == Kind::kDomain ? "DOMAIN" : "TYPE");
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        Phase::kExpand, fmt::format("create {} {}", kind(), shown(type)), {text_}, {},
        undo_exact({fmt::format("DROP {} {}", words, sql::quote(type))}), std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    catalog::Type type;
    type.name = created_name(catalog, statement_.name);
    type.kind = statement_.kind == Kind::kDomain  ? catalog::Type::Kind::kDomain
                : statement_.kind == Kind::kRange ? catalog::Type::Kind::kRange
                                                  : catalog::Type::Kind::kComposite;
    if (statement_.kind == Kind::kDomain) {
      type.base_type = format_type(statement_.uses.front(), catalog);
      type.domain_constrained =
          statement_.constrained || constrained_domain(statement_.uses.front(), catalog);
    }
    catalog.types.emplace(type.name, type);
  }

  std::string describe() const override { return "create_type " + one_line(text_); }

 private:
  std::string_view kind() const {
    if (statement_.kind == Kind::kDomain) return "domain";
    return statement_.kind == Kind::kRange ? "range type" : "type";
  }

  std::string text_;
  sql::CreateType statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::CreateType& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateType>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_type", problems);
  const std::string name = fields.required_text("name");
  std::string text;
  const std::string kind = one_of(fields, {"attributes", "domain", "range"});
  if (kind != "domain") none_of(fields, {"check", "not_null"}, "domain");
  if (kind == "domain") {
    const auto check = fields.text("check");
    text = fmt::format("CREATE DOMAIN {} AS {}{}{}", name, fields.required_text("domain"),
                       fields.boolean("not_null").value_or(false) ? " NOT NULL" : "",
                       check ? fmt::format(" CHECK ({})", *check) : "");
  } else if (kind == "range") {
    text =
        fmt::format("CREATE TYPE {} AS RANGE (subtype = {})", name, fields.required_text("range"));
  } else {
    fields.required_node("attributes");
    text = fmt::format("CREATE TYPE {} AS ({})", name, fmt::join(fields.texts("attributes"), ", "));
  }
  fields.finish();
  const auto parsed = parse_as<sql::CreateType>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_type
