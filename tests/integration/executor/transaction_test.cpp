#include <thread>

#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

constexpr const char* kSetup =
    "create schema acme; create table acme.users (id bigint primary key, name text);"
    "insert into acme.users select g, 'n' || g from generate_series(1, 10) g";

plan::Step add_column(const std::string& migration, int ordinal, const std::string& column) {
  return ddl(migration, ordinal, "users",
             "alter table ${schema}.users add column " + column + " text");
}

std::string columns(Bench& bench) {
  return bench.db().ask(
      "select string_agg(attname, ' ' order by attnum) from pg_attribute"
      " where attrelid = 'acme.users'::regclass and attnum > 0");
}

TEST_CASE("neighbouring instant steps are one transaction, and each keeps its ledger row") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column("0001", 1, "a"), add_column("0001", 2, "b")},
                                        {add_column("0002", 1, "c")}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kDone);
  CHECK(result.steps_done == 3);
  CHECK(columns(bench) == "id name a b c");
  CHECK(bench.steps_of("acme") ==
        "0001.1 done 1 staged, 0001.2 done 1 staged, 0002.1 done 1 staged");
  CHECK(bench.state_of("acme", "0001") == "done");
  CHECK(bench.db().ask("select count(distinct xmin::text) from lockstep.step") == "1");
}

plan::Step telling(plan::Step step) {
  for (const plan::LockClaim& claim : step.locks) {
    step.touches.push_back({plan::Touch::How::kChanges, "relation", claim.relation, ""});
  }
  return step;
}

TEST_CASE("instant steps on several relations lock all of them first, or do it one by one") {
  Bench bench(std::string(kSetup) + "; create table acme.orders (id bigint)");
  const std::vector<std::vector<plan::Step>> migrations = {
      {telling(add_column("0001", 1, "a")), telling(add_column("0001", 2, "b")),
       telling(ddl("0001", 3, "orders", "alter table ${schema}.orders add column c text"))}};
  TenantWork work = bench.work("acme", migrations);

  SECTION("in one transaction") {
    CHECK(bench.run(work).outcome == TenantOutcome::kDone);
    CHECK(bench.db().ask("select count(distinct xmin::text) from lockstep.step") == "1");
  }
  SECTION("where one of them is held, the others are not kept waiting a second time") {
    const auto holder = bench.db().connect();
    holder->execute("begin");
    holder->execute("lock table acme.orders in access share mode");
    const TenantResult first = bench.run(work);
    CHECK(first.outcome == TenantOutcome::kBusy);
    CHECK_THAT(first.why, Catch::Matchers::ContainsSubstring("orders"));
    CHECK(columns(bench) == "id name");

    work.resumes = true;
    const TenantResult second = bench.run(work);
    CHECK(second.step == "0001.3");
    CHECK(columns(bench) == "id name a b");
    holder->execute("rollback");
    CHECK(bench.run_to_the_end(work).outcome == TenantOutcome::kDone);
    CHECK(bench.db().ask("select count(distinct xmin::text) from lockstep.step") == "2");
  }
}

TEST_CASE("a tenant that is done does nothing again") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column("0001", 1, "a")}});
  REQUIRE(bench.run(work).outcome == TenantOutcome::kDone);

  SECTION("with the same work, as a second runner would have it") {
    TenantWork again = bench.work("acme", {{add_column("0001", 1, "a")}});
    const TenantResult result = bench.run(again);
    CHECK(result.outcome == TenantOutcome::kDone);
    CHECK(result.steps_done == 0);
  }
  SECTION("resumed") {
    TenantWork again = bench.resumed("acme");
    CHECK(bench.run(again).steps_done == 0);
  }
  CHECK(columns(bench) == "id name a");
}

