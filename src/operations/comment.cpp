#include "comment.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alternatives.h"
#include "support/dml.h"
#include "support/former.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"

namespace lockstep::operations::comment {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// Objects that are relations or parts of one: the comment locks the relation.
bool on_relation(const std::string& object_type) {
  constexpr std::array<std::string_view, 10> kTypes{
      "TABLE",   "COLUMN", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "CONSTRAINT",
      "TRIGGER", "POLICY", "RULE", "FOREIGN TABLE"};
  return std::find(kTypes.begin(), kTypes.end(), object_type) != kTypes.end();
}

class Comment final : public Operation {
 public:
  Comment(std::string text, sql::CommentOn statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "comment"; }

  void request(catalog::CatalogRequest& request) const override {
    if (on_relation(statement_.object_type) || on_index()) {
      request.relations.insert(statement_.name);
    }
    if (statement_.object_type == "FUNCTION") request.functions.insert(statement_.name);
    if (statement_.object_type == "TYPE") request.types.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const bool known = context.catalog.find_index(statement_.name).index != nullptr;
    if (on_index() && !known && !context.catalog.partial) {
      judge.problem(fmt::format("there is no index {}", shown(statement_.name)));
    }
    if (!on_relation(statement_.object_type)) return judge.take();
    const Relation* relation = judge.relation(statement_.name);
    if (!relation) return judge.take();
    if (statement_.object_type == "COLUMN") judge.column(*relation, statement_.sub_name);
    judge.brief_lock(*relation, LockMode::kShareUpdateExclusive,
                     "No reader or writer waits for it.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const Relation* relation =
        on_relation(statement_.object_type) ? context.catalog.find(statement_.name) : nullptr;
    std::vector<plan::LockClaim> locks;
    std::vector<plan::Touch> touches;
    if (relation) {
      locks.push_back({relation->name, LockMode::kShareUpdateExclusive});
      touches.push_back(touch_relation(How::kNeeds, relation->name));
      if (statement_.object_type == "COLUMN") {
        touches.push_back(touch_column(How::kNeeds, relation->name, statement_.sub_name));
      }
    }
    const catalog::QualifiedName place =
        place_of(context.catalog, statement_.object_type, statement_.name);
    if (!relation) touches.push_back({How::kNeeds, kind(), place, {}});
    touches.push_back({How::kChanges, "comment", place, statement_.sub_name});
    // The index alone is locked, not its table.
    if (on_index() && context.catalog.find_index(statement_.name).index) {
      locks.push_back({place, LockMode::kShareUpdateExclusive});
    }
    std::vector<Step> steps;
    steps.push_back(make.transaction(Phase::kExpand, "comment on " + object(), {text_}, locks,
                                     undo(relation, place, context), std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog&, Phase) const override {}

  std::string describe() const override { return "comment " + one_line(text_); }

 private:
  bool on_index() const { return statement_.object_type == "INDEX"; }

  std::string object() const {
    const std::string name = shown(statement_.name);
    return statement_.sub_name.empty() ? fmt::format("{} {}", kind(), name)
                                       : fmt::format("{} {}.{}", kind(), name, statement_.sub_name);
  }

  /// "table", "function".
  std::string kind() const {
    std::string words;
    for (const char c : statement_.object_type)
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return words;
  }

  /// What this migration itself has made had no comment, and goes with its own undo.
  plan::Undo undo(const Relation* relation, const catalog::QualifiedName& place,
                  const Context& context) const {
    const catalog::Column* column = relation ? relation->column(statement_.sub_name) : nullptr;
    const bool ours =
        relation && (is_new(*relation, *this, context) || (column && column->added_by_plan));
    if (ours) return undo_exact();
    const std::string former = former_comment(statement_.object_type, place, statement_.sub_name,
                                              WithoutComment::kSetNull);
    return former.empty() ? undo_none(fmt::format("the former comment on {}", object()))
                          : undo_exact({}, {former});
  }

  std::string text_;
  sql::CommentOn statement_;
};

/// "TABLE users", from {table: users}; "COLUMN users.email", from {table: users, column: email}.
std::string yaml_object(text::Fields& fields) {
  std::string kind = one_of(fields, {"table", "view", "sequence", "index", "type", "function"});
  if (fields.node("column") != nullptr) {
    return fmt::format("COLUMN {}.{}", fields.required_text("table"),
                       fields.required_text("column"));
  }
  if (!kind.empty()) {
    const std::string name = fields.required_text(kind);
    std::transform(kind.begin(), kind.end(), kind.begin(),
                   [](char c) { return static_cast<char>(c - 32); });
    return name.empty() ? std::string() : kind + " " + name;
  }
  fields.problem("text", "nothing to comment on",
                 "Name a table, column, view, sequence, index, type or function.");
  return {};
}

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::CommentOn& statement,
                                         const Origin& origin) {
  return one(std::make_unique<Comment>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation comment", problems);
  const std::string object = yaml_object(fields);
  const std::string comment = fields.required_text("text");
  fields.finish();
  if (object.empty()) return {};
  const std::string text = fmt::format("COMMENT ON {} IS {}", object, sql::quote_literal(comment));
  const auto parsed = parse_as<sql::CommentOn>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::comment
