#include <optional>

#include <fmt/format.h>

#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"
#include "tests/support/fault_session.h"

// Stop after (and before) every statement of a whole apply, run again: the end is the same as
// undisturbed, and nothing ran twice.

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;

constexpr int kTenants = 2;
constexpr int kRows = 60;

std::string setup() {
  return tenants(
      kTenants, fmt::format("create table %s.users (id bigint primary key, name text, old text);"
                            "create index users_old on %s.users (old);"
                            // Counts how often each row was changed by us.
                            "create table %s.changes (id bigint);"
                            "create function %s.note() returns trigger language plpgsql as $$ begin"
                            " insert into %s.changes values (new.id); return new; end $$;"
                            "insert into %s.users select g, 'n' || g from generate_series(1, {}) g;"
                            "create trigger note after update on %s.users for each row"
                            " execute function %s.note()",
                            kRows));
}

Folder migrations() {
  return Folder::of({{"0001_staged.sql",
                      "ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT"
                      " gen_random_uuid()::text;\n"
                      "CREATE INDEX users_name_idx ON users (name);\n"
                      "REINDEX INDEX users_old;\n"
                      "CREATE TABLE notes (id int PRIMARY KEY);\n"},
                     {"0002_contract.sql",
                      "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);\n"
                      "DROP INDEX users_old;\n"
                      "ALTER TABLE users DROP COLUMN old;\n"}});
}

void stage(FleetBench& bench) {
  bench.options().execution.locks.direct_below = 0;  // each step by itself
  bench.options().execution.backfill.first_batch = 25;
  bench.options().execution.backfill.max_batch = 25;
  bench.options().rollout.jobs = 1;
}

/// Structure, data and ledger, without what differs from run to run.
std::string state(FleetBench& bench, const std::string& rows) {
  return bench.db().ask(
      "select string_agg(line, e'\\n' order by line) from ("
      "select format('column %s.%s %s %s %s', n.nspname, c.relname, a.attname, a.attnotnull, "
      "pg_get_expr(d.adbin,"
      " d.adrelid)) as line from pg_attribute a join pg_class c on c.oid = a.attrelid join "
      "pg_namespace n on"
      " n.oid = c.relnamespace left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = "
      "a.attnum"
      " where n.nspname like 't_' and a.attnum > 0 and not a.attisdropped and c.relkind = 'r'"
      " union all select format('index %s %s', pg_get_indexdef(indexrelid), indisvalid) from "
      "pg_index i"
      " join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace"
      " where n.nspname like 't_'"
      " union all select format('constraint %s %s %s', conrelid::regclass, conname, convalidated)"
      " from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname like "
      "'t_'"
      " union all " +
      rows +
      " union all select format('step %s %s %s %s', tenant, step, state, rows) from lockstep.step"
      " union all select format('migration %s %s %s', tenant, migration, state) from "
      "lockstep.tenant_migration"
      ") lines");
}

std::string end_state(FleetBench& bench) {
  return state(
      bench,
      "select format('t1 %s rows, %s codes, changed at most %s times', count(*), "
      "count(code),"
      " (select max(c) from (select count(*) c from t1.changes group by id) x)) from t1.users"
      " union all select format('t2 %s rows, %s codes, changed at most %s times', count(*), "
      "count(code),"
      " (select max(c) from (select count(*) c from t2.changes group by id) x)) from t2.users");
}

std::string state_at_start(FleetBench& bench) {
  return state(bench, "select format('t1 %s rows', count(*)) from t1.users");
}

std::string undisturbed() {
  FleetBench bench(setup());
  stage(bench);
  REQUIRE(bench.apply(migrations()).outcome == ApplyOutcome::kDone);
  return end_state(bench);
}

/// A killed process' backends end by themselves; what they hold until then keeps others off.
void wait_for_orphans(FleetBench& bench) {
  while (bench.db().ask("select count(*) from pg_stat_activity where datname = current_database()"
                        " and pid <> pg_backend_pid()") != "0") {
  }
}

/// Whether the fault struck at all.
bool disturb(std::size_t at, Fault::Where where, Fault::What what, const std::string& expected) {
  FleetBench bench(setup());
  stage(bench);
  Fault fault(at, where, what);
  FaultDatabase database(bench.db().database(), fault);
  const Folder folder = migrations();
  INFO("statement " << at
                    << (where == Fault::Where::kBefore ? ", never sent" : ", its answer lost"));
  std::optional<ApplyOutcome> outcome;
  try {
    outcome = bench.apply_through(database, folder).outcome;
  } catch (const database::DatabaseError& error) {
    UNSCOPED_INFO(error.what());
  }
  CHECK(outcome.has_value() == (what == Fault::What::kConnectionLost || !fault.struck()));
  if (!fault.struck()) {
    return false;
  }
  if (what == Fault::What::kProcessDies) {
    wait_for_orphans(bench);
    CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  }
  CHECK(end_state(bench) == expected);
  return true;
}