TEST_CASE("a failing statement stops its tenant at its step, and the next run goes on from there") {
  Bench bench(kSetup);
  const plan::Step broken =
      ddl("0001", 2, "users", "alter table ${schema}.users add column name text");
  TenantWork work =
      bench.work("acme", {{add_column("0001", 1, "a"), broken, add_column("0001", 3, "c")}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.step == "0001.2");
  CHECK(result.failure.sqlstate == "42701");
  CHECK(result.failure.statement == "alter table \"acme\".users add column name text");
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged, 0001.2 failed 1 staged");
  CHECK(bench.state_of("acme", "0001") == "running");

  bench.db().execute("alter table acme.users drop column name");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(bench.steps_of("acme") ==
        "0001.1 done 1 staged, 0001.2 done 2 staged, 0001.3 done 1 staged");
  CHECK(bench.db().ask("select count(*) from lockstep.event where kind = 'failed'") == "1");
}

TEST_CASE("a migration that failed at its first step has not begun") {
  Bench bench(kSetup);
  TenantWork work =
      bench.work("acme", {{ddl("0001", 1, "users", "alter table ${schema}.users drop column x")}});
  CHECK(bench.run(work).outcome == TenantOutcome::kFailed);
  CHECK(bench.state_of("acme", "0001") == "not begun");
  CHECK(bench.steps_of("acme") == "0001.1 failed 1 staged");

  SECTION("and fails again") {
    CHECK(bench.run(work).outcome == TenantOutcome::kFailed);
    CHECK(bench.steps_of("acme") == "0001.1 failed 2 staged");
  }
  SECTION("and may begin with other steps") {
    TenantWork other =
        bench.work("acme", {{add_column("0001", 1, "a"), add_column("0001", 2, "b")}});
    CHECK(bench.run(other).outcome == TenantOutcome::kDone);
    CHECK(bench.steps_of("acme") == "0001.1 done 1 staged, 0001.2 done 1 staged");
  }
}

TEST_CASE("expand and contract run apart, and contract waits for expand") {
  Bench bench(kSetup);
  const std::vector<std::vector<plan::Step>> migrations = {
      {add_column("0001", 1, "a"),
       ddl("0001", 2, "users", "alter table ${schema}.users drop column name",
           core::Phase::kContract)},
      {ddl("0002", 1, "users", "alter table ${schema}.users add unique (a)",
           core::Phase::kContract)}};
  TenantWork early = bench.work("acme", migrations, core::Phase::kContract);
  CHECK(bench.run(early).outcome == TenantOutcome::kWaiting);

  TenantWork expand = bench.work("acme", migrations);
  CHECK(bench.run(expand).outcome == TenantOutcome::kDone);
  CHECK(bench.state_of("acme", "0001") == "expanded");
  CHECK(bench.state_of("acme", "0002") == "expanded");
  CHECK(columns(bench) == "id name a");

  TenantWork contract = bench.resumed("acme", core::Phase::kContract);
  CHECK(bench.run(contract).outcome == TenantOutcome::kDone);
  CHECK(bench.state_of("acme", "0001") == "done");
  CHECK(bench.state_of("acme", "0002") == "done");
  CHECK(bench.steps_of("acme") ==
        "0001.1 done 1 staged, 0001.2 done 1 staged, 0002.1 done 1 staged");
}

TEST_CASE("tenants with hostile names") {
  const std::string name = GENERATE(as<std::string>(), "Ümlaut \"x\" 'y' $1", "UPPER case",
                                    "select", std::string(60, 'a') + "'b\"");
  Bench bench("");
  const std::string quoted = bench.worker()->quote_identifier(name);
  bench.db().execute("create schema " + quoted + "; create table " + quoted + ".users (id int)");
  TenantWork work = bench.work(
      name, {{add_column("0001", 1, "a"),
              create("0001", 2, "comment on table ${schema}.users is 'of ${schema:literal}'"),
              create("0001", 3, "create table \"of ${schema:ident}\" ()")}});
  const TenantResult result = bench.run(work);
  CHECK(result.why == "");
  CHECK(result.outcome == TenantOutcome::kDone);
  CHECK(bench.db().ask("select obj_description(oid) from pg_class where relname = 'users'") ==
        "of " + name);
}

TEST_CASE("a body names a tenant as the place in it asks, and no name ends the body") {
  const std::string name = GENERATE(as<std::string>(), "O'Hara \"x\" \\ ;", "a$$b", "a$x$b");
  Bench bench("");
  const std::string quoted = bench.worker()->quote_identifier(name);
  bench.db().execute("create schema " + quoted + "; create table " + quoted + ".users (id int)");
  TenantWork work = bench.work(
      name,
      {{add_column("0001", 1, "a"),
        create("0001", 2,
               "create function public.where_am_i() returns text language sql as $x$"
               " select '${schema:body-literal}' || count(*) from ${schema:body}.users $x$")}});
  const TenantResult result = bench.run(work);
  if (name.find('$') == std::string::npos) {
    CHECK(result.outcome == TenantOutcome::kDone);
    CHECK(bench.db().ask("select public.where_am_i()") == name + "0");
    return;
  }
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.why.find("0001.2 puts it into a dollar-quoted body") != std::string::npos);
  // Nothing was begun.
  CHECK(bench.db().ask("select count(*) from information_schema.columns where column_name = 'a'") ==
        "0");
}

