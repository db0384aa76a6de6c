#include "alter_sequence.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"

// Expand: from the next number on. What gives a number twice is refused.

namespace lockstep::operations::alter_sequence {

using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class AlterSequence final : public Operation {
 public:
  AlterSequence(std::string text, sql::AlterSequence statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "alter_sequence"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
    if (statement_.owned_by) request.relations.insert(statement_.owned_by->first);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* sequence = context.catalog.find(statement_.name);
    if (!sequence) {
      if (!statement_.if_exists && !context.catalog.partial) {
        judge.problem(fmt::format("there is no sequence {}", shown(statement_.name)),
                      "Check the name, or write IF EXISTS if it may be missing.");
      }
      return judge.take();
    }
    if (sequence->kind != catalog::RelationKind::kSequence) {
      judge.problem(fmt::format("{} is a {}, not a sequence", shown(sequence->name),
                                to_string(sequence->kind)));
      return judge.take();
    }
    if (statement_.owned_by) {
      if (const Relation* table = judge.relation(statement_.owned_by->first)) {
        judge.column(*table, statement_.owned_by->second);
      }
    }
    if (sets("restart") && sequence->created_by.empty()) {
      judge.refuse("sequence-restart",
                   fmt::format("{} gives out numbers that were given out before; which, differs by "
                               "tenant.",
                               shown(sequence->name)),
                   "Set each tenant's sequence behind its numbers, by setval() in an `sql` "
                   "operation.");
    }
    judge.brief_lock(*sequence, lock(), "No table is locked.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* sequence = context.catalog.find(statement_.name);
    if (!sequence) return {};
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks{{sequence->name, lock()}};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, sequence->name),
                                     {How::kChanges, "sequence", sequence->name, {}}};
    if (statement_.owned_by) {
      const catalog::QualifiedName table = context.catalog.qualify(statement_.owned_by->first);
      locks.push_back({table, LockMode::kAccessShare});
      touches.push_back(touch_column(How::kNeeds, table, statement_.owned_by->second));
    }
    std::vector<Step> steps;
    steps.push_back(make.transaction(Phase::kExpand,
                                     fmt::format("alter sequence {}", shown(sequence->name)),
                                     {text_}, locks, undo(*sequence), std::move(touches)));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* sequence = catalog.find(statement_.name);
    if (!sequence || phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    if (changes_options()) sequence->sequence_options.clear();
    if (!sets("owned_by")) return;
    sequence->owned_by.reset();
    if (statement_.owned_by) {
      sequence->owned_by = catalog::ColumnName{catalog.qualify(statement_.owned_by->first),
                                               statement_.owned_by->second};
    }
  }

  std::string describe() const override { return "alter_sequence " + one_line(text_); }

 private:
  bool sets(std::string_view option) const {
    return std::find(statement_.options.begin(), statement_.options.end(), option) !=
           statement_.options.end();
  }

  bool changes_options() const {
    return std::any_of(statement_.options.begin(), statement_.options.end(),
                       [](const std::string& option) { return option != "owned_by"; });
  }

  static LockMode lock() { return LockMode::kShareRowExclusive; }

  plan::Undo undo(const Relation& sequence) const {
    if (!sequence.created_by.empty()) return undo_exact();
    const std::string alter = "ALTER SEQUENCE " + sql::quote(sequence.name) + " ";
    std::vector<std::string> sql;
    if (changes_options()) {
      if (sets("restart") || sequence.sequence_options.empty())
        return undo_none(fmt::format("how {} counted", shown(sequence.name)));
      sql.push_back(alter + sequence.sequence_options);
    }
    if (sets("owned_by")) {
      // One that is not read with its table may have an owner all the same.
      if (!sequence.owned_by)
        return undo_none(fmt::format("which column owned {}", shown(sequence.name)));
      sql.push_back(fmt::format("{}OWNED BY {}.{}", alter, sql::quote(sequence.owned_by->table),
                                sql::quote_identifier(sequence.owned_by->column)));
    }
    return undo_exact(std::move(sql));
  }

  std::string text_;
  sql::AlterSequence statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::AlterSequence& statement,
                                         const Origin& origin) {
  return one(std::make_unique<AlterSequence>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation alter_sequence", problems);
  const std::string name = fields.required_text("name");
  const bool if_exists = fields.boolean("if_exists").value_or(false);
  const std::string options = fields.required_text("options");
  fields.finish();
  const std::string text =
      fmt::format("ALTER SEQUENCE {}{} {}", if_exists ? "IF EXISTS " : "", name, options);
  const auto parsed = parse_as<sql::AlterSequence>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::alter_sequence
