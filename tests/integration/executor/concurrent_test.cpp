#include <algorithm>
#include <thread>

#include "lockstep/core/sqlstate.h"
#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

constexpr const char* kSetup =
    "create schema acme; create table acme.users (id bigint primary key, name text);"
    "create table acme.orders (name text);"
    "insert into acme.users select g, 'n' || g from generate_series(1, 1000) g";

std::string index_state(Bench& bench) {
  return bench.db().ask(
      "select coalesce((select case when indisvalid then 'valid' else 'invalid' end"
      " from pg_index where indexrelid = to_regclass('acme.users_name')), 'absent')");
}

/// Which settings of the session are not as in its table `before`.
std::string changed_settings(database::Session& session) {
  return session
      .execute(
          "select coalesce(string_agg(format('%s was %s and is %s', name, b.setting, n.setting),"
          " '; '), '') from pg_settings n join before b using (name)"
          " where n.setting is distinct from b.setting")
      .at(0, 0);
}

plan::Step index_name(bool unique = false) {
  return build_index("0001", 1, "users_name", "users", "name", unique);
}

TEST_CASE("an index is built concurrently, and the session is as before") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{index_name()}});
  const auto worker = bench.worker();
  worker->execute("create temp table before as select name, setting from pg_settings");
  const TenantResult result = bench.run(work, {}, worker);
  CHECK(result.why == "");
  CHECK(index_state(bench) == "valid");
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged");
  CHECK(changed_settings(*worker) == "");
}

TEST_CASE("duplicates end a unique build, name a key, and leave nothing behind") {
  Bench bench(std::string(kSetup) + "; update acme.users set name = 'twice' where id in (7, 8)");
  TenantWork work = bench.work("acme", {{index_name(true)}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == "23505");
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("(name)=(twice)"));
  CHECK(index_state(bench) == "absent");

  bench.db().execute("update acme.users set name = 'once' where id = 7");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(index_state(bench) == "valid");
}

TEST_CASE("what a killed runner left is settled by the catalog") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{index_name()}});
  // The first runner gets as far as its intent, and dies.
  const auto dead = bench.worker();
  std::stop_source stop;
  stop.request_stop();
  REQUIRE(bench.run(work).outcome == TenantOutcome::kDone);
  bench.db().execute(
      "update lockstep.step set state = 'running', finished = null, attempt = 1;"
      "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
      " finished = null, expanded = null");
  TenantWork again = bench.resumed("acme");

  SECTION("a valid index is the step's own") {
    const std::string oid = bench.db().ask("select 'acme.users_name'::regclass::oid");
    CHECK(bench.run(again).outcome == TenantOutcome::kDone);
    CHECK(bench.db().ask("select 'acme.users_name'::regclass::oid") == oid);
  }
  SECTION("an invalid one is dropped and built again") {
    bench.db().execute(
        "update pg_index set indisvalid = false where indexrelid = 'acme.users_name'::regclass");
    CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  }
  SECTION("one that does not fit the step is not") {
    bench.db().execute("drop index acme.users_name");
    bench.db().execute(GENERATE(as<std::string>(),
                                "create unique index users_name on acme.users (name)",
                                "create index users_name on acme.orders (name)"));
    CHECK(bench.run(again).failure.sqlstate == core::sqlstate::kDuplicateTable);
  }
  SECTION("an absent one is built") {
    bench.db().execute("drop index acme.users_name");
    CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  }
  CHECK(index_state(bench) == "valid");
}

/// The statement of a step whose runner was killed in its build, and what it left is as `left`.
TenantResult resumed_after(Bench& bench, const std::string& asked, const std::string& left) {
  plan::Step step = index_name();
  std::get<plan::ConcurrentBody>(step.body).sql =
      "create index concurrently users_name on ${schema}.users " + asked;
  TenantWork work = bench.work("acme", {{step}});
  REQUIRE(bench.run(work).why == "");
  bench.db().execute(
      "update lockstep.step set state = 'running', finished = null, attempt = 1;"
      "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
      " finished = null, expanded = null");
  if (!left.empty()) {
    bench.db().execute("drop index acme.users_name");
    bench.db().execute("create index users_name on acme.users " + left);
  }
  TenantWork again = bench.resumed("acme");
  return bench.run(again);
}

// Columns before the indexed ones were dropped, so that their numbers are not those of a new table.
constexpr const char* kOddTable =
    "create schema acme; create table acme.users (gone int, id bigint primary key, name text, "
    "\"Odd \"\"name\" text); alter table acme.users drop column gone;"
    "create function acme.fold(text) returns text immutable language sql as 'select lower($1)'";