TEST_CASE("a schema that vanished is skipped, and so is another one by its name") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column("0001", 1, "a")}});
  bench.db().execute("drop schema acme cascade");
  const bool recreated = GENERATE(false, true);
  if (recreated) {
    bench.db().execute("create schema acme");
  }
  CHECK(bench.run(work).outcome == TenantOutcome::kSkipped);
  CHECK(bench.steps_of("acme").empty());
}

TEST_CASE("a leased tenant is left alone") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{add_column("0001", 1, "a")}});
  const auto other = bench.worker();
  REQUIRE(bench.lease().try_take(*other, {"lockstep", work.tenant.schema_oid}));
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kBusy);
  CHECK(result.retry_in.has_value());
  CHECK_THAT(result.why, Catch::Matchers::ContainsSubstring(std::to_string(other->backend_pid())));
  CHECK(columns(bench) == "id name");

  REQUIRE(bench.lease().release(*other, {"lockstep", work.tenant.schema_oid}));
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from pg_locks where locktype = 'advisory'") == "0");
}

TEST_CASE("a check that finds something names it, and a gate that is closed waits") {
  Bench bench(kSetup);
  plan::CheckBody check;
  check.query = "select id::text from ${schema}.users where name = 'n3'";
  check.failure = "users.name has n3";
  check.hint = "mend it";
  check.sqlstate = "23514";
  plan::GateBody gate;
  gate.reason = "the deploy is not over";
  gate.query = "select exists (select from ${schema}.users where name = 'open')";
  TenantWork work = bench.work("acme", {{step_of("0001", 1, check), step_of("0001", 2, gate)}});
  const TenantResult refused = bench.run(work);
  CHECK(refused.outcome == TenantOutcome::kFailed);
  CHECK(refused.failure.sqlstate == "23514");
  CHECK(refused.failure.message == "users.name has n3, for example: 3");

  bench.db().execute("update acme.users set name = 'x' where id = 3");
  const TenantResult waits = bench.run(work);
  CHECK(waits.outcome == TenantOutcome::kWaiting);
  CHECK(waits.why == "the deploy is not over");
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged");

  bench.db().execute("update acme.users set name = 'open' where id = 4");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
}

TEST_CASE("the plain statement on a small table does the work of its steps") {
  Bench bench(kSetup);
  plan::Step first = add_column("0001", 1, "a");
  plan::Direct direct;
  direct.sql = {"alter table ${schema}.users add column a text default gen_random_uuid()::text"};
  direct.lock_first = first.locks;
  direct.locks = first.locks;
  direct.replaces = {"0001.1", "0001.2"};
  direct.table = in_tenant("users");
  first.direct = direct;
  const plan::Step second = backfill("0001", 2, "users", "a", "'staged'", "a is null");

  SECTION("at once") {
    TenantWork work = bench.work("acme", {{first, second}});
    CHECK(bench.run(work).outcome == TenantOutcome::kDone);
    CHECK(bench.steps_of("acme") == "0001.1 done 1 direct, 0001.2 done 1 direct");
    CHECK(bench.db().ask("select count(distinct a) from acme.users") == "10");
  }
  SECTION("not on a larger one") {
    bench.options().locks.direct_below = 8192;
    TenantWork work = bench.work("acme", {{first, second}});
    const TenantResult result = bench.run(work);
    CHECK(result.why == "");
    CHECK(bench.steps_of("acme") == "0001.1 done 1 staged, 0001.2 done 2 staged");
    CHECK(bench.db().ask("select count(*) from acme.users where a = 'staged'") == "10");
  }
  SECTION("not when it holds the table for longer than max_hold") {
    first.direct->sql = {"alter table ${schema}.users add column a text", "select pg_sleep(10)"};
    TenantWork work = bench.work("acme", {{first, second}});
    CHECK(bench.run(work).outcome == TenantOutcome::kDone);
    CHECK(bench.steps_of("acme") == "0001.1 done 1 staged, 0001.2 done 2 staged");
  }
}

