#include "refresh_view.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/judge.h"
#include "support/list.h"
#include "support/yaml.h"

// CONCURRENTLY compares the view with what its query gives now and changes what differs, under a
// lock that lets readers through. It needs a unique index to tell the rows by.

namespace lockstep::operations::refresh_view {

using catalog::Index;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// PostgreSQL takes a valid unique index of columns, of all rows.
bool tells_rows_apart(const Relation& view) {
  return std::any_of(view.indexes.begin(), view.indexes.end(), [](const Index& index) {
    return index.unique && index.valid && !index.has_expressions && !index.predicate;
  });
}

class RefreshView final : public Operation {
 public:
  RefreshView(sql::RefreshMaterializedView statement, Origin origin)
      : Operation(std::move(origin)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "refresh_view"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* view = judge.relation(statement_.name);
    if (!view) return judge.take();
    if (view->kind != catalog::RelationKind::kMaterializedView && !view->assumed) {
      judge.problem(fmt::format("{} is a {}", shown(view->name), to_string(view->kind)),
                    "Only materialized views are refreshed.");
      return judge.take();
    }
    if (!statement_.with_data) {
      judge.refuse("refresh",
                   fmt::format("WITH NO DATA empties {}: queries of it fail until it is refreshed.",
                               shown(view->name)),
                   fmt::format("Write REFRESH MATERIALIZED VIEW {};", sql::quote(statement_.name)));
      return judge.take();
    }
    if (is_new(*view, *this, context)) return judge.take();
    if (!tells_rows_apart(*view) && !view->assumed) {
      judge.refuse("refresh",
                   fmt::format("Nobody can read {} while its query runs: without a unique index "
                               "PostgreSQL refreshes it in no other way.",
                               shown(view->name)),
                   "Create a unique index on columns that tell its rows apart, in a statement "
                   "before this one.");
      return judge.take();
    }
    judge.report(
        {.id = "refresh",
         .verdict = statement_.concurrently ? plan::Verdict::kInstant : plan::Verdict::kExpanded,
         .effect = statement_.concurrently
                       ? "It holds back VACUUM and concurrent index builds while its "
                         "query runs."
                       : fmt::format("Nobody can read {} while its query runs.", shown(view->name)),
         .remedy = "It is refreshed CONCURRENTLY: readers go on and see what was there "
                   "until it is done.",
         .lock = plan::LockClaim{view->name, statement_.concurrently ? LockMode::kExclusive
                                                                     : LockMode::kAccessExclusive},
         .rewrite = !statement_.concurrently});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* view = context.catalog.find(statement_.name);
    if (!view) return {};
    const Maker make{*this, context};
    const bool concurrently = !is_new(*view, *this, context);
    std::vector<plan::LockClaim> locks{
        {view->name, concurrently ? LockMode::kExclusive : LockMode::kAccessExclusive}};
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, view->name),
                                     {How::kChanges, "rows", view->name, {}}};
    for (const auto& [read, relation] : context.catalog.relations) {
      if (!reads(*view, relation)) continue;
      locks.push_back({read, LockMode::kAccessShare});
      touches.push_back({How::kNeeds, "rows", read, {}});
    }
    Step step = make.transaction(
        Phase::kExpand, fmt::format("refresh {}", shown(view->name)),
        {fmt::format("REFRESH MATERIALIZED VIEW {}{}", concurrently ? "CONCURRENTLY " : "",
                     sql::quote(view->name))},
        locks, undo_structure_only(fmt::format("what {} shows", shown(view->name))),
        std::move(touches));
    std::get<plan::TransactionBody>(step.body).long_running = true;
    step.rewrite = !concurrently;
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog&, Phase) const override {}

  std::string describe() const override {
    return fmt::format("refresh_view name={}{}{}", shown(statement_.name),
                       statement_.concurrently ? " concurrently" : "",
                       statement_.with_data ? "" : " with_no_data");
  }

 private:
  static bool reads(const Relation& view, const Relation& relation) {
    return std::any_of(relation.dependants.begin(), relation.dependants.end(),
                       [&](const catalog::Dependant& dependant) {
                         return dependant.kind == "materialized view" &&
                                dependant.name == view.name;
                       });
  }

  sql::RefreshMaterializedView statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::RefreshMaterializedView& statement,
                                         const Origin& origin) {
  return one(std::make_unique<RefreshView>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation refresh_view", problems);
  sql::RefreshMaterializedView statement;
  statement.name = yaml_name(fields, "name", problems);
  fields.finish();
  return from_statement(statement, origin);
}

}  // namespace lockstep::operations::refresh_view
