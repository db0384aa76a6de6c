// Every scenario is run by the executor, stopped after each of its transactions, and taken back by
// the executor from what the ledger has: what was there before is there again.

#include <algorithm>
#include <map>
#include <memory>
#include <stop_token>

#include <fmt/format.h>

#include "lockstep/core/sha256.h"
#include "lockstep/execution/executor.h"
#include "lockstep/postgres/ledger.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/pg_cluster.h"
#include "tests/support/recorded_events.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

constexpr const char* kKey = "0001";

/// A ledger in the database of the tenant that scenarios are built in.
class Laboratory {
 public:
  Laboratory()
      : db_("DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$"),
        tenant_(db_, R"(O'Hara "& sons" \ ; naïve)"),
        ledger_(postgres::open_ledger("lockstep")),
        lease_(postgres::advisory_lease()) {
    database::SessionOptions how;
    how.settings = execution::session_settings();
    session_ = db_.connect(how);
    ledger_->prepare(*session_);
    options_.server.number = std::stoi(db_.ask("show server_version_num"));
    options_.shared_schemas = {"shared"};
    run_ = ledger_->begin_run(*session_, {"host", "user", "0.1.0", "", "apply", "expand"});
  }

  Tenant& build(const Scenario& scenario) {
    // Another scenario is another file.
    db_.execute(
        "delete from lockstep.step; delete from lockstep.tenant_migration;"
        "delete from lockstep.migration");
    tenant_.build(scenario.start);
    return tenant_;
  }

  /// Small tables are tried directly, or each step runs by itself.
  void try_direct(bool direct) { options_.locks.direct_below = direct ? 8 << 20 : 0; }

  /// Runs the expand steps until so many transactions are done, or all. How many there were.
  std::size_t expand(const std::vector<plan::Step>& steps, std::size_t transactions) {
    TenantWork work = work_of_tenant();
    database::RecordedMigration file;
    file.key = kKey;
    file.name = "scenario";
    file.checksum = core::sha256_hex(file.key);
    ledger_->register_migrations(*session_, {file});
    execution::PlannedMigration planned;
    planned.start = {kKey, file.checksum, ledger_->store_step_list(*session_, steps), 0, 0};
    for (const plan::Step& step : steps) {
      ++(step.phase == core::Phase::kExpand ? planned.start.expand_steps
                                            : planned.start.contract_steps);
    }
    planned.steps = std::make_shared<const std::vector<plan::Step>>(steps);
    work.planned.push_back(planned);
    std::stop_source stop;
    std::size_t done = 0;
    events_.meanwhile([&](const execution::Event& event) {
      // Steps of one transaction are told one after the other; the next one has begun by then.
      if (std::holds_alternative<execution::event::StepDone>(event) && ++done >= transactions) {
        stop.request_stop();
      }
    });
    const TenantResult result = run(work, {stop.get_token(), {}});
    events_.meanwhile({});
    INFO(result.why);
    REQUIRE(
        (result.outcome == TenantOutcome::kDone || result.outcome == TenantOutcome::kInterrupted));
    return result.outcome == TenantOutcome::kDone ? 0 : result.steps_done;
  }

  void roll_back() {
    TenantWork work = work_of_tenant();
    work.resumes = true;
    work.back = execution::TakeBack{{kKey}, true};
    const TenantResult result = run(work, {});
    INFO(result.step << ": " << result.why);
    REQUIRE(result.outcome == TenantOutcome::kDone);
    CHECK(db_.ask("select (select count(*) from lockstep.step)"
                  " + (select count(*) from lockstep.tenant_migration)") == "0");
  }

 private:
  TenantWork work_of_tenant() {
    TenantWork work;
    work.tenant = ledger_->register_tenants(*session_, {tenant_.schema()}).at(tenant_.schema());
    return work;
  }

  TenantResult run(TenantWork& work, const execution::Stops& stops) {
    execution::Executor executor(
        *ledger_, *lease_, clock_, [] { return 0.5; }, events_, run_, options_,
        [this] { return db_.connect(); });
    for (;;) {
      TenantResult result = executor.run(session_, work, stops);
      if (!result.retry_in) return result;
      [[maybe_unused]] const bool slept = clock_.sleep_for(*result.retry_in, {});
    }
  }

  TestDatabase db_;
  Tenant tenant_;
  std::unique_ptr<database::Ledger> ledger_;
  std::unique_ptr<database::Lease> lease_;
  std::shared_ptr<database::Session> session_;
  RecordedEvents events_;
  FakeClock clock_;
  execution::ExecutionOptions options_;
  database::RunId run_ = 0;
};

plan::UndoGives weakest(const std::vector<plan::Step>& steps) {
  plan::UndoGives gives = plan::UndoGives::kExact;
  for (const plan::Step& step : steps) {
    if (step.phase == core::Phase::kExpand) gives = std::max(gives, step.undo.gives);
  }
  return gives;
}

void check(Laboratory& laboratory, const Scenario& scenario, bool direct) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = laboratory.build(scenario);
  laboratory.try_direct(direct);
  const std::vector<plan::Step> steps =
      make_plan(*recognised, read_catalog(tenant, recognised->request)).steps;
  const plan::UndoGives gives = weakest(steps);
  const Lines structure = structure_of(tenant);
  const Lines rows = rows_of(tenant, scenario.unforeseeable);
  const std::string before = fingerprint(tenant, recognised->request);
  const auto expands = static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(),
                    [](const plan::Step& step) { return step.phase == core::Phase::kExpand; }));
  if (steps.empty()) return;
  for (std::size_t transactions = 1; transactions <= std::max<std::size_t>(expands, 1);) {
    const std::size_t done = laboratory.expand(steps, transactions);
    laboratory.roll_back();
    if (gives == plan::UndoGives::kNone) return;
    INFO("taken back after " << done << " steps (0: all)");
    CHECK(difference(structure, structure_of(tenant)) == "");
    CHECK(fingerprint(tenant, recognised->request) == before);
    if (gives != plan::UndoGives::kStructureOnly) {
      CHECK(difference(rows, rows_of(tenant, scenario.unforeseeable)) == "");
    }
    if (done == 0) break;
    transactions = done + 1;
  }
}

void check_all(const Scenarios& scenarios) {
  static Laboratory laboratory;
  const int server = shared_cluster().major_version();
  for (const Scenario& scenario : scenarios) {
    if (scenario.since > server || (scenario.until != 0 && scenario.until < server)) continue;
    DYNAMIC_SECTION(scenario.name) {
      check(laboratory, scenario, false);
      check(laboratory, scenario, true);
    }
  }
}

TEST_CASE("tables: what the executor did it takes back") {
  check_all(table_scenarios());
}
TEST_CASE("columns: what the executor did it takes back") {
  check_all(column_scenarios());
}
TEST_CASE("types: what the executor did it takes back") {
  check_all(type_scenarios());
}
TEST_CASE("renames: what the executor did it takes back") {
  check_all(rename_scenarios());
}
TEST_CASE("constraints: what the executor did it takes back") {
  check_all(constraint_scenarios());
}
TEST_CASE("indexes: what the executor did it takes back") {
  check_all(index_scenarios());
}
TEST_CASE("rows: what the executor did it takes back") {
  check_all(row_scenarios());
}
TEST_CASE("views, routines, types and the rest: what the executor did it takes back") {
  check_all(object_scenarios());
}
TEST_CASE("odd spellings: what the executor did it takes back") {
  check_all(spelling_scenarios());
}

}  // namespace
}  // namespace lockstep::test