TEST_CASE("a second signal cancels what runs on the server") {
  Bench bench(kSetup);
  plan::Step slow = create("0001", 1, "select pg_sleep(600)");
  std::get<plan::TransactionBody>(slow.body).long_running = true;
  TenantWork work = bench.work("acme", {{slow}});
  std::stop_source finish;
  std::stop_source cancel;
  const auto session = bench.worker();
  std::jthread signals([&] {
    while (bench.db().ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") ==
           "0") {
    }
    finish.request_stop();
    cancel.request_stop();
  });
  const TenantResult result = bench.run(work, {finish.get_token(), cancel.get_token()}, session);
  CHECK(result.outcome == TenantOutcome::kInterrupted);
  CHECK(bench.steps_of("acme").empty());
}

TEST_CASE("a second signal that comes between two statements keeps the next from beginning") {
  Bench bench(kSetup);
  TenantWork work = bench.work(
      "acme", {{create("0001", 1, "create table ${schema}.a ()"),
                ddl("0001", 2, "users", "alter table ${schema}.users add column a text")}});
  std::stop_source finish;
  std::stop_source cancel;
  // Each is reported before anything is sent for it.
  bench.events().meanwhile([&](const execution::Event& event) {
    const auto* started = std::get_if<execution::event::StepStarted>(&event);
    if (started != nullptr && started->step == "0001.2") {
      finish.request_stop();
      cancel.request_stop();
    }
  });
  const TenantResult result =
      bench.run(work, {finish.get_token(), cancel.get_token()}, bench.worker());
  bench.events().meanwhile({});
  CHECK(result.outcome == TenantOutcome::kInterrupted);
  CHECK(bench.steps_of("acme") == "0001.1 done 1 staged");
  CHECK(bench.run_to_the_end(work).outcome == TenantOutcome::kDone);
}

TEST_CASE("a second signal before the first statement leaves the tenant as it is") {
  Bench bench(kSetup);
  TenantWork work = bench.work("acme", {{create("0001", 1, "create table ${schema}.a ()")}});
  std::stop_source cancel;
  cancel.request_stop();
  const TenantResult result = bench.run(work, {{}, cancel.get_token()}, bench.worker());
  CHECK(result.outcome == TenantOutcome::kInterrupted);
  CHECK(result.session_spent);
  CHECK(bench.steps_of("acme").empty());
}

TEST_CASE("a failing statement is kept as far as it fits, by whole characters") {
  Bench bench("create schema acme");
  // Whichever way the 4,000th byte falls, it is within a character of one of these.
  const std::string shift = GENERATE("", "x", "xx");
  std::string text = shift;
  while (text.size() < 6000) {
    text += "\xe2\x82\xac";
  }
  TenantWork work = bench.work("acme", {{create("0001", 1, "select '" + text + "', 1 / 0")}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == "22012");
  CHECK(bench.db().ask("select octet_length(statement) between 3997 and 4000 from lockstep.step") ==
        "t");
}

TEST_CASE("a failure that the ledger cannot take is told all the same, and ends nothing else") {
  Bench bench("create schema acme");
  TenantWork work = bench.work("acme", {{create("0001", 1, "select 1 / 0")}});
  bench.db().execute(
      "create function lockstep.deny() returns trigger language plpgsql as $$ begin raise "
      "exception "
      "'disk full'; end $$; create trigger deny before insert on lockstep.event for each row "
      "execute function lockstep.deny()");
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == "22012");
  CHECK(bench.events().of<execution::event::StepFailed>().size() == 1);
  CHECK(bench.events().of<execution::event::Notice>().size() == 1);
}

