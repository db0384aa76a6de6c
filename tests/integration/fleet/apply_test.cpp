#include <chrono>
#include <thread>

#include "lockstep/core/error.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, old text)";

Folder add_phone() {
  return Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
}

std::size_t tenants_with(FleetBench& bench, const std::string& column) {
  return std::stoul(
      bench.db().ask("select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid"
                     " where c.relname = 'users' and attname = '" +
                     column + "' and not attisdropped"));
}

TEST_CASE("a change reaches every tenant once, and the second run has nothing to do") {
  FleetBench bench(tenants(5, kUsers));
  const Folder folder = add_phone();
  CHECK(bench.standings(folder) == "t1:pending t2:pending t3:pending t4:pending t5:pending");

  const ApplyResult result = bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.total == 5);
  CHECK(result.tenants.done == 5);
  CHECK(result.steps.done == 5);
  CHECK(result.failures.empty());
  CHECK(tenants_with(bench, "phone") == 5);
  CHECK(bench.standings(folder) == "t1:current t2:current t3:current t4:current t5:current");

  const ApplyResult again = bench.apply(folder);
  CHECK(again.outcome == ApplyOutcome::kDone);
  CHECK(again.run == 0);
  CHECK(again.tenants.done == 5);
  CHECK(again.steps.done == 0);
}

TEST_CASE("the ledger never moves into a tenant") {
  FleetBench bench("create schema lockstep;" + tenants(1, kUsers), "*ock*");
  CHECK_THROWS_AS(bench.apply(add_phone()), core::InvalidInput);
  CHECK(bench.db().ask(
            "select count(*) from pg_class where relnamespace = 'lockstep'::regnamespace") == "0");
}

TEST_CASE("the work of a long step is no wait for its locks") {
  FleetBench bench(tenants(1, kUsers));
  const auto long_step = [](const std::string& version) {
    return File{version + "_long.sql",
                "-- lockstep: allow = opaque-statement, reason = \"it takes a while\"\n"
                "-- lockstep: locks = users:ShareUpdateExclusiveLock\n"
                "DO $$ BEGIN PERFORM pg_sleep(0.6); END $$;"};
  };
  const ApplyResult quick = bench.apply(Folder::of({long_step("0001")}));
  REQUIRE(quick.outcome == ApplyOutcome::kDone);
  CHECK(quick.longest_lock_wait < std::chrono::milliseconds(500));
  // What is a wait is one.
  const auto other = bench.db().connect();
  other->execute("begin; lock table t1.users in share update exclusive mode");
  ApplyResult waited;
  {
    std::jthread run([&] {
      waited = bench.apply(Folder::of({long_step("0001"), long_step("0002")}));
    });
    while (bench.db().ask("select count(*) from pg_locks where not granted and relation ="
                          " 't1.users'::regclass") == "0") {
      std::this_thread::yield();
    }
    bench.db().execute("select pg_sleep(0.3)");
    other->execute("rollback");
  }
  REQUIRE(waited.outcome == ApplyOutcome::kDone);
  CHECK(waited.longest_lock_wait >= std::chrono::milliseconds(300));
}

TEST_CASE("planning changes nothing, and equal tenants are one cohort") {
  FleetBench bench(tenants(3, kUsers) + "alter table t2.users add unique (name)");
  const fleet::Planned planned = bench.plan(add_phone());
  CHECK(planned.problems.empty());
  CHECK(planned.refusals.empty());
  REQUIRE(planned.plan.cohorts.size() == 2);
  CHECK(planned.plan.cohorts[0].tenants == std::vector<std::string>{"t1", "t3"});
  CHECK(planned.plan.cohorts[1].tenants == std::vector<std::string>{"t2"});
  CHECK_FALSE(planned.plan.cohorts[1].differs.empty());
  CHECK(bench.db().ask("select count(*) from pg_namespace where nspname = 'lockstep'") == "0");
  CHECK(planned.plan.id == bench.plan(add_phone()).plan.id);
}