TEST_CASE("killed after any statement, the next run ends as if undisturbed") {
  const std::string expected = undisturbed();
  std::size_t at = 1;
  while (disturb(at, Fault::Where::kAfter, Fault::What::kProcessDies, expected)) {
    ++at;
  }
  CHECK(at > 40);
}

TEST_CASE("a lost connection at any statement is connected again by the same run") {
  const std::string expected = undisturbed();
  const auto where = GENERATE(Fault::Where::kBefore, Fault::Where::kAfter);
  std::size_t at = 3;
  while (disturb(at, where, Fault::What::kConnectionLost, expected)) {
    at += 7;
  }
  CHECK(at > 40);
}

ApplyOutcome take_back(FleetBench& bench, database::Database& database, const Folder& folder) {
  fleet::RollbackRequest request;
  request.to = core::Version();
  request.accept_loss = true;
  const fleet::RollbackResult result = bench.open(database)->rollback(folder.files(), request, {});
  for (const core::Problem& refusal : result.plan.refusals) {
    UNSCOPED_INFO("refused: " << refusal.message);
  }
  for (const fleet::TenantFailure& failure : result.run.failures) {
    UNSCOPED_INFO(failure.tenant << " " << failure.step << ": " << failure.failure.message);
  }
  return result.run.outcome;
}

