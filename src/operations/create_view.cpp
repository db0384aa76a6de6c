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
#include "lockstep/sql/within.h"
#include "sequences/steps.h"
#include "sequences/view_anew.h"
#include "support/dml.h"
#include "support/former.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/query_columns.h"
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
        within_(sql::look_within(text_)),
        kind_(kind) {}

  std::string_view name() const noexcept override { return "create_view"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    request.functions.insert(within_.functions.begin(), within_.functions.end());
    request_cast_types(request, within_.cast_types);
    request_columns(request, within_.query);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (statement_.temporary) {
      judge.refuse("temporary-object", "A temporary view is gone when the step's connection is.",
                   "Create a view that stays.");
      return judge.take();
    }
    judge_reads(judge, statement_.reads);
    judge_functions(judge, context.catalog, within_.functions);
    judge_cast_types(judge, context.catalog, within_.cast_types);
    judge_columns(judge, within_.query, context);
    const Relation* existing = context.catalog.find(created_name(context.catalog, statement_.name));
    if (existing && !existing->assumed) judge_existing(*existing, context, judge);
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
    if (existing && !shape_change(*existing, context.catalog).empty()) {
      steps.push_back(make_anew(make, *existing, std::move(locks), std::move(touches)));
      return steps;
    }
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
    const Relation* existing = catalog.find(view);
    const bool known = existing && !existing->assumed;
    if (known && (existing->kind != wanted_kind() || !statement_.or_replace)) return;
    const QueryColumns columns = view_columns(within_.query, within_.columns, catalog);
    if (!known) {
      Relation relation;
      relation.name = view;
      relation.kind = wanted_kind();
      relation.created_by = origin().migration;
      catalog.relations.insert_or_assign(view, std::move(relation));
    }
    Relation& folded = *catalog.find(view);
    // None where they are not known.
    folded.columns = columns.complete ? columns.columns : std::vector<catalog::Column>{};
    folded.view_definition.clear();
    for (const QualifiedName& read : statement_.reads) {
      if (Relation* source = catalog.find(read)) depend(*source, view);
    }
  }

  std::string describe() const override { return "create_view " + one_line(text_); }

 private:
  RelationKind wanted_kind() const {
    return kind_.materialized ? RelationKind::kMaterializedView : RelationKind::kView;
  }

  void judge_existing(const Relation& existing, const Context& context, Judge& judge) const {
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
    const std::string change = shape_change(existing, context.catalog);
    if (change.empty()) {
      const bool certain = view_columns(within_.query, within_.columns, context.catalog).complete;
      judge.brief_lock(existing, LockMode::kAccessExclusive,
                       certain ? "Only the definition changes."
                               : "Only the definition changes, where its columns stay: what its "
                                 "query gives cannot be told from its text.");
      return;
    }
    judge_shape_change(existing, change, context, judge);
  }

  void judge_shape_change(const Relation& existing, const std::string& change,
                          const Context& context, Judge& judge) const {
    std::vector<std::string> in_the_way;
    for (const catalog::Dependant& dependant : existing.dependants) {
      in_the_way.push_back(fmt::format("{} {}", dependant.kind, shown(dependant.name)));
    }
    for (const catalog::Trigger& trigger : existing.triggers) {
      in_the_way.push_back("trigger " + trigger.name);
    }
    const std::string effect = fmt::format(
        "PostgreSQL replaces a view only where its columns stay, with their types and in their "
        "order; {} of {}.",
        change, shown(existing.name));
    if (!in_the_way.empty() || !can_be_carried_over(existing.name)) {
      judge.refuse(
          "view-columns-change", effect,
          in_the_way.empty()
              ? "Keep its columns and add new ones at the end, or create a view of another name."
              : fmt::format("What uses it would have to be made anew with it: {}. Drop these and "
                            "the view in statements before this one, and create them again behind "
                            "it, with their privileges; or keep its columns and add new ones at "
                            "the end.",
                            fmt::join(in_the_way, ", ")));
      return;
    }
    if (is_new(existing, *this, context)) return;
    judge.report({.id = "view-made-anew",
                  .effect = effect + " Queries of the deployed application that name what goes "
                                     "fail from then on.",
                  .remedy = "It is made anew in one transaction, with its owner, privileges and "
                            "comments, in contract unless the phase is written.",
                  .lock = plan::LockClaim{existing.name, LockMode::kAccessExclusive}});
  }

  /// The first column that REPLACE could not leave as it is: "user_id is column 1, and would be
  /// email". Empty where there is none, or where that cannot be told.
  std::string shape_change(const Relation& existing, const Catalog& catalog) const {
    if (kind_.materialized || existing.assumed) return {};
    const QueryColumns wanted = view_columns(within_.query, within_.columns, catalog);
    for (std::size_t i = 0; i < existing.columns.size(); ++i) {
      const catalog::Column& was = existing.columns[i];
      if (i >= wanted.columns.size()) {
        return wanted.complete ? fmt::format("{}, column {}, would go", was.name, i + 1) : "";
      }
      const catalog::Column& is = wanted.columns[i];
      if (is.name != was.name) {
        return fmt::format("{} is column {}, and would be {}", was.name, i + 1, is.name);
      }
      if (!is.type.empty() && !was.type.empty() && is.type != was.type) {
        return fmt::format("{} is {}, and would be {}", was.name, was.type, is.type);
      }
    }
    return {};
  }

  /// RULES.md 6: the former view stands aside until the new one has what was its own.
  Step make_anew(const Maker& make, const Relation& existing, std::vector<plan::LockClaim> locks,
                 std::vector<plan::Touch> touches) const {
    touches.front() = touch_relation(How::kCreates, existing.name);
    touches.insert(touches.begin(), touch_relation(How::kDrops, existing.name));
    const std::string aside = aside_name(existing.name, origin().migration);
    const bool fresh = is_new(existing, *this, make.context);
    Step step = make.transaction(fresh ? Phase::kExpand : Phase::kContract,
                                 fmt::format("make view {} anew", shown(existing.name)),
                                 make_view_anew(existing.name, aside, text_), locks,
                                 undo_anew(existing, aside), std::move(touches));
    step.irreversible = !fresh && step.undo.gives == plan::UndoGives::kNone;
    return step;
  }

  plan::Undo undo_anew(const Relation& existing, const std::string& aside) const {
    // Privileges on a column that goes are gone with it.
    const bool of_columns = std::any_of(
        existing.privileges.begin(), existing.privileges.end(), [&](const std::string& privilege) {
          return std::any_of(
              existing.columns.begin(), existing.columns.end(),
              [&](const auto& column) { return privilege.starts_with(column.name + ":"); });
        });
    if (existing.view_definition.empty() || of_columns) {
      return undo_none(fmt::format("the former definition of {}", shown(existing.name)));
    }
    return undo_exact(make_view_anew(existing.name, aside, create_view_again(existing)));
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
    return undo_exact({"DROP VIEW " + sql::quote(view), create_view_again(*existing)},
                      {former_comment("VIEW", existing->name, {}, WithoutComment::kNothing),
                       former_column_comments(existing->name)});
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
  sql::Within within_;
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