TEST_CASE("a killed build is taken up whatever it indexes") {
  Bench bench(kOddTable);
  const std::string asked = GENERATE(
      as<std::string>(), "(name)", "using hash (name)", "using brin (id) with (autosummarize = on)",
      "(fold(name), \"Odd \"\"name\" collate \"C\" text_pattern_ops desc nulls last) include (id) "
      "where users.id > 0 and fold(users.name) <> ' on users using '",
      "(${schema}.fold(name)) with (fillfactor = 50)");
  CAPTURE(asked);
  const TenantResult result = resumed_after(bench, asked, "");
  CHECK(result.why == "");
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged");

  SECTION("also where it is not valid") {
    bench.db().execute(
        "update lockstep.step set state = 'running', finished = null, attempt = 1;"
        "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
        " finished = null, expanded = null;"
        "update pg_index set indisvalid = false where indexrelid = 'acme.users_name'::regclass");
    TenantWork again = bench.resumed("acme");
    CHECK(bench.run(again).why == "");
    CHECK(index_state(bench) == "valid");
  }
}

TEST_CASE("an index that says the same in other words is the same") {
  Bench bench(kOddTable);
  const TenantResult result = resumed_after(bench, "(name) where id > 0",
                                            "using btree (name asc nulls last) where (id > 0)");
  CHECK(result.why == "");
}

const std::string kGist = "using gist (to_tsvector('simple', name) tsvector_ops";

TEST_CASE("after a kill, an index by that name that differs in anything is not taken for ours") {
  Bench bench(kOddTable);
  const auto [asked, left] =
      GENERATE(table<std::string, std::string>({{"(name)", "(\"Odd \"\"name\")"},
                                                {"(name)", "(name, id)"},
                                                {"(name)", "(acme.fold(name))"},
                                                {"(lower(name))", "(upper(name))"},
                                                {"(name)", "(name text_pattern_ops)"},
                                                {"(name)", "(name collate \"C\")"},
                                                {"(name)", "(name desc)"},
                                                {"(name desc)", "(name desc nulls last)"},
                                                {"(name) include (id)", "(name, id)"},
                                                {"(name) include (id)", "(name)"},
                                                {"(name)", "(name) where id = 7"},
                                                {"(name) where id = 8", "(name) where id = 7"},
                                                {"(name)", "using hash (name)"},
                                                {"(name) with (fillfactor = 50)", "(name)"},
                                                {kGist + " (siglen = 64))", kGist + ")"}}));
  CAPTURE(asked, left);
  const TenantResult result = resumed_after(bench, asked, left);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == core::sqlstate::kDuplicateTable);
  CHECK_THAT(result.failure.message,
             Catch::Matchers::ContainsSubstring("is not the index that this step builds"));
  CHECK(index_state(bench) == "valid");
}

TEST_CASE("a role that may not compare what is left is told the missing grant") {
  Bench bench(std::string(kSetup) +
              "; create role r_no_temp; grant all on schema acme to r_no_temp;"
              "alter table acme.users owner to r_no_temp");
  TenantWork work = bench.work("acme", {{index_name()}});
  REQUIRE(bench.run(work).why == "");
  bench.db().execute(
      "grant all on schema lockstep to r_no_temp; grant all on all tables in schema lockstep to "
      "r_no_temp; update lockstep.step set state = 'running', finished = null, attempt = 1;"
      "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
      " finished = null, expanded = null;"
      "do $$ begin execute format('revoke temporary on database %I from public', "
      "current_database()); end $$");
  const auto worker = bench.worker();
  worker->execute("set role r_no_temp");
  TenantWork again = bench.resumed("acme");
  const TenantResult result = bench.run(again, {}, worker);
  CHECK(result.failure.sqlstate == core::sqlstate::kInsufficientPrivilege);
  CHECK_THAT(result.failure.hint, Catch::Matchers::ContainsSubstring("GRANT TEMPORARY"));
  CHECK(index_state(bench) == "valid");
  worker->execute("reset role");
  bench.db().execute("drop owned by r_no_temp cascade; drop role r_no_temp");
}

TEST_CASE("after a kill, an index of a constraint is somebody else's") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{index_name(true)}});
  REQUIRE(bench.run(work).why == "");
  bench.db().execute(
      "update lockstep.step set state = 'running', finished = null, attempt = 1;"
      "update lockstep.tenant_migration set state = 'running', expand_left = 1,"
      " finished = null, expanded = null;"
      "alter table acme.users add unique using index users_name");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).failure.sqlstate == core::sqlstate::kDuplicateTable);
}

