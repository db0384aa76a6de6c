// The locks, rewrites and scans that steps declare, against what pg_locks, relfilenodes and DEBUG1
// messages show when their SQL runs.

#include <algorithm>

#include <fmt/format.h>

#include "lockstep/plan/kept.h"
#include "lockstep/sql/parse.h"
#include "tests/locks/lock_watch.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

/// Built anew by each who asks.
Tenant& watched_tenant(const std::string& start) {
  static TestDatabase database("CREATE ROLE reader");
  static Tenant tenant(database, "watched");
  tenant.build(start);
  return tenant;
}

void check_locks(const std::vector<plan::LockClaim>& declared, const Observed& observed) {
  CHECK(difference(lines(declared), lines(observed.locks)) == "");
}

/// Plays a step as `play` would, and compares what it does with what it declares.
class Watched {
 public:
  Watched(Tenant& tenant, const plan::Step& step) : tenant_(tenant), step_(step) {}

  void operator()(const plan::TransactionBody& body) const {
    const Observed observed =
        observe(tenant_, statements_of(tenant_, body.lock_first, body.sql), true);
    check_locks(taken_by_this_server(observed), observed);
    CHECK(step_.rewrite == observed.rewrite);
    CHECK(step_.scan == observed.scan);
  }

  void operator()(const plan::ConcurrentBody& body) const {
    const bool detaches = body.kind == plan::ConcurrentBody::Kind::kDetachPartition;
    check_locks(step_.locks,
                detaches
                    ? observe_held_up(tenant_, tenant_.render(body.sql), body.index, "relation")
                    : observe_held_up(tenant_, tenant_.render(body.sql), body.table));
    CHECK_FALSE(step_.rewrite);
  }

  void operator()(const plan::BackfillBody& body) const {
    check_locks(step_.locks, observe(tenant_, {backfill_statement(tenant_, body)}, true));
    CHECK_FALSE(step_.rewrite);
  }

  void operator()(const plan::CheckBody& body) const {
    check_locks(step_.locks, observe(tenant_, {tenant_.render(body.query)}, true));
    CHECK_FALSE(step_.rewrite);
  }

  void operator()(const plan::GateBody& body) const { FAIL("a gate: " + body.reason); }

 private:
  /// When the last part of an index is attached, 15.20, 17.12 and the like lock the tables above
  /// its table, too. Earlier ones do not; what may be is declared.
  std::vector<plan::LockClaim> taken_by_this_server(const Observed& observed) const {
    std::vector<plan::LockClaim> claims = step_.locks;
    if (step_.operation == "attach_partition" || step_.title.rfind("attach ", 0) != 0) {
      return claims;
    }
    const auto last = std::remove_if(claims.begin(), claims.end(), [&](const auto& claim) {
      return claim.mode == catalog::LockMode::kAccessExclusive &&
             observed.locks.count(claim.relation) == 0;
    });
    claims.erase(last, claims.end());
    return claims;
  }

  Tenant& tenant_;
  const plan::Step& step_;
};

void check_direct(Tenant& tenant, const plan::Direct& direct) {
  INFO("the direct attempt");
  check_locks(direct.locks,
              observe(tenant, statements_of(tenant, direct.lock_first, direct.sql), false));
}

void check_steps(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = watched_tenant(scenario.start);
  const auto steps =
      make_plan(*recognised, read_catalog(tenant, recognised->request), scenario.kept).steps;
  for (const plan::Step& step : steps) {
    INFO(fmt::format("step {} ({})", step.id, step.title));
    if (step.direct) check_direct(tenant, *step.direct);
    std::visit(Watched(tenant, step), step.body);
  }
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    for (const plan::Step& part : plan::restore_parts(*step, "'1'", {})) {
      INFO(fmt::format("to bring it back: {}", part.title));
      std::visit(Watched(tenant, part), part.body);
    }
  }
}

/// Whether a relation is an index, or a sequence, that goes while a table is locked so that nobody
/// else reaches it.
bool goes_with_its_table(const ExistingRelations& existing, const Observed& observed,
                         const core::QualifiedName& relation) {
  const auto of_it = std::find_if(existing.begin(), existing.end(),
                                  [&](const auto& entry) { return entry.second.name == relation; });
  if (of_it == existing.end()) return false;
  const Existing& found = of_it->second;
  return std::any_of(observed.locks.begin(), observed.locks.end(), [&](const auto& locked) {
    if (locked.second != catalog::LockMode::kAccessExclusive) return false;
    return std::any_of(existing.begin(), existing.end(), [&](const auto& entry) {
      const auto& [oid, other] = entry;
      const bool of_a_table = other.kind == 'r' || other.kind == 'p';
      return other.name == locked.first && of_a_table && (found.kind == 'S' || oid == found.table);
    });
  });
}

