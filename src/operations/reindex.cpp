#include "reindex.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/judge.h"
#include "support/list.h"
#include "support/partitions.h"
#include "support/yaml.h"

// One index after the other, each in a step of its own: what is interrupted goes on with the index
// that it had come to (decision 024).

namespace lockstep::operations::reindex {

using catalog::Catalog;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::RelationKind;
using core::Phase;
using plan::LockClaim;
using plan::Step;
using How = plan::Touch::How;

namespace {

enum class Form { kReindex, kAlterIndex };

struct Parameters {
  sql::Reindex statement;
  Form form = Form::kReindex;
  bool if_exists = false;
};

struct Place {
  const Relation* table = nullptr;
  const Index* index = nullptr;

  QualifiedName name() const { return {table->name.schema, index->name}; }
};

std::vector<LockClaim> plain_locks(const Place& place) {
  return {{place.table->name, LockMode::kShare}, {place.name(), LockMode::kAccessExclusive}};
}

/// "REINDEX (TABLESPACE fast) INDEX CONCURRENTLY i".
std::string reindex_sql(const Place& place, const std::optional<std::string>& tablespace,
                        bool concurrently) {
  return fmt::format(
      "REINDEX {}INDEX {}{}",
      tablespace ? fmt::format("(TABLESPACE {}) ", sql::quote_identifier(*tablespace)) : "",
      concurrently ? "CONCURRENTLY " : "", sql::quote(place.name()));
}

class Reindex final : public Operation {
 public:
  Reindex(Parameters parameters, Origin origin)
      : Operation(std::move(origin)),
        statement_(std::move(parameters.statement)),
        form_(parameters.form),
        if_exists_(parameters.if_exists) {}

  std::string_view name() const noexcept override { return "reindex"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.name);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = of_index() ? index_table(context, judge) : named_table(judge);
    if (!table || !can_be_built(context, judge) || is_new(*table, *this, context)) {
      return judge.take();
    }
    if (form_ == Form::kAlterIndex) {
      report_move(context, judge);
      return judge.take();
    }
    const std::string what = of_index() ? "its index is" : "its indexes are";
    judge.report(
        {.id = "reindex",
         .verdict = statement_.concurrently ? plan::Verdict::kInstant : plan::Verdict::kExpanded,
         .effect = statement_.concurrently
                       ? "Waits for every older transaction, and holds back VACUUM meanwhile."
                       : fmt::format("Nobody can write to {}, and no query of it can be planned, "
                                     "while {} built again.",
                                     shown(table->name), what),
         .remedy = fmt::format("{} built again concurrently{}; what a failed try leaves is "
                               "dropped.{}",
                               of_index() ? "It is" : "Each index is",
                               of_index() ? "" : ", in a step of its own",
                               statement_.concurrently ? ""
                                                       : " Small tables try the plain form "
                                                         "first."),
         .lock = LockClaim{table->name, statement_.concurrently ? LockMode::kShareUpdateExclusive
                                                                : LockMode::kShare},
         .scan = true});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const std::vector<Place> places = this->places(context.catalog);
    std::vector<Step> steps;
    std::vector<std::string> plain;
    std::vector<LockClaim> locks;
    for (const Place& place : places) {
      if (form_ == Form::kAlterIndex && place.index->tablespace == *statement_.tablespace) continue;
      std::vector<plan::Touch> touches{touch_relation(How::kNeeds, place.table->name),
                                       touch_index(How::kChanges, place.name())};
      if (is_new(*place.table, *this, context)) {
        steps.push_back(make.transaction(Phase::kExpand, title(place, ""),
                                         {reindex_sql(place, statement_.tablespace, false)},
                                         plain_locks(place), undo_exact(), std::move(touches)));
        steps.back().scan = true;
        continue;
      }
      plan::ConcurrentBody body;
      body.sql = reindex_sql(place, statement_.tablespace, true);
      body.kind = plan::ConcurrentBody::Kind::kReindex;
      body.index = place.name();
      body.table = place.table->name;
      body.unique = place.index->unique;
      steps.push_back(make.concurrent(
          Phase::kExpand, title(place, ", concurrently"), std::move(body),
          {{place.table->name, LockMode::kShareUpdateExclusive}}, undo(place), std::move(touches)));
      plain.push_back(reindex_sql(place, statement_.tablespace, false));
      append(locks, plain_locks(place));
    }
    if (!plain.empty() && plain.size() == steps.size()) {
      attach_direct(steps, 0, steps.size() - 1, std::move(plain), locks,
                    table(context.catalog)->name, context);
    }
    return steps;
  }

