#include "create_view.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/row_locks.h"
#include "support/text.h"

namespace lockstep::operations::create_view {

using catalog::Catalog;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::RelationKind;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// A materialized view has the same parameters.
struct Kind {
  bool materialized = false;
  bool if_not_exists = false;
};

class CreateView final : public Operation {
 public:
  CreateView(std::string text, sql::CreateView statement, Kind kind, Origin origin)
      : Operation(std::move(origin)),
        text_(std::move(text)),
        statement_(std::move(statement)),
        kind_(kind) {}

  std::string_view name() const noexcept override { return "create_view"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    request.functions.insert(statement_.functions.begin(), statement_.functions.end());
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (statement_.temporary) {
      judge.refuse("temporary-object", "A temporary view is gone when the step's connection is.",
                   "Create a view that stays.");
      return judge.take();
    }
    judge_reads(judge, statement_.reads);
    const Relation* existing = context.catalog.find(created_name(context.catalog, statement_.name));
    if (existing) judge_existing(*existing, judge);
    if (kind_.materialized && !existing) {
      judge.report(
          {.id = "long-snapshot",
           .verdict = plan::Verdict::kInstant,
           .effect =
               "Runs its query over all the rows in one transaction: nobody waits, but concurrent "
               "index builds wait for it and VACUUM cleans up nothing meanwhile.",
           .remedy =
               "It runs alone in its step, without a time limit. WITH NO DATA makes it instant."});
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const QualifiedName view = created_name(context.catalog, statement_.name);
    const Relation* existing = context.catalog.find(view);
    if (existing && kind_.if_not_exists) return {};
    std::vector<plan::LockClaim> locks;
    if (existing) locks.push_back({view, LockMode::kAccessExclusive});
    append(locks, locks_of_reads(context.catalog, statement_.reads));
    std::vector<plan::Touch> touches{
        touch_relation(existing ? How::kChanges : How::kCreates, view)};
    for (const QualifiedName& read : statement_.reads) {
      touches.push_back(touch_relation(How::kNeeds, context.catalog.qualify(read)));
    }
    std::vector<Step> steps;
    const std::string title = fmt::format("{} {}view {}", existing ? "replace" : "create",
                                          kind_.materialized ? "materialized " : "", shown(view));
    steps.push_back(make.transaction(Phase::kExpand, title, {text_}, locks, undo(view, existing),
                                     std::move(touches)));
    // Its query may take its time: it locks nothing that anybody waits for.
    std::get<plan::TransactionBody>(steps.back().body).long_running = kind_.materialized;
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    const QualifiedName view = created_name(catalog, statement_.name);
    if (!catalog.find(view)) {
      Relation relation;
      relation.name = view;
      relation.kind = wanted_kind();
      relation.created_by = origin().migration;
      for (const std::string& column : statement_.columns) {
        catalog::Column folded;
        folded.name = column;
        relation.columns.push_back(std::move(folded));
      }
      catalog.relations.emplace(view, std::move(relation));
    }
    for (const QualifiedName& read : statement_.reads) {
      if (Relation* source = catalog.find(read)) depend(*source, view);
    }
  }

  std::string describe() const override { return "create_view " + one_line(text_); }

 private:
  RelationKind wanted_kind() const {
    return kind_.materialized ? RelationKind::kMaterializedView : RelationKind::kView;
  }

  void judge_existing(const Relation& existing, Judge& judge) const {
    if (existing.kind == wanted_kind() && kind_.if_not_exists) return;
    if (existing.kind != wanted_kind()) {
      judge.problem(
          fmt::format("{} is a {} already", shown(existing.name), to_string(existing.kind)));
      return;
    }
    if (!statement_.or_replace) {
      judge.problem(
          fmt::format("{} {} exists already", to_string(existing.kind), shown(existing.name)),
          kind_.materialized ? "Write IF NOT EXISTS, or drop it in an earlier statement."
                             : "Write CREATE OR REPLACE VIEW.");
      return;
    }
    for (std::size_t i = 0; !statement_.columns.empty() && i < existing.columns.size(); ++i) {
      const std::string& was = existing.columns[i].name;
      if (i < statement_.columns.size() && statement_.columns[i] == was) continue;
      judge.refuse(
          "view-columns-change",
          fmt::format(
              "PostgreSQL replaces a view only where its columns stay, in their order; {} is "
              "column {} of {} today.",
              was, i + 1, shown(existing.name)),
          "Keep its columns and add new ones at the end, or create a view of another name.");
      return;
    }
    judge.brief_lock(existing, LockMode::kAccessExclusive, "Only the definition changes.");
  }

  plan::Undo undo(const QualifiedName& view, const Relation* existing) const {
    if (!existing) {
      return undo_exact({fmt::format("DROP {}VIEW {}", kind_.materialized ? "MATERIALIZED " : "",
                                     sql::quote(view))});
    }
    // REPLACE takes no column away; dropping it takes its privileges with it, and fails where it is
    // read.
    const bool alone = existing->dependants.empty() && existing->privileges.empty();
    if (existing->view_definition.empty() || !alone) {
      return undo_none(fmt::format("the former definition of {}", shown(view)));
    }
    return undo_exact({"DROP VIEW " + sql::quote(view), create_view_again(*existing)});
  }

  /// Our grammar knows which relations a query reads, not which columns; those that the text names
  /// are taken for read, and all where it says "*".
  void depend(Relation& source, const QualifiedName& view) const {
    std::erase_if(source.dependants, [&](const auto& dependant) { return dependant.name == view; });
    std::set<std::string> columns;
    const bool all = text_.find('*') != std::string::npos;
    const std::set<std::string> words = identifiers(text_);
    for (const catalog::Column& column : source.columns) {
      if (all || words.count(column.name) != 0) columns.insert(column.name);
    }
    source.dependants.push_back({std::string(to_string(wanted_kind())), view, std::move(columns)});
  }

  std::string text_;
  sql::CreateView statement_;
  Kind kind_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::CreateView& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateView>(text, statement, Kind{}, origin));
}

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreateTableAs& statement,
                                         const Origin& origin) {
  sql::CreateView view;
  view.name = statement.name;
  view.reads = statement.reads;
  return one(std::make_unique<CreateView>(text, std::move(view),
                                          Kind{true, statement.if_not_exists}, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_view", problems);
  const std::string name = fields.required_text("name");
  const std::vector<std::string> columns = fields.texts("columns");
  const std::string query = fields.required_text("query");
  const bool replace = fields.boolean("replace").value_or(false);
  fields.finish();
  const std::string text =
      fmt::format("CREATE {}VIEW {}{} AS {}", replace ? "OR REPLACE " : "", name,
                  columns.empty() ? "" : fmt::format(" ({})", fmt::join(columns, ", ")), query);
  const auto parsed = parse_as<sql::CreateView>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_view
