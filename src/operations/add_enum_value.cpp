#include "add_enum_value.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"

namespace lockstep::operations::add_enum_value {

using catalog::Type;
using core::Phase;
using plan::Step;

namespace {

bool has_label(const Type& type, const std::string& label) {
  return std::find(type.labels.begin(), type.labels.end(), label) != type.labels.end();
}

class AddEnumValue final : public Operation {
 public:
  AddEnumValue(std::string text, sql::AlterEnumAddValue statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "add_enum_value"; }

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Type* type = context.catalog.find_type(statement_.name);
    if (!type && !context.catalog.partial) {
      judge.problem(fmt::format("there is no type {}", shown(statement_.name)),
                    "Check the name, and that an earlier statement creates it.");
      return judge.take();
    }
    if (type && !judge_type(*type, judge)) return judge.take();
    judge.report(
        {.id = "enum-value-is-permanent",
         .verdict = plan::Verdict::kInstant,
         .effect =
             fmt::format("{} gets a value that can never be taken away again, and no query can use "
                         "it in the transaction that adds it.",
                         shown(statement_.name)),
         .remedy =
             "It locks no table and gets a transaction of its own, so later steps can use it."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Type* type = context.catalog.find_type(statement_.name);
    if (!type || has_label(*type, statement_.label)) return {};
    const Maker make{*this, context};
    Step step = make.transaction(
        Phase::kExpand, fmt::format("add value {} to {}", statement_.label, shown(type->name)),
        {text_}, {}, undo_none(fmt::format("that there was no value {}", statement_.label)),
        {touch_type(plan::Touch::How::kChanges, type->name)});
    // Never merged with a step that uses the value: PostgreSQL refuses that in one transaction.
    std::get<plan::TransactionBody>(step.body).alone = true;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    const Type* found = catalog.find_type(statement_.name);
    if (!found || has_label(*found, statement_.label)) return;
    std::vector<std::string>& labels = catalog.types.at(found->name).labels;
    auto place = std::find(labels.begin(), labels.end(), statement_.neighbour);
    if (place != labels.end() && statement_.after) ++place;
    labels.insert(place, statement_.label);
  }

  std::string describe() const override {
    std::string text =
        fmt::format("add_enum_value type={} value={}", shown(statement_.name), statement_.label);
    if (!statement_.neighbour.empty()) {
      text += fmt::format(" {}={}", statement_.after ? "after" : "before", statement_.neighbour);
    }
    return text + (statement_.if_not_exists ? " if_not_exists" : "");
  }

 private:
  bool judge_type(const Type& type, Judge& judge) const {
    if (type.kind != Type::Kind::kEnum) {
      judge.problem(fmt::format("{} is not an enum", shown(type.name)));
      return false;
    }
    if (has_label(type, statement_.label)) {
      if (!statement_.if_not_exists) {
        // As after a rollback, which cannot take it away.
        judge.report(
            {.id = "enum-value-exists",
             .verdict = plan::Verdict::kInstant,
             .effect = fmt::format("{} has the value {} already: nothing is added, and its "
                                   "place among the others stays.",
                                   shown(type.name), statement_.label),
             .remedy = "Write IF NOT EXISTS if it may be there."});
      }
      return false;
    }
    if (!statement_.neighbour.empty() && !has_label(type, statement_.neighbour)) {
      judge.problem(fmt::format("{} has no value {}", shown(type.name), statement_.neighbour));
      return false;
    }
    return true;
  }

  std::string text_;
  sql::AlterEnumAddValue statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::AlterEnumAddValue& statement,
                                         const Origin& origin) {
  return one(std::make_unique<AddEnumValue>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_enum_value", problems);
  const std::string type = fields.required_text("type");
  const std::string value = fields.required_text("value");
  const std::optional<std::string> before = fields.text("before");
  const std::optional<std::string> after = fields.text("after");
  const bool if_not_exists = fields.boolean("if_not_exists").value_or(false);
  if (before && after) fields.problem("after", "a value stands before one or after one, not both");
  fields.finish();
  std::string text = fmt::format("ALTER TYPE {} ADD VALUE {}{}", type,
                                 if_not_exists ? "IF NOT EXISTS " : "", sql::quote_literal(value));
  if (before) text += " BEFORE " + sql::quote_literal(*before);
  if (after && !before) text += " AFTER " + sql::quote_literal(*after);
  const auto parsed = parse_as<sql::AlterEnumAddValue>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::add_enum_value