/// As `disturb`, of a rollback after the expand phase.
bool disturb_way_back(std::size_t at, Fault::Where where, Fault::What what,
                      const std::string& expected) {
  FleetBench bench(setup());
  stage(bench);
  const Folder folder = migrations();
  REQUIRE(bench.apply(folder, fleet::PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  Fault fault(at, where, what);
  FaultDatabase database(bench.db().database(), fault);
  INFO("statement " << at
                    << (where == Fault::Where::kBefore ? ", never sent" : ", its answer lost"));
  std::optional<ApplyOutcome> outcome;
  try {
    outcome = take_back(bench, database, folder);
  } catch (const database::DatabaseError& error) {
    UNSCOPED_INFO(error.what());
  }
  CHECK(outcome.has_value() == (what == Fault::What::kConnectionLost || !fault.struck()));
  if (!fault.struck()) {
    return false;
  }
  if (what == Fault::What::kProcessDies) {
    wait_for_orphans(bench);
    CHECK(take_back(bench, bench.db().database(), folder) == ApplyOutcome::kDone);
  }
  CHECK(state_at_start(bench) == expected);
  // And the whole way forward again.
  if (at % 5 == 0) {
    CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  }
  return true;
}

std::string taken_back_undisturbed() {
  FleetBench bench(setup());
  stage(bench);
  const Folder folder = migrations();
  REQUIRE(bench.apply(folder, fleet::PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  REQUIRE(take_back(bench, bench.db().database(), folder) == ApplyOutcome::kDone);
  return state_at_start(bench);
}

TEST_CASE("a rollback that is killed after any statement is finished by the next one") {
  const std::string expected = taken_back_undisturbed();
  CHECK(expected.find("index") != std::string::npos);
  CHECK(expected.find("step") == std::string::npos);
  std::size_t at = 1;
  while (disturb_way_back(at, Fault::Where::kAfter, Fault::What::kProcessDies, expected)) {
    ++at;
  }
  CHECK(at > 15);
}

TEST_CASE("a rollback that loses its connection connects again") {
  const std::string expected = taken_back_undisturbed();
  const auto where = GENERATE(Fault::Where::kBefore, Fault::Where::kAfter);
  std::size_t at = 3;
  while (disturb_way_back(at, where, Fault::What::kConnectionLost, expected)) {
    at += 3;
  }
  CHECK(at > 15);
}

TEST_CASE("an apply that was killed may be taken back instead") {
  const std::string expected = taken_back_undisturbed();
  const std::size_t first = 30;  // the ledger is there
  std::size_t last = first;
  for (std::size_t at = first;; at += 7) {
    FleetBench bench(setup());
    stage(bench);
    const Folder folder = migrations();
    Fault fault(at, Fault::Where::kAfter, Fault::What::kProcessDies);
    FaultDatabase database(bench.db().database(), fault);
    fleet::ApplyRequest request;
    request.phase = fleet::PhaseChoice::kExpand;
    INFO("killed after statement " << at);
    try {
      bench.open(database)->apply(folder.files(), request, {});
    } catch (const database::DatabaseError& error) {
      UNSCOPED_INFO(error.what());
    }
    if (!fault.struck()) break;
    wait_for_orphans(bench);
    CHECK(take_back(bench, bench.db().database(), folder) == ApplyOutcome::kDone);
    CHECK(state_at_start(bench) == expected);
    last = at;
  }
  CHECK(last > first + 20);
}

Folder drops() {
  return Folder::of({{"0001_drops.sql",
                      "ALTER TABLE users DROP COLUMN old;\n"
                      "DROP TABLE changes;\n"}});
}

/// What was dropped is kept; the application has gone on.
void keep(FleetBench& bench) {
  stage(bench);
  bench.options().grace = catalog::DropGrace{604800, "lockstep_grace"};
  bench.db().execute(
      "drop trigger note on t1.users; drop trigger note on t2.users;"
      "update t1.users set old = 'o' || id; update t2.users set old = 'o' || id;"
      "alter table t1.users alter old set not null; alter table t2.users alter old set not null;"
      "alter table t1.changes add foreign key (id) references t1.users;"
      "alter table t2.changes add foreign key (id) references t2.users");
  REQUIRE(bench.apply(drops()).outcome == ApplyOutcome::kDone);
  bench.db().execute(
      "insert into t1.users (id, name) select g, 'new' from generate_series(101, 160) g");
}

std::string kept_state(FleetBench& bench) {
  return state(bench,
               "select format('kept %s %s %s', tenant, step, restored) from lockstep.kept"
               " union all select format('in grace %s', relname) from pg_class where relkind = 'r'"
               " and relnamespace = to_regnamespace('lockstep_grace')"
               " union all select format('event %s %s %s, %s times', tenant, step, kind, count(*))"
               " from lockstep.event group by tenant, step, kind"
               " union all select format('%s rows', count(*)) from t1.users");
}

ApplyOutcome work_on_kept(FleetBench& bench, database::Database& database,
                          const fleet::PurgeRequest& request) {
  return bench.open(database)->purge(request, {}).run.outcome;
}

bool disturb_kept(std::size_t at, Fault::What what, const fleet::PurgeRequest& request,
                  const std::string& expected) {
  FleetBench bench(setup());
  keep(bench);
  Fault fault(at, Fault::Where::kAfter, what);
  FaultDatabase database(bench.db().database(), fault);
  INFO("statement " << at);
  try {
    work_on_kept(bench, database, request);
  } catch (const database::DatabaseError& error) {
    UNSCOPED_INFO(error.what());
  }
  if (!fault.struck()) {
    return false;
  }
  if (what == Fault::What::kProcessDies) {
    wait_for_orphans(bench);
    CHECK(work_on_kept(bench, bench.db().database(), request) == ApplyOutcome::kDone);
  }
  CHECK(kept_state(bench) == expected);
  return true;
}

TEST_CASE(
    "a purge, and what brings back, is finished by the next run after a kill at any statement") {
  const bool restores = GENERATE(false, true);
  const auto what = GENERATE(Fault::What::kProcessDies, Fault::What::kConnectionLost);
  fleet::PurgeRequest request;
  if (restores) {
    request = {{"users.old"}, "'filled'", false};
  } else {
    request.now = true;
  }
  std::string expected;
  {
    FleetBench bench(setup());
    keep(bench);
    REQUIRE(work_on_kept(bench, bench.db().database(), request) == ApplyOutcome::kDone);
    expected = kept_state(bench);
  }
  CHECK(expected.find(restores ? "restored" : "purged") != std::string::npos);
  std::size_t at = 3;
  while (disturb_kept(at, what, request, expected)) {
    at += what == Fault::What::kProcessDies ? 1 : 5;
  }
  CHECK(at > (restores ? 30U : 10U));
}

TEST_CASE("what a step keeps is kept once, wherever the run that drops it is killed") {
  std::string expected;
  const auto prepare = [](FleetBench& bench) {
    stage(bench);
    bench.options().grace = catalog::DropGrace{604800, "lockstep_grace"};
    bench.db().execute("drop trigger note on t1.users; drop trigger note on t2.users");
  };
  {
    FleetBench bench(setup());
    prepare(bench);
    REQUIRE(bench.apply(drops()).outcome == ApplyOutcome::kDone);
    expected = kept_state(bench);
  }
  CHECK(expected.find("kept 1 0001.") != std::string::npos);
  for (std::size_t at = 3;; ++at) {
    FleetBench bench(setup());
    prepare(bench);
    Fault fault(at, Fault::Where::kAfter, Fault::What::kProcessDies);
    FaultDatabase database(bench.db().database(), fault);
    const Folder folder = drops();
    INFO("statement " << at);
    try {
      bench.apply_through(database, folder);
    } catch (const database::DatabaseError& error) {
      UNSCOPED_INFO(error.what());
    }
    if (!fault.struck()) {
      break;
    }
    wait_for_orphans(bench);
    CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
    CHECK(kept_state(bench) == expected);
  }
}

}  // namespace
}  // namespace lockstep::test
