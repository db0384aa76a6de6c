#include "create_sequence.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"

namespace lockstep::operations::create_sequence {

using catalog::Relation;
using core::Phase;
using plan::Step;

namespace {

class CreateSequence final : public Operation {
 public:
  CreateSequence(std::string text, sql::CreateSequence statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "create_sequence"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* existing = there(context.catalog);
    if (!existing) return judge.take();
    if (existing->kind != catalog::RelationKind::kSequence || !statement_.if_not_exists) {
      judge.problem(fmt::format("{} exists already; it is a {}", shown(existing->name),
                                to_string(existing->kind)),
                    "Choose another name, or write IF NOT EXISTS if it is this very sequence.");
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    if (there(context.catalog)) return {};
    const Maker make{*this, context};
    const catalog::QualifiedName sequence = created_name(context.catalog, statement_.name);
    std::vector<Step> steps;
    steps.push_back(make.transaction(Phase::kExpand,
                                     fmt::format("create sequence {}", shown(sequence)), {text_},
                                     {}, undo_exact({"DROP SEQUENCE " + sql::quote(sequence)}),
                                     {touch_relation(plan::Touch::How::kCreates, sequence)}));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    if (there(catalog)) return;
    Relation sequence;
    sequence.name = created_name(catalog, statement_.name);
    sequence.kind = catalog::RelationKind::kSequence;
    sequence.created_by = origin().migration;
    catalog.relations.emplace(sequence.name, sequence);
  }

  std::string describe() const override { return "create_sequence " + one_line(text_); }

 private:
  const Relation* there(const catalog::Catalog& catalog) const {
    return catalog.find(created_name(catalog, statement_.name));
  }

  std::string text_;
  sql::CreateSequence statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreateSequence& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateSequence>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_sequence", problems);
  const std::string name = fields.required_text("name");
  const bool if_not_exists = fields.boolean("if_not_exists").value_or(false);
  const std::string options = fields.text("options").value_or("");
  fields.finish();
  const std::string text =
      fmt::format("CREATE SEQUENCE {}{}{}", if_not_exists ? "IF NOT EXISTS " : "", name,
                  options.empty() ? "" : " " + options);
  const auto parsed = parse_as<sql::CreateSequence>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_sequence
