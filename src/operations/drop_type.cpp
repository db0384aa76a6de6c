#include "drop_type.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dropped_object.h"
#include "support/object_users.h"
#include "support/types.h"

namespace lockstep::operations::drop_type {

using catalog::QualifiedName;
using catalog::Type;
using core::Phase;
using plan::Step;

namespace {

class DropType final : public DroppedObject {
 public:
  using DroppedObject::DroppedObject;

  std::string_view name() const noexcept override { return "drop_type"; }

  void request(catalog::CatalogRequest& request) const override {
    request.types.insert(target());
    request.used_types.insert(target());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const std::string shown_name = shown(target());
    judge_cascade(judge, drop().cascade, shown_name);
    const Type* type = context.catalog.find_type(target());
    if (!type) {
      judge_missing(judge, context, "there is no type");
      return judge.take();
    }
    std::vector<std::string> users = columns_of_type(context.catalog, type->name);
    append_new(users, users_of(context.catalog, "type", type->name));
    if (!users.empty()) {
      judge.refuse("type-is-used",
                   fmt::format("{} is the type of {}.", shown_name, fmt::join(users, ", ")),
                   "Drop these or change their type first, in statements before this one.");
      return judge.take();
    }
    judge.report({.id = "drop-type",
                  .verdict = plan::Verdict::kInstant,
                  .effect = fmt::format("Queries that cast to {} fail from then on.", shown_name),
                  .remedy = "It happens in contract, after the deploy. No table is locked."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Type* type = context.catalog.find_type(target());
    if (!type) return {};
    const Maker make{*this, context};
    Step step = make.transaction(
        Phase::kContract,
        fmt::format("drop {} {}", type->kind == Type::Kind::kDomain ? "domain" : "type",
                    shown(type->name)),
        {fmt::format("DROP {} {}", drop().object_type, sql::quote(type->name))}, {}, undo(*type),
        {touch_type(plan::Touch::How::kDrops, type->name)});
    step.irreversible = step.undo.gives == plan::UndoGives::kNone;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    if (const Type* type = catalog.find_type(target()))
      catalog.types.erase(QualifiedName(type->name));
  }

  std::string describe() const override { return "drop_type " + described(); }

 private:
  static plan::Undo undo(const Type& type) {
    if (type.kind != Type::Kind::kEnum) return undo_none(fmt::format("type {}", shown(type.name)));
    std::vector<std::string> labels;
    for (const std::string& label : type.labels) labels.push_back(sql::quote_literal(label));
    return undo_exact({fmt::format("CREATE TYPE {} AS ENUM ({})", sql::quote(type.name),
                                   fmt::join(labels, ", "))});
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return drop_each<DropType>(statement, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_type", problems);
  return drop_from_yaml<DropType>(fields, "TYPE", origin, problems);
}

}  // namespace lockstep::operations::drop_type
