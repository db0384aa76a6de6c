// The locks, rewrites and scans that steps declare, against what pg_locks, relfilenodes and DEBUG1
// messages show when their SQL runs.

#include <fmt/format.h>

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
    check_locks(step_.locks, observed);
    CHECK(step_.rewrite == observed.rewrite);
    CHECK(step_.scan == observed.scan);
  }

  void operator()(const plan::ConcurrentBody& body) const {
    check_locks(step_.locks, observe_held_up(tenant_, tenant_.render(body.sql), body.table));
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
  Tenant& tenant_;
  const plan::Step& step_;
};

void check_direct(Tenant& tenant, const plan::Direct& direct) {
  INFO("the direct attempt");
  check_locks(direct.locks,
              observe(tenant, statements_of(tenant, direct.lock_first, direct.sql), false));
}

void check_scenario(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = watched_tenant(scenario.start);
  const auto steps = make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  for (const plan::Step& step : steps) {
    INFO(fmt::format("step {} ({})", step.id, step.title));
    if (step.direct) check_direct(tenant, *step.direct);
    std::visit(Watched(tenant, step), step.body);
  }
}

void check_all(const Scenarios& scenarios) {
  const int server = shared_cluster().major_version();
  for (const Scenario& scenario : scenarios) {
    if (scenario.since > server || (scenario.until != 0 && scenario.until < server)) continue;
    DYNAMIC_SECTION(scenario.name) {
      check_scenario(scenario);
    }
  }
}

}  // namespace

TEST_CASE("tables: steps lock, rewrite and read what they declare") {
  check_all(table_scenarios());
}
TEST_CASE("columns: steps lock, rewrite and read what they declare") {
  check_all(column_scenarios());
}
TEST_CASE("constraints: steps lock, rewrite and read what they declare") {
  check_all(constraint_scenarios());
}
TEST_CASE("indexes: steps lock, rewrite and read what they declare") {
  check_all(index_scenarios());
}
TEST_CASE("rows: steps lock, rewrite and read what they declare") {
  check_all(row_scenarios());
}
TEST_CASE("views, routines, types and the rest: steps lock, rewrite and read what they declare") {
  check_all(object_scenarios());
}

}  // namespace lockstep::test