TEST_CASE("repeatables run in the order of the plan, not of their names") {
  Bench bench("create schema acme");
  TenantWork work =
      bench.work("acme", {{create("R:zeta", 1, "create view ${schema}.zeta as select 1 as one")},
                          {create("R:alpha", 1,
                                  "create view ${schema}.alpha as select one from "
                                  "${schema}.zeta")}});
  CHECK(bench.run(work).why == "");
  CHECK(bench.db().ask("select one from acme.alpha") == "1");
}

TEST_CASE("a session that ran opaque code is not for other tenants") {
  Bench bench("create schema acme");
  TenantWork work = bench.work("acme", {{create("0001", 1, "create table ${schema}.a (id int)")}});
  CHECK_FALSE(bench.run(work).session_spent);
  plan::Step opaque = create("0002", 1, "select 1");
  opaque.operation = "sql";
  TenantWork after = bench.work("acme", {{opaque}});
  CHECK(bench.run(after).session_spent);
}

TEST_CASE("what the server warns of is told, once") {
  Bench bench("create schema acme");
  TenantWork work = bench.work(
      "acme", {{create("0001", 1,
                       "do $$ begin for i in 1..9 loop raise warning 'careful'; end loop; "
                       "end $$")}});
  REQUIRE(bench.run(work).outcome == TenantOutcome::kDone);
  const auto notices = bench.events().of<execution::event::Notice>();
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices.front().text, Catch::Matchers::ContainsSubstring("acme: 0001.1"));
  CHECK_THAT(notices.front().text, Catch::Matchers::ContainsSubstring("careful"));
}

TEST_CASE("a ledger can be upgraded over a connection on which each answer takes long") {
  Bench bench("create schema acme");
  bench.options().locks.max_hold = std::chrono::milliseconds(1);
  const auto session = bench.worker();
  session->execute("begin");
  bench.db().ask("select pg_sleep(0.05)");  // the way to the client and back
  CHECK(session->execute("select 1").at(0, 0) == "1");
  session->execute("commit");
}

TEST_CASE("long steps wait until an autovacuum yields, whatever deadlock_timeout is") {
  Bench bench("create schema acme; create table acme.seen (setting text)");
  plan::Step step =
      create("0001", 1, "insert into ${schema}.seen select current_setting('lock_timeout')");
  std::get<plan::TransactionBody>(step.body).long_running = true;
  TenantWork work = bench.work("acme", {{step}});
  const auto worker = bench.worker();
  worker->execute("set deadlock_timeout = '3500ms'");
  REQUIRE(bench.run(work, {}, worker).outcome == TenantOutcome::kDone);
  CHECK(bench.db().ask("select setting from acme.seen") == "4500ms");
}

TEST_CASE("a repeatable whose new text fails says so, each time, and is mended by a better one") {
  Bench bench("create schema acme");
  const auto text = [&](const std::string& body, const std::string& checksum) {
    TenantWork work = bench.work(
        "acme", {{create("R:active", 1, "create or replace view ${schema}.active as " + body)}});
    work.planned.front().start.checksum = checksum;
    database::RecordedMigration file;
    file.key = "R:active";
    file.name = "active";
    file.checksum = checksum;
    bench.ledger().register_migrations(*bench.worker(), {file});
    return work;
  };
  TenantWork first = text("select 1 as one", "aa");
  REQUIRE(bench.run(first).outcome == TenantOutcome::kDone);
  for (int i = 0; i < 2; ++i) {
    TenantWork wrong = text("select 1 as one, 1 / 0 as two from nowhere", "bb");
    const TenantResult result = bench.run(wrong);
    CHECK(result.outcome == TenantOutcome::kFailed);
    CHECK(result.failure.sqlstate == "42P01");
    CHECK(bench.steps_of("acme") == "R:active.1 failed 1 staged");
  }
  TenantWork better = text("select 1 as one, 2 as two", "cc");
  CHECK(bench.run(better).outcome == TenantOutcome::kDone);
  CHECK(bench.steps_of("acme") == "R:active.1 done 1 staged");
  CHECK(bench.db().ask("select two from acme.active") == "2");
  CHECK(bench.db().ask("select string_agg(kind, ' ' order by id) from lockstep.event") ==
        "superseded failed failed");
}

}  // namespace
}  // namespace lockstep::test