/// Taking back may name a mode that is stronger than it needs where no reader or writer feels the
/// difference, or for a moment; never a weaker one. What it only reads, and what goes with its
/// table, is nobody else's concern.
void check_way_back(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = watched_tenant(scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  for (const plan::Step& step : steps) play(tenant, step);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->undo.gives == plan::UndoGives::kNone) return;
    INFO(fmt::format("undo of step {} ({})", step->id, step->title));
    const plan::Step back = undo_step_of(tenant, *step);
    const auto* body = std::get_if<plan::TransactionBody>(&back.body);
    if (body == nullptr || step->operation == "sql") {
      undo(tenant, *step);
      continue;
    }
    const ExistingRelations existing = existing_relations(tenant);
    const Observed observed =
        observe(tenant, statements_of(tenant, body->lock_first, body->sql), true);
    for (const auto& [relation, mode] : observed.locks) {
      if (mode == catalog::LockMode::kAccessShare ||
          goes_with_its_table(existing, observed, relation)) {
        continue;
      }
      const auto declared = std::find_if(
          back.locks.begin(), back.locks.end(),
          [&, &name = relation](const plan::LockClaim& claim) { return claim.relation == name; });
      INFO(display(relation) << " " << catalog::to_string(mode));
      const bool named = declared != back.locks.end() && declared->mode >= mode;
      CHECK(named);
    }
    tenant.former.erase(step->id);
  }
}

/// Locks that an undo declares itself are those that it takes: none that it does not take, which
/// only shows where nothing behind the step has been taken back before.
void check_declared_way_back(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = watched_tenant(scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  for (std::size_t last = 0; last < steps.size(); ++last) {
    const plan::Step& step = steps[last];
    if (step.undo.gives == plan::UndoGives::kNone || step.undo.locks.empty()) continue;
    tenant.build(scenario.start);
    for (std::size_t i = 0; i <= last; ++i) play(tenant, steps[i]);
    INFO(fmt::format("undo of step {} ({})", step.id, step.title));
    const plan::Step back = undo_step_of(tenant, step);
    const auto& body = std::get<plan::TransactionBody>(back.body);
    const ExistingRelations existing = existing_relations(tenant);
    Observed observed = observe(tenant, statements_of(tenant, body.lock_first, body.sql), true);
    const std::vector<std::string> declared = lines(back.locks);
    std::vector<core::QualifiedName> unsaid;
    for (const auto& [relation, mode] : observed.locks) {
      const std::string line = lines(std::vector<plan::LockClaim>{{relation, mode}}).front();
      const bool said = std::find(declared.begin(), declared.end(), line) != declared.end();
      if (said) continue;
      if (mode == catalog::LockMode::kAccessShare ||
          goes_with_its_table(existing, observed, relation)) {
        unsaid.push_back(relation);
      }
    }
    for (const core::QualifiedName& relation : unsaid) observed.locks.erase(relation);
    CHECK(difference(declared, lines(observed.locks)) == "");
    tenant.former.clear();
  }
}

bool is_dml(const std::string& statement) {
  return statement.rfind("UPDATE", 0) == 0 || statement.rfind("DELETE", 0) == 0 ||
         statement.rfind("INSERT", 0) == 0;
}

/// What hazards say of the statement as its author wrote it.
void check_hazards(const Scenario& scenario) {
  const sql::ParsedFile file =
      sql::parse(scenario.yaml() ? scenario.plain : scenario.migration, {});
  const bool concurrently = scenario.migration.find("CONCURRENTLY") != std::string::npos;
  if (file.statements.size() != 1 || concurrently) return;
  const auto recognised = recognise(scenario);
  Tenant& tenant = watched_tenant(scenario.start);
  const auto hazards = make_plan(*recognised, read_catalog(tenant, recognised->request)).hazards;
  const std::string& statement = file.statements.front().text;
  const Observed observed = observe(tenant, {tenant.render(statement)}, false);
  const bool alone = recognised->migrations.front().operations.size() == 1;
  bool rewrite = false;
  bool scan = false;
  for (const plan::Hazard& hazard : hazards) {
    rewrite = rewrite || hazard.rewrite;
    scan = scan || hazard.scan;
    if (!hazard.lock || !alone) continue;
    INFO(fmt::format("hazard {} of: {}", hazard.id, statement));
    const auto found = observed.locks.find(hazard.lock->relation);
    const std::string seen(found == observed.locks.end() ? "nothing"
                                                         : catalog::to_string(found->second));
    CHECK(display(hazard.lock->relation) + " " +
              std::string(catalog::to_string(hazard.lock->mode)) ==
          display(hazard.lock->relation) + " " + seen);
  }
  INFO("the hazards of: " << statement);
  // A rewrite reads the table too. Of several operations in one statement each is judged as if it
  // stood alone, which may be more than the statement does. CREATE TABLE ... PARTITION OF reads the
  // default partition without a message (check_default_partition_contents).
  const bool silent = statement.find("PARTITION OF") != std::string::npos;
  const bool reads = scan || rewrite;
  const bool read = observed.scan || observed.rewrite;
  CHECK((alone ? rewrite == observed.rewrite : rewrite >= observed.rewrite));
  if (!is_dml(statement)) CHECK((alone && !silent ? reads == read : reads >= read));
}

void for_all(const Scenarios& scenarios, void (*check)(const Scenario&)) {
  const int server = shared_cluster().major_version();
  for (const Scenario& scenario : scenarios) {
    if (scenario.since > server || (scenario.until != 0 && scenario.until < server)) continue;
    DYNAMIC_SECTION(scenario.name) {
      check(scenario);
    }
  }
}

}  // namespace