  /// Nothing but where it is tells one index from the other.
  void apply(Catalog& catalog, Phase) const override {
    if (!statement_.tablespace) return;
    for (const Place& place : places(catalog)) {
      for (Index& index : catalog.find(place.table->name)->indexes) {
        if (index.name == place.index->name) index.tablespace = *statement_.tablespace;
      }
    }
  }

  std::string describe() const override {
    return fmt::format("reindex {}={}{}{}{}{}", of_index() ? "index" : "table",
                       shown(statement_.name), statement_.concurrently ? " concurrently" : "",
                       statement_.tablespace ? " tablespace=" + *statement_.tablespace : "",
                       form_ == Form::kAlterIndex ? " moved" : "", if_exists_ ? " if_exists" : "");
  }

 private:
  bool of_index() const { return statement_.object_type == "INDEX"; }

  std::string title(const Place& place, std::string_view how) const {
    return statement_.tablespace ? fmt::format("build {} again in {}{}", place.index->name,
                                               *statement_.tablespace, how)
                                 : fmt::format("build {} again{}", place.index->name, how);
  }

  plan::Undo undo(const Place& place) const {
    const std::string& former = place.index->tablespace;
    if (!statement_.tablespace || former == *statement_.tablespace) return undo_exact();
    // One that the same plan makes: nobody has read yet where it is.
    if (former.empty()) {
      return undo_structure_only(fmt::format("where {} is stored", place.index->name));
    }
    plan::Undo undo = undo_exact({reindex_sql(place, former, true)});
    undo.concurrent = true;
    return undo;
  }

  void report_move(const Context& context, Judge& judge) const {
    const std::vector<Place> places = this->places(context.catalog);
    if (places.empty() || places.front().index->tablespace == *statement_.tablespace) return;
    judge.report(
        {.id = "move-index",
         .effect = fmt::format("No query of {} can be planned while {} is copied.",
                               shown(places.front().table->name), places.front().index->name),
         .remedy = "It is built again concurrently in the tablespace; what a failed try "
                   "leaves is dropped. Small tables try the plain form first.",
         .lock = LockClaim{places.front().name(), LockMode::kAccessExclusive}});
  }

  const Relation* table(const Catalog& catalog) const {
    return of_index() ? catalog.find_index(statement_.name).table : catalog.find(statement_.name);
  }

  const Relation* index_table(const Context& context, Judge& judge) const {
    if (is_system_catalog(statement_.name)) {
      judge.refuse("system-catalog",
                   fmt::format("{} is PostgreSQL's own, and belongs to the whole database.",
                               statement_.name.name),
                   "Leave it to whoever owns the database.");
      return nullptr;
    }
    const Relation* table = this->table(context.catalog);
    if (!table && !context.catalog.partial && !if_exists_) {
      judge.problem(fmt::format("there is no index {}", shown(statement_.name)),
                    "Check the name, and that an earlier statement creates it.");
    }
    return table;
  }

  const Relation* named_table(Judge& judge) const {
    const Relation* found = judge.relation(statement_.name);
    if (!found || found->is_table() || found->kind == RelationKind::kMaterializedView) return found;
    judge.problem(fmt::format("{} is a {}, which has no indexes", shown(found->name),
                              catalog::to_string(found->kind)));
    return nullptr;
  }