TEST_CASE("expand and contract are two runs, and irreversible steps need to be asked for") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = Folder::of({{"0001_change.sql",
                                     "ALTER TABLE users ADD COLUMN phone text;\n"
                                     "ALTER TABLE users DROP COLUMN old;"}});
  CHECK_THROWS_AS(bench.apply(folder, std::nullopt), core::Refused);
  CHECK_THROWS_AS(bench.apply(folder, PhaseChoice::kContract), core::Refused);
  CHECK(tenants_with(bench, "phone") == 0);

  const ApplyResult expanded = bench.apply(folder, PhaseChoice::kExpand);
  CHECK(expanded.outcome == ApplyOutcome::kDone);
  CHECK(expanded.contract_left);
  CHECK(tenants_with(bench, "phone") == 2);
  CHECK(tenants_with(bench, "old") == 2);
  CHECK(bench.standings(folder) == "t1:expanded t2:expanded");

  const ApplyResult contracted = bench.apply(folder, PhaseChoice::kContract);
  CHECK(contracted.outcome == ApplyOutcome::kDone);
  CHECK_FALSE(contracted.contract_left);
  CHECK(tenants_with(bench, "old") == 0);
  CHECK(bench.standings(folder) == "t1:current t2:current");
}

TEST_CASE("one tenant's failure stops that tenant only, until max_failures") {
  // Only the server finds this one: the data of one tenant does not fit.
  FleetBench bench(tenants(4, kUsers) +
                   "insert into t2.users (id, name) values (1, 'x'), (2, 'x')");
  const Folder folder = Folder::of(
      {{"0001_unique.sql", "ALTER TABLE users ADD CONSTRAINT users_name_key UNIQUE (name);"}});
  bench.options().rollout.jobs = 1;
  bench.options().rollout.max_failures = GENERATE(0U, 1U);
  const bool stops = bench.options().rollout.max_failures == 1;
  const ApplyResult result = bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kFailed);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK(result.failures[0].failure.sqlstate == "23505");
  CHECK(result.tenants.failed == 1);
  CHECK(result.tenants.done == (stops ? 1 : 3));
  CHECK(result.tenants.not_started == (stops ? 2 : 0));

  bench.db().execute("delete from t2.users where id = 2");
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from pg_constraint where conname = 'users_name_key'") ==
        "4");
}