TEST_CASE("an index of the same name that is not ours is left alone") {
  Bench bench(std::string(kSetup) + "; create index users_name on acme.users (id)");
  if (GENERATE(false, true)) {
    bench.db().execute(
        "update pg_index set indisvalid = false where indexrelid = 'acme.users_name'::regclass");
  }
  const std::string oid = bench.db().ask("select 'acme.users_name'::regclass::oid");
  TenantWork work = bench.work("acme", {{index_name()}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == core::sqlstate::kDuplicateTable);
  CHECK(bench.db().ask("select 'acme.users_name'::regclass::oid") == oid);
}

TEST_CASE("the first signal leaves a build to its backend, and the next run adopts it") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{index_name()}});
  // An older snapshot lets the build wait for as long as this test wants.
  const auto old = bench.db().connect();
  old->execute("begin isolation level repeatable read");
  old->execute("select count(*) from acme.users");
  std::stop_source finish;
  std::jthread signal([&] {
    // Its progress shows before its index is committed.
    while (index_state(bench) != "invalid") {
    }
    finish.request_stop();
  });
  const TenantResult stopped = bench.run(work, {finish.get_token(), {}}, bench.worker());
  CHECK(stopped.outcome == TenantOutcome::kInterrupted);
  CHECK(index_state(bench) == "invalid");

  TenantWork again = bench.resumed("acme");
  const TenantResult busy = bench.run(again);
  CHECK(busy.outcome == TenantOutcome::kBusy);
  CHECK_THAT(busy.why, Catch::Matchers::ContainsSubstring("lockstep 0001.1 acme"));

  old->execute("commit");
  while (bench.db().ask("select count(*) from pg_stat_progress_create_index") != "0") {
  }
  // Its lease is given back when its session ends; here the same process still holds it.
  bench.db().execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'");
  CHECK(bench.run_to_the_end(again).outcome == TenantOutcome::kDone);
  CHECK(index_state(bench) == "valid");
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged");
}

TEST_CASE("a build that failed claims nothing that somebody makes by its name afterwards") {
  Bench bench(std::string(kSetup) + "; update acme.users set name = 'twice' where id in (7, 8)");
  TenantWork work = bench.work("acme", {{index_name(true)}});
  REQUIRE(bench.run(work).failure.sqlstate == "23505");
  bench.db().execute("create unique index users_name on acme.users (name) where id = 7");
  const std::string oid = bench.db().ask("select 'acme.users_name'::regclass::oid");
  TenantWork again = bench.resumed("acme");
  const TenantResult result = bench.run(again);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == core::sqlstate::kDuplicateTable);
  CHECK(bench.db().ask("select 'acme.users_name'::regclass::oid") == oid);
}

TEST_CASE("a leftover that cannot be removed costs neither the first error nor the settings") {
  Bench bench(std::string(kSetup) + "; update acme.users set name = 'twice' where id in (7, 8)");
  plan::Step step = index_name(true);
  step.cleanup = {"drop index concurrently acme.no_such_index"};
  TenantWork work = bench.work("acme", {{step}});
  const auto worker = bench.worker();
  worker->execute("create temp table before as select name, setting from pg_settings");
  const TenantResult result = bench.run(work, {}, worker);
  CHECK(result.failure.sqlstate == "23505");
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("(name)=(twice)"));
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("no_such_index"));
  CHECK(changed_settings(*worker) == "");
  CHECK(index_state(bench) == "invalid");
}

TEST_CASE("what a build waits for is reported, and it is not waited for without end") {
  Bench bench(kSetup);
  bench.options().locks.look_every = std::chrono::milliseconds(5);
  TenantWork work = bench.work("acme", {{index_name()}});
  const auto report = bench.db().connect({"a slow report"});
  report->execute("begin isolation level repeatable read");
  report->execute("select 1");
  // A moment's transaction, the server's own for instance, may be waited for before it.
  const auto tells_of_it = [&] {
    const auto waits = bench.events().of<execution::event::StepWaiting>();
    return std::any_of(waits.begin(), waits.end(), [&](const auto& waiting) {
      return waiting.blockers.front().pid == report->backend_pid();
    });
  };
  std::jthread time([&] {
    while (!tells_of_it()) {
    }
    bench.clock().advance(bench.options().locks.give_up_after);
  });
  const TenantResult result = bench.run(work, {}, bench.worker());
  CHECK(result.outcome == TenantOutcome::kBlocked);
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("a slow report"));
  CHECK(tells_of_it());
  CHECK(index_state(bench) == "absent");
  CHECK(bench.steps_of("acme") == "0001.1 blocked 2 staged");

  report->execute("commit");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(index_state(bench) == "valid");
}

TEST_CASE("an index is dropped once") {
  Bench bench(std::string(kSetup) + "; create index users_name on acme.users (name)");
  TenantWork expand = bench.work("acme", {{drop_index("0001", 1, "users_name", "users")}});
  REQUIRE(bench.run(expand).outcome == TenantOutcome::kDone);
  TenantWork work = bench.resumed("acme", core::Phase::kContract);
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(index_state(bench) == "absent");

  SECTION("and another one by its name is not taken for it") {
    bench.db().execute(
        "create index users_name on acme.users (id);"
        "update lockstep.step set state = 'running', finished = null, attempt = 1;"
        "update lockstep.tenant_migration set state = 'expanded', contract_left = 1, finished = "
        "null");
    TenantWork again = bench.resumed("acme", core::Phase::kContract);
    CHECK(bench.run(again).outcome == TenantOutcome::kDone);
    CHECK(index_state(bench) == "valid");
  }
}

TEST_CASE("servers whose concurrent builds corrupt indexes are refused") {
  Bench bench(kSetup);
  bench.options().server.number = GENERATE(140000, 140003);
  TenantWork work = bench.work("acme", {{index_name()}});
  CHECK(bench.run(work).outcome == TenantOutcome::kFailed);
  CHECK(index_state(bench) == "absent");
}

}  // namespace
}  // namespace lockstep::test
