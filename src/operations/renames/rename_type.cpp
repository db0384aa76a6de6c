#include "renames/named_once.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/fold_rename.h"

namespace lockstep::operations::rename_object {

using catalog::Catalog;
using catalog::QualifiedName;
using catalog::Type;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

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

}  // namespace

OperationPtr rename_type(const sql::Rename& statement, const Origin& origin) {
  return std::make_unique<RenameType>(statement, origin);
}

OperationPtr rename_enum_value(const sql::Rename& statement, const Origin& origin) {
  return std::make_unique<RenameEnumValue>(statement, origin);
}

}  // namespace lockstep::operations::rename_object