TEST_CASE("edited, deleted and late files are refused until they are repaired") {
  FleetBench bench(tenants(2, kUsers));
  const Folder first = Folder::of({{"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  REQUIRE(bench.apply(first).outcome == ApplyOutcome::kDone);

  const Folder edited =
      Folder::of({{"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text; -- edited"}});
  CHECK_THROWS_AS(bench.apply(edited), core::Refused);
  CHECK(bench.status(edited).files.at(0).kind == fleet::FileVerdict::Kind::kEdited);
  CHECK(bench.open()->repair(edited.files(), {}).accepted == std::vector<std::string>{"0002"});
  CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);

  const Folder deleted = Folder::of({{"0003_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"}});
  CHECK_THROWS_AS(bench.apply(deleted), core::Refused);
  CHECK(bench.open()->repair(deleted.files(), {true, false}).forgotten ==
        std::vector<std::string>{"0002"});
  CHECK(bench.apply(deleted).outcome == ApplyOutcome::kDone);

  const Folder late = Folder::of({{"0001_late.sql", "ALTER TABLE users ADD COLUMN late text;"},
                                  {"0003_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"}});
  CHECK_THROWS_AS(bench.apply(late), core::Refused);
  bench.options().out_of_order = true;
  CHECK(bench.apply(late).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a saved plan runs as it was reviewed, or is refused with what changed") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = add_phone();
  const fleet::Planned planned = bench.plan(folder);
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  request.saved = &planned.plan;

  SECTION("unchanged, with a new tenant that is like the others, and one gone") {
    bench.db().execute(
        "create schema t4; create table t4.users (like t1.users including all);"
        "drop schema t1 cascade");
    const ApplyResult result = bench.apply(folder, request, {});
    CHECK(result.outcome == ApplyOutcome::kDone);
    CHECK(result.vanished == std::vector<std::string>{"t1"});
    CHECK(tenants_with(bench, "phone") == 3);
    request.strict_tenants = true;
  }
  SECTION("twice") {
    CHECK(bench.apply(folder, request, {}).outcome == ApplyOutcome::kDone);
    CHECK(bench.apply(folder, request, {}).steps.done == 0);
  }
  SECTION("strict about tenants") {
    bench.db().execute("create schema t4; create table t4.users (like t1.users including all)");
    request.strict_tenants = true;
    CHECK_THROWS_WITH(bench.apply(folder, request, {}), Catch::Matchers::ContainsSubstring("t4"));
    CHECK(tenants_with(bench, "phone") == 0);
  }
  SECTION("an edited file") {
    const Folder edited =
        Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone varchar;"}});
    CHECK_THROWS_WITH(bench.apply(edited, request, {}),
                      Catch::Matchers::ContainsSubstring("0001_phone.sql"));
  }
  SECTION("another structure in one tenant, which is named") {
    bench.db().execute("create index odd on t2.users (name)");
    const ApplyResult result = bench.apply(folder, request, {});
    CHECK(result.outcome == ApplyOutcome::kRefused);
    CHECK(result.tenants.done == 2);
    REQUIRE(result.failures.size() == 1);
    CHECK(result.failures[0].tenant == "t2");
    CHECK_THAT(result.failures[0].failure.message, Catch::Matchers::ContainsSubstring("odd"));
    CHECK(tenants_with(bench, "phone") == 2);
  }
}

TEST_CASE("an existing database is adopted by a baseline") {
  FleetBench bench(tenants(2, kUsers));
  const Folder folder = Folder::of(
      {{"0001_users.sql", "CREATE TABLE users (id bigint primary key, name text, old text);"},
       {"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  CHECK(bench.open()->baseline(folder.files(), *core::Version::parse("1")).tenants == 2);
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(tenants_with(bench, "phone") == 2);
  CHECK(bench.open()->history("t1", 10).size() == 2);
  CHECK_THROWS_AS(bench.open()->baseline(folder.files(), *core::Version::parse("7")),
                  core::InvalidInput);
}

TEST_CASE("repeatable files run again when their text changes") {
  FleetBench bench(tenants(2, kUsers));
  const auto folder = [](const std::string& text) {
    return Folder::of(
        {{"repeatable/names.sql", "CREATE OR REPLACE VIEW names AS SELECT " + text + ";"}});
  };
  REQUIRE(bench.apply(folder("name FROM users")).outcome == ApplyOutcome::kDone);
  CHECK(bench.apply(folder("name FROM users")).run == 0);
  const ApplyResult again = bench.apply(folder("name, id FROM users"));
  CHECK(again.outcome == ApplyOutcome::kDone);
  CHECK(again.tenants.done == 2);
  CHECK(bench.db().ask("select count(*) from pg_attribute where attrelid = 't2.names'::regclass"
                       " and attnum > 0") == "2");
}

TEST_CASE("shared migrations run once, before the tenants") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder =
      Folder::of({{"0001_plans.sql",
                   "-- lockstep: scope = shared\nCREATE TABLE public.plans (id int primary key);"},
                  {"0002_plan.sql", "ALTER TABLE users ADD COLUMN plan int;"}});
  const ApplyResult result = bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from lockstep.step where tenant ="
                       " (select id from lockstep.tenant where name = '')") == "1");
  CHECK(tenants_with(bench, "plan") == 3);
  CHECK(bench.status(folder).shared->state == fleet::StandingState::kCurrent);
}

}  // namespace
}  // namespace lockstep::test
