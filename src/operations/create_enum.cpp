#include "create_enum.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"

namespace lockstep::operations::create_enum {

using core::Phase;
using plan::Step;

namespace {

class CreateEnum final : public Operation {
 public:
  CreateEnum(std::string text, sql::CreateEnum statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "create_enum"; }

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (context.catalog.find_type(created_name(context.catalog, statement_.name))) {
      judge.problem(fmt::format("type {} exists already", shown(statement_.name)),
                    "Choose another name.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const catalog::QualifiedName type = created_name(context.catalog, statement_.name);
    std::vector<Step> steps;
    steps.push_back(make.transaction(Phase::kExpand, fmt::format("create enum {}", shown(type)),
                                     {text_}, {}, undo_exact({"DROP TYPE " + sql::quote(type)}),
                                     {touch_type(plan::Touch::How::kCreates, type)}));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    catalog::Type type;
    type.name = created_name(catalog, statement_.name);
    type.kind = catalog::Type::Kind::kEnum;
    type.labels = statement_.labels;
    catalog.types.emplace(type.name, type);
  }

  std::string describe() const override {
    return fmt::format("create_enum name={} values=({})", shown(statement_.name),
                       fmt::join(statement_.labels, ", "));
  }

 private:
  std::string text_;
  sql::CreateEnum statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::CreateEnum& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateEnum>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_enum", problems);
  const std::string name = fields.required_text("name");
  std::vector<std::string> labels;
  for (const std::string& label : fields.texts("values"))
    labels.push_back(sql::quote_literal(label));
  fields.finish();
  const std::string text =
      fmt::format("CREATE TYPE {} AS ENUM ({})", name, fmt::join(labels, ", "));
  const auto parsed = parse_as<sql::CreateEnum>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_enum
