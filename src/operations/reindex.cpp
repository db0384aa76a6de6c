#include "reindex.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/judge.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/yaml.h"

// One index after the other, each in a step of its own: what is interrupted goes on with the index
// that it had come to.

namespace lockstep::operations::reindex {

using catalog::Catalog;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

struct Place {
  const Relation* table = nullptr;
  const Index* index = nullptr;
};

class Reindex final : public Operation {
 public:
  Reindex(sql::Reindex statement, Origin origin)
      : Operation(std::move(origin)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "reindex"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = of_index() ? context.catalog.find_index(statement_.name).table
                                       : judge.table({statement_.name, false, false});
    if (!table) {
      if (of_index() && !context.catalog.partial) {
        judge.problem(fmt::format("there is no index {}", shown(statement_.name)),
                      "Check the name, and that an earlier statement creates it.");
      }
      return judge.take();
    }
    for (const Place& place : places(context.catalog)) {
      if (!place.index->exclusion) continue;
      judge.refuse(
          "reindex",
          fmt::format("{} is the index of an exclusion constraint, which PostgreSQL builds "
                      "again in no other way than under a lock that blocks {}'s readers.",
                      place.index->name, shown(place.table->name)),
          of_index() ? "Leave it, or run REINDEX outside of migrations."
                     : "Name the other indexes, each in a statement of its own.");
      return judge.take();
    }
    if (is_new(*table, *this, context)) return judge.take();
    judge.report(
        {.id = "reindex",
         .verdict = statement_.concurrently ? plan::Verdict::kInstant : plan::Verdict::kExpanded,
         .effect = statement_.concurrently
                       ? "Waits for every older transaction, and holds back VACUUM meanwhile."
                       : fmt::format("Nobody can write to {}, and no query of it can be planned, "
                                     "while its index is built again.",
                                     shown(table->name)),
         .remedy =
             "Each index is built again concurrently, in a step of its own; what a failed try "
             "leaves is dropped.",
         .lock =
             plan::LockClaim{table->name, statement_.concurrently ? LockMode::kShareUpdateExclusive
                                                                  : LockMode::kShare},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    std::vector<Step> steps;
    for (const Place& place : places(context.catalog)) {
      const QualifiedName index{place.table->name.schema, place.index->name};
      std::vector<plan::Touch> touches{touch_relation(How::kNeeds, place.table->name),
                                       touch_index(How::kChanges, index)};
      if (is_new(*place.table, *this, context)) {
        steps.push_back(make.transaction(
            Phase::kExpand, fmt::format("build {} again", index.name),
            {"REINDEX INDEX " + sql::quote(index)},
            {{place.table->name, LockMode::kShare}, {index, LockMode::kAccessExclusive}},
            undo_exact(), std::move(touches)));
        continue;
      }
      plan::ConcurrentBody body;
      body.sql = "REINDEX INDEX CONCURRENTLY " + sql::quote(index);
      body.kind = plan::ConcurrentBody::Kind::kReindex;
      body.index = index;
      body.table = place.table->name;
      steps.push_back(
          make.concurrent(Phase::kExpand, fmt::format("build {} again, concurrently", index.name),
                          std::move(body), {{place.table->name, LockMode::kShareUpdateExclusive}},
                          undo_exact(), std::move(touches)));
    }
    return steps;
  }

  /// It is valid then; nothing else tells one index from the other.
  void apply(Catalog& catalog, Phase phase) const override {
    if (phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    for (const Place& place : places(catalog)) {
      for (Index& index : catalog.find(place.table->name)->indexes) {
        if (index.name == place.index->name) index.valid = index.ready = true;
      }
    }
  }

  std::string describe() const override {
    return fmt::format("reindex {}={}{}", of_index() ? "index" : "table", shown(statement_.name),
                       statement_.concurrently ? " concurrently" : "");
  }

 private:
  bool of_index() const { return statement_.object_type == "INDEX"; }

  /// The indexes with pages of their own: those of tables that hold rows.
  std::vector<Place> places(const Catalog& catalog) const {
    const Catalog::IndexPlace written =
        of_index() ? catalog.find_index(statement_.name) : Catalog::IndexPlace{};
    const Relation* table = of_index() ? written.table : catalog.find(statement_.name);
    if (!table) return {};
    const PartitionTree tree = partition_tree(catalog, *table);
    std::set<std::string> wanted;
    if (of_index()) {
      wanted.insert(written.index->name);
      for (const Relation* each : tree.partitioned) {
        for (const Index& index : each->indexes) {
          if (wanted.count(index.attached_to) == 1) wanted.insert(index.name);
        }
      }
    }
    std::vector<Place> places;
    for (const Relation* leaf : tree.leaves) {
      for (const Index& index : leaf->indexes) {
        if (!of_index() || wanted.count(index.name) == 1 || wanted.count(index.attached_to) == 1)
          places.push_back({leaf, &index});
      }
    }
    return places;
  }

  sql::Reindex statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Reindex& statement, const Origin& origin) {
  return one(std::make_unique<Reindex>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation reindex", problems);
  sql::Reindex statement;
  const bool table = fields.has("table");
  statement.object_type = table ? "TABLE" : "INDEX";
  statement.name = yaml_name(fields, table ? "table" : "index", problems);
  fields.finish();
  return from_statement(statement, origin);
}

}  // namespace lockstep::operations::reindex