TEST_CASE("tables: steps lock, rewrite and read what they declare") {
  for_all(table_scenarios(), check_steps);
}
TEST_CASE("columns: steps lock, rewrite and read what they declare") {
  for_all(column_scenarios(), check_steps);
}
TEST_CASE("types: steps lock, rewrite and read what they declare") {
  for_all(type_scenarios(), check_steps);
}
TEST_CASE("constraints: steps lock, rewrite and read what they declare") {
  for_all(constraint_scenarios(), check_steps);
}
TEST_CASE("indexes: steps lock, rewrite and read what they declare") {
  for_all(index_scenarios(), check_steps);
}
TEST_CASE("partitions: steps lock, rewrite and read what they declare") {
  for_all(partition_scenarios(), check_steps);
}
TEST_CASE("rows: steps lock, rewrite and read what they declare") {
  for_all(row_scenarios(), check_steps);
}
TEST_CASE("views, routines, types and the rest: steps lock, rewrite and read what they declare") {
  for_all(object_scenarios(), check_steps);
}

TEST_CASE("renames: steps lock, rewrite and read what they declare") {
  for_all(rename_scenarios(), check_steps);
}

TEST_CASE("drops under a grace: steps, and what brings back, lock and read what they declare") {
  for_all(kept_scenarios(), check_steps);
}

TEST_CASE("taking steps back locks what it declares") {
  SECTION("tables") {
    for_all(table_scenarios(), check_way_back);
  }
  SECTION("columns") {
    for_all(column_scenarios(), check_way_back);
  }
  SECTION("types") {
    for_all(type_scenarios(), check_way_back);
  }
  SECTION("constraints") {
    for_all(constraint_scenarios(), check_way_back);
  }
  SECTION("indexes") {
    for_all(index_scenarios(), check_way_back);
  }
  SECTION("rows") {
    for_all(row_scenarios(), check_way_back);
  }
  SECTION("views, routines, types and the rest") {
    for_all(object_scenarios(), check_way_back);
  }
}

TEST_CASE("locks that an undo declares are those that it takes") {
  SECTION("constraints") {
    for_all(constraint_scenarios(), check_declared_way_back);
  }
  SECTION("indexes") {
    for_all(index_scenarios(), check_declared_way_back);
  }
  SECTION("partitions") {
    for_all(partition_scenarios(), check_declared_way_back);
  }
  SECTION("renames") {
    for_all(rename_scenarios(), check_declared_way_back);
  }
}

TEST_CASE("hazards say what the plain statement locks, rewrites and reads") {
  SECTION("tables") {
    for_all(table_scenarios(), check_hazards);
  }
  SECTION("columns") {
    for_all(column_scenarios(), check_hazards);
  }
  SECTION("types") {
    for_all(type_scenarios(), check_hazards);
  }
  SECTION("constraints") {
    for_all(constraint_scenarios(), check_hazards);
  }
  SECTION("indexes") {
    for_all(index_scenarios(), check_hazards);
  }
  SECTION("partitions") {
    for_all(partition_scenarios(), check_hazards);
  }
  SECTION("rows") {
    for_all(row_scenarios(), check_hazards);
  }
  SECTION("views, routines, types and the rest") {
    for_all(object_scenarios(), check_hazards);
  }
  SECTION("renames") {
    for_all(rename_scenarios(), check_hazards);
  }
}

}  // namespace lockstep::test