  /// What PostgreSQL builds again in no way that lets everybody go on.
  bool can_be_built(const Context& context, Judge& judge) const {
    const catalog::ServerVersion& version = context.catalog.version;
    if (version.major() == 14 && version.minor() < 4) {
      judge.refuse("concurrent-build-corrupts",
                   fmt::format("PostgreSQL {} can corrupt an index that it builds concurrently.",
                               version.text()),
                   "Update the server to 14.4 or later.");
      return false;
    }
    const Relation* table = this->table(context.catalog);
    if (statement_.tablespace && is_partitioned(*table)) {
      judge.refuse("move-index",
                   fmt::format("{} is partitioned: new partitions would have their indexes where "
                               "the others were.",
                               shown(table->name)),
                   "Write it for the indexes of the partitions, each in a statement of its own.");
      return false;
    }
    for (const Place& place : places(context.catalog)) {
      if (!place.index->valid) {
        judge.refuse(
            "invalid-index",
            fmt::format("{} of {} is invalid, which a build that failed has left; PostgreSQL "
                        "maintains it and never reads it.",
                        place.index->name, shown(place.table->name)),
            fmt::format("Write DROP INDEX {}; and create it again if it is needed.",
                        sql::quote({statement_.name.schema, place.index->name})));
        return false;
      }
      if (place.index->exclusion) {
        refuse_exclusion(context, place, judge);
        return false;
      }
    }
    return true;
  }

  void refuse_exclusion(const Context& context, const Place& exclusion, Judge& judge) const {
    std::vector<std::string> others;
    for (const Place& place : places(context.catalog)) {
      if (place.index->exclusion) continue;
      others.push_back(fmt::format("REINDEX INDEX {};",
                                   sql::quote({statement_.name.schema, place.index->name})));
    }
    judge.refuse("reindex",
                 fmt::format("{} is the index of an exclusion constraint, which PostgreSQL builds "
                             "again in no other way than while nobody can write to {}.",
                             exclusion.index->name, shown(exclusion.table->name)),
                 others.empty()
                     ? "Leave it out, or run REINDEX outside of migrations."
                     : fmt::format("Write {} and leave that one out.", fmt::join(others, " ")));
  }

  /// The indexes with pages of their own: those of tables that hold rows.
  std::vector<Place> places(const Catalog& catalog) const {
    const Relation* table = this->table(catalog);
    if (!table) return {};
    const PartitionTree tree = partition_tree(catalog, *table);
    std::set<std::string> wanted;
    if (of_index()) {
      wanted.insert(catalog.find_index(statement_.name).index->name);
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
  Form form_;
  bool if_exists_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Reindex& statement, const Origin& origin) {
  return one(std::make_unique<Reindex>(Parameters{statement}, origin));
}

std::vector<OperationPtr> from_statement(const sql::AlterTable& statement, const Origin& origin) {
  if (statement.actions.size() != 1) return {};
  const auto* action = std::get_if<sql::OtherAlterTable>(&statement.actions.front());
  if (!action || action->what != "SET TABLESPACE") return {};
  Parameters parameters;
  parameters.statement.object_type = "INDEX";
  parameters.statement.name = statement.name;
  parameters.statement.tablespace = action->argument;
  parameters.form = Form::kAlterIndex;
  parameters.if_exists = statement.if_exists;
  return one(std::make_unique<Reindex>(std::move(parameters), origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation reindex", problems);
  sql::Reindex statement;
  const bool table = fields.has("table");
  statement.object_type = table ? "TABLE" : "INDEX";
  statement.name = yaml_name(fields, table ? "table" : "index", problems);
  if (fields.has("tablespace")) {
    statement.tablespace = yaml_identifier(fields, "tablespace", problems);
  }
  fields.finish();
  return from_statement(statement, origin);
}

}  // namespace lockstep::operations::reindex
