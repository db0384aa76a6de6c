#include <thread>

#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

std::string rows(int count) {
  return "create schema acme; create table acme.users (id bigint primary key, name text, phone "
         "text);"
         "insert into acme.users (id, name) select g, 'n' || g from generate_series(1, " +
         std::to_string(count) + ") g";
}

plan::Step fill_phone() {
  return backfill("0001", 1, "users", "phone", "name || '!'", "phone is null");
}

std::string left(Bench& bench) {
  return bench.db().ask("select count(*) from acme.users where phone is distinct from name || '!'");
}

TEST_CASE("a backfill changes every row in batches, and counts them") {
  Bench bench(rows(2500));
  bench.options().backfill.first_batch = 100;
  TenantWork work = bench.work("acme", {{fill_phone()}});
  const TenantResult result = bench.run(work);
  CHECK(result.why == "");
  CHECK(result.outcome == TenantOutcome::kDone);
  CHECK(left(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") == "2500");
  CHECK(bench.db().ask("select rows from lockstep.checkpoint") == "2500");
  CHECK(bench.events().of<execution::event::StepProgress>().size() > 5);
  CHECK(bench.db().ask(
            "select last_analyze is not null from pg_stat_user_tables where relname = 'users'") ==
        "t");
}

TEST_CASE("keys of any type, names that need quotes, and an author's alias") {
  Bench bench(
      "create schema acme; create type acme.\"Kind\" as enum ('b', 'a');"
      "create table acme.\"Odd table\" (\"the kind\" acme.\"Kind\", at timestamptz, \"text key\" "
      "text collate \"C\","
      " phone text, primary key (\"the kind\", at, \"text key\"));"
      "insert into acme.\"Odd table\" select (array['a', 'b'])[1 + g % 2]::acme.\"Kind\","
      " '2020-01-01 00:00:00.123456+01'::timestamptz + g * interval '1 day', 'it''s \"' || g"
      " from generate_series(1, 300) g");
  bench.options().backfill.first_batch = 7;
  plan::Step step = backfill("0001", 1, "Odd table", "phone", "o.\"text key\"", "o.phone is null",
                             {"the kind", "at", "text key"},
                             {"${schema}.\"Kind\"", "timestamp with time zone", "text"});
  std::get<plan::BackfillBody>(step.body).alias = "o";
  TenantWork work = bench.work("acme", {{step}});
  const TenantResult result = bench.run(work);
  CHECK(result.why == "");
  CHECK(bench.db().ask("select count(*) from acme.\"Odd table\" where phone = \"text key\"") ==
        "300");
  CHECK(bench.db().ask("select rows from lockstep.step") == "300");
}

TEST_CASE("a table without a key is walked by its blocks") {
  Bench bench(
      "create schema acme; create table acme.log (line text, seen bool);"
      "insert into acme.log select repeat('x', 500) from generate_series(1, 5000)");
  TenantWork work =
      bench.work("acme", {{backfill("0001", 1, "log", "seen", "true", "seen is null", {}, {})}});
  const TenantResult result = bench.run(work);
  CHECK(result.why == "");
  CHECK(bench.db().ask("select count(*) from acme.log where seen") == "5000");
  CHECK(bench.db().ask("select rows from lockstep.step") == "5000");
}

TEST_CASE("a partitioned table is walked across its partitions") {
  const bool keyed = GENERATE(true, false);
  Bench bench(
      "create schema acme; create table acme.m (id bigint primary key, phone text) partition by "
      "hash (id);"
      "create table acme.m0 partition of acme.m for values with (modulus 2, remainder 0);"
      "create table acme.m1 partition of acme.m for values with (modulus 2, remainder 1);"
      "insert into acme.m select g from generate_series(1, 1000) g");
  bench.options().backfill.first_batch = 50;
  plan::Step step = backfill("0001", 1, "m", "phone", "'p' || id", "phone is null");
  if (!keyed) {
    std::get<plan::BackfillBody>(step.body).key.clear();
  }
  TenantWork work = bench.work("acme", {{step}});
  CHECK(bench.run(work).why == "");
  CHECK(bench.db().ask("select count(*) from acme.m where phone = 'p' || id") == "1000");
  CHECK(bench.db().ask("select rows from lockstep.step") == "1000");
}

TEST_CASE("a DELETE in batches takes only what its WHERE says") {
  Bench bench(rows(1000));
  bench.options().backfill.first_batch = 64;
  plan::BackfillBody body;
  body.table = in_tenant("users");
  body.is_delete = true;
  body.predicate = "users.id % 3 = 0 -- every third";
  body.key = {"id"};
  body.key_types = {"bigint"};
  TenantWork work = bench.work("acme", {{step_of("0001", 1, body)}});
  CHECK(bench.run(work).why == "");
  CHECK(bench.db().ask("select count(*) from acme.users") == "667");
  CHECK(bench.db().ask("select rows from lockstep.step") == "333");
}

TEST_CASE("an empty table is done at once") {
  Bench bench(rows(0));
  TenantWork work = bench.work("acme", {{fill_phone()}});
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged");
}

TEST_CASE("a stop between batches loses nothing, and the next run changes only what is left") {
  Bench bench(rows(1000));
  bench.options().backfill.first_batch = 100;
  bench.options().backfill.max_batch = 100;
  bench.options().backfill.max_rows_per_second = 1000;
  std::stop_source finish;
  bench.clock().on_sleep([&] {
    if (bench.clock().sleeps().size() == 3) {
      finish.request_stop();
    }
  });
  TenantWork work = bench.work("acme", {{fill_phone()}});
  const TenantResult stopped = bench.run(work, {finish.get_token(), {}}, bench.worker());
  CHECK(stopped.outcome == TenantOutcome::kInterrupted);
  CHECK(stopped.step == "0001.1");
  CHECK(left(bench) == "700");
  CHECK(bench.steps_of("acme") == "0001.1 running 1 staged");

  bench.clock().on_sleep({});
  bench.db().execute(
      "create table acme.seen (id bigint); create function acme.see() returns trigger language"
      " plpgsql as $$ begin insert into acme.seen values (new.id); return new; end $$;"
      "create trigger see before update on acme.users for each row execute function acme.see()");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(bench.db().ask("select count(*) || ' ' || min(id) from acme.seen") == "700 301");
  CHECK(bench.db().ask("select rows from lockstep.step") == "1000");
  // 100 rows at 1,000 a second are 100 ms each, whatever the batch itself took on a clock that
  // stands still.
  CHECK(bench.clock().sleeps().front() == std::chrono::milliseconds(100));
}

TEST_CASE("rows that the application writes meanwhile are swept") {
  Bench bench(rows(300));
  bench.options().backfill.first_batch = 100;
  bench.options().backfill.max_batch = 100;
  bench.options().backfill.max_rows_per_second = 1000;
  bench.clock().on_sleep([&] {
    const std::size_t times = bench.clock().sleeps().size();
    if (times <= 3) {  // behind the cursor, and behind the bound
      bench.db().execute("insert into acme.users (id, name) values (" +
                         std::to_string(-static_cast<int>(times)) + ", 'late'), (" +
                         std::to_string(1000 + times) + ", 'late')");
    }
  });
  TenantWork work = bench.work("acme", {{fill_phone()}});
  CHECK(bench.run(work).why == "");
  CHECK(left(bench) == "0");
  CHECK(bench.db().ask("select pass > 0 from lockstep.checkpoint") == "t");
}

TEST_CASE("rows that the application holds while their batch comes are changed all the same") {
  const bool keyed = GENERATE(true, false);
  Bench bench(
      "create schema acme; create table acme.acc (id bigint primary key, bal int default 1, seen "
      "int);"
      "insert into acme.acc select g from generate_series(1, 100) g");
  plan::Step step = backfill("0001", 1, "acc", "bal", "bal * 100", keyed ? "" : "bal < 100");
  auto& body = std::get<plan::BackfillBody>(step.body);
  if (keyed) {
    body.key_grows = true;  // nothing tells changed rows from others: no sweep would find them
  } else {
    body.key.clear();
  }
  const auto application = bench.db().connect();
  application->execute("begin");
  application->execute("update acme.acc set seen = 1 where id in (17, 50)");
  std::jthread commits([&] {
    while (bench.db().ask("select count(*) from pg_locks where not granted") == "0") {
    }
    application->execute("commit");
  });
  TenantWork work = bench.work("acme", {{step}});
  CHECK(bench.run(work).why == "");
  CHECK(bench.db().ask("select count(*) from acme.acc where bal <> 100") == "0");
  CHECK(bench.db().ask("select count(*) from acme.acc where seen = 1") == "2");
  CHECK(bench.db().ask("select rows from lockstep.step") == "100");
  CHECK(bench.db().ask("select pass from lockstep.checkpoint") == "0");
}

TEST_CASE("where the application and a batch wait for each other, the batch gives up first") {
  // At row 50 the batch waits until the application waits for it; then it comes to row 90.
  Bench bench(rows(100) +
              "; create table acme.switch (on_ bool); insert into acme.switch values (true);"
              "create function acme.meet() returns trigger language plpgsql as $$ begin"
              " if new.id = 50 and exists (select from acme.switch where on_) then"
              " perform pg_advisory_xact_lock(7);"
              " while not exists (select from pg_locks where not granted) loop"
              " perform pg_sleep(0.005); end loop; end if; return new; end $$;"
              "create trigger meet before update of phone on acme.users for each row"
              " execute function acme.meet()");
  const auto application = bench.db().connect();
  application->execute("begin");
  application->execute("update acme.users set name = 'mine' where id = 90");
  std::string error;
  {
    std::jthread other([&] {
      while (
          bench.db().ask("select count(*) from pg_locks where locktype = 'advisory' and objid = 7"
                         " and granted") == "0") {
      }
      try {
        application->execute("update acme.users set name = 'mine' where id = 10");
        application->execute("update acme.switch set on_ = false");
        application->execute("commit");
      } catch (const database::DatabaseError& failure) {
        error = failure.what();
      }
    });
    TenantWork work = bench.work("acme", {{fill_phone()}});
    CHECK(bench.run(work).outcome == TenantOutcome::kBusy);
  }
  CHECK(error == "");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run_to_the_end(again).outcome == TenantOutcome::kDone);
  CHECK(left(bench) == "0");
  CHECK(bench.db().ask("select count(*) from acme.users where name = 'mine'") == "2");
}

TEST_CASE("a batch that takes far too long is halved") {
  Bench bench(rows(60) +
              "; create function acme.doze() returns trigger language plpgsql as $$ begin"
              " perform pg_sleep(0.02); return new; end $$;"
              "create trigger doze before update on acme.users for each row execute function"
              " acme.doze()");
  TenantWork work = bench.work("acme", {{fill_phone()}});
  CHECK(bench.run(work).why == "");
  CHECK(left(bench) == "0");
  const auto progress = bench.events().of<execution::event::StepProgress>();
  REQUIRE(progress.size() > 2);
  CHECK(progress.front().batch == 0);
  CHECK(bench.db().ask("select rows from lockstep.step") == "60");
}

TEST_CASE("after a row that was held, the backfill goes on with the smaller batch") {
  Bench bench(rows(3000));
  const auto application = bench.db().connect();
  application->execute("begin");
  application->execute("update acme.users set name = 'held' where id = 1");
  TenantWork work = bench.work("acme", {{fill_phone()}});
  REQUIRE(bench.run(work).outcome == TenantOutcome::kBusy);
  application->execute("commit");
  CHECK(bench.run(work).outcome == TenantOutcome::kDone);
  CHECK(bench.events().of<execution::event::StepProgress>().front().batch ==
        bench.options().backfill.first_batch / 2);
  CHECK(left(bench) == "0");
}

TEST_CASE("a table that is walked by its blocks and rewritten meanwhile is walked anew, once") {
  const bool partitioned = GENERATE(false, true);
  Bench bench(std::string("create schema acme; create table acme.log (line text, seen bool)") +
              (partitioned ? " partition by list (line); create table acme.log_1 partition of"
                             " acme.log default"
                           : "") +
              "; insert into acme.log select repeat('x', 500) from generate_series(1, 5000)");
  bench.options().backfill.max_rows_per_second = 1;
  const auto one_batch = [&](TenantWork work) {
    std::stop_source finish;
    bench.clock().on_sleep([&] { finish.request_stop(); });
    CHECK(bench.run(work, {finish.get_token(), {}}, bench.worker()).outcome ==
          TenantOutcome::kInterrupted);
    bench.clock().on_sleep({});
    return bench.db().ask("select relfilenode || ' ' || (cursor ->> 0) from lockstep.checkpoint");
  };
  const std::string before = one_batch(
      bench.work("acme", {{backfill("0001", 1, "log", "seen", "true", "seen is null", {}, {})}}));
  bench.db().execute(partitioned ? "vacuum full acme.log_1" : "vacuum full acme.log");
  const std::string after = one_batch(bench.resumed("acme"));
  CHECK(after.substr(0, after.find(' ')) != before.substr(0, before.find(' ')));
  const std::string next = one_batch(bench.resumed("acme"));
  CHECK(next.substr(0, next.find(' ')) == after.substr(0, after.find(' ')));
  CHECK(std::stoi(next.substr(next.find(' '))) > std::stoi(after.substr(after.find(' '))));

  bench.options().backfill.max_rows_per_second = 0;
  TenantWork rest = bench.resumed("acme");
  CHECK(bench.run(rest).outcome == TenantOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from acme.log where seen") == "5000");
}

TEST_CASE("an application that always writes old rows is not swept after for ever") {
  Bench bench(
      rows(10) +
      "; create function acme.undo() returns trigger language plpgsql as"
      " $$ begin if new.id = 5 then new.phone := null; end if; return new; end $$;"
      "create trigger undo before update on acme.users for each row execute function acme.undo()");
  plan::CheckBody none_left;
  none_left.query = "select id::text from ${schema}.users where phone is null";
  none_left.failure = "users.phone has NULLs";
  none_left.sqlstate = "23502";
  TenantWork work = bench.work("acme", {{fill_phone(), step_of("0001", 2, none_left)}});
  const TenantResult result = bench.run(work);
  CHECK(bench.steps_of("acme") == "0001.1 done 2 staged, 0001.2 failed 1 staged");
  CHECK(bench.db().ask("select pass from lockstep.checkpoint") == "3");
  const auto notices = bench.events().of<execution::event::Notice>();
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices.front().text, Catch::Matchers::ContainsSubstring("1 rows need the change"));
  // What needs all of them is what says so.
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.step == "0001.2");
  CHECK(result.failure.sqlstate == "23502");
}

TEST_CASE("a row that cannot be changed is found and named, and the rows before it are kept") {
  Bench bench(rows(5000) +
              "; update acme.users set name = 'poison' where id = 1234;"
              "alter table acme.users add check (phone <> 'poison!')");
  TenantWork work = bench.work("acme", {{fill_phone()}});
  const TenantResult result = bench.run(work);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == "23514");
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("id = 1234"));
  CHECK(bench.db().ask("select count(*) from acme.users where phone is not null and id < 1234") ==
        "1233");

  bench.db().execute("update acme.users set name = 'mended' where id = 1234");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(left(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") == "5000");
}

TEST_CASE("throttles put the backfill aside, and it goes on when they end") {
  Bench bench(rows(500) +
              "; create table acme.switch (on_ bool); insert into acme.switch values (true)");
  bench.options().backfill.pause_when = "select on_ from acme.switch";
  TenantWork work = bench.work("acme", {{fill_phone()}});
  const TenantResult paused = bench.run(work);
  CHECK(paused.outcome == TenantOutcome::kPaused);
  CHECK(paused.retry_in.has_value());
  CHECK(left(bench) == "500");

  SECTION("it ends") {
    bench.db().execute("update acme.switch set on_ = false");
    CHECK(bench.run_to_the_end(work).outcome == TenantOutcome::kDone);
    CHECK(left(bench) == "0");
  }
  SECTION("it does not") {
    const TenantResult result = bench.run_to_the_end(work);
    CHECK(result.outcome == TenantOutcome::kPaused);
    CHECK_FALSE(result.retry_in.has_value());
  }
}

TEST_CASE("patience begins anew whenever a batch has passed") {
  Bench bench(rows(500) +
              "; create table acme.switch (on_ bool); insert into acme.switch values (true)");
  bench.options().backfill.pause_when = "select on_ from acme.switch";
  bench.options().backfill.first_batch = 100;
  bench.options().backfill.max_rows_per_second = 100;
  TenantWork work = bench.work("acme", {{fill_phone()}});
  REQUIRE(bench.run(work).retry_in.has_value());
  bench.db().execute("update acme.switch set on_ = false");
  bench.clock().advance(bench.options().locks.give_up_after);
  bench.clock().on_sleep([&] { bench.db().execute("update acme.switch set on_ = true"); });
  const TenantResult again = bench.run(work);
  CHECK(again.outcome == TenantOutcome::kPaused);
  CHECK(again.retry_in.has_value());
  CHECK(left(bench) == "400");
}

TEST_CASE("a throttle that the role cannot measure is refused, not forgotten") {
  Bench bench(rows(10) +
              "; create role r_blind_worker; grant all on schema acme to r_blind_worker;"
              "grant all on acme.users to r_blind_worker");
  bench.options().backfill.max_active_sessions = 5;
  bench.db().execute(
      "grant all on schema lockstep to r_blind_worker;"
      "grant all on all tables in schema lockstep to r_blind_worker");
  const auto worker = bench.worker();
  worker->execute("set role r_blind_worker");
  TenantWork work = bench.work("acme", {{fill_phone()}});
  const TenantResult result = bench.run(work, {}, worker);
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK_THAT(result.failure.hint, Catch::Matchers::ContainsSubstring("pg_read_all_stats"));
  CHECK(left(bench) == "10");

  bench.db().execute("grant pg_read_all_stats to r_blind_worker");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again, {}, worker).outcome == TenantOutcome::kDone);
  CHECK(left(bench) == "0");
  worker->execute("reset role");
  bench.db().execute("drop owned by r_blind_worker cascade; drop role r_blind_worker");
}

TEST_CASE("row level security ends a backfill rather than hide rows from it") {
  Bench bench(rows(10) +
              "; create role r_backfill_owner; create role r_backfill_worker;"
              "grant all on schema acme to r_backfill_worker; grant all on acme.users to"
              " r_backfill_worker; alter table acme.users enable row level security;"
              "create policy p on acme.users using (id < 5)");
  TenantWork work = bench.work("acme", {{fill_phone()}});
  bench.db().execute(
      "grant all on schema lockstep to r_backfill_worker;"
      "grant all on all tables in schema lockstep to r_backfill_worker");
  const auto worker = bench.worker();
  worker->execute("set role r_backfill_worker");
  const TenantResult result = bench.run(work, {}, worker);
  CHECK_THAT(result.why, Catch::Matchers::ContainsSubstring("row-level security"));
  CHECK(result.failure.sqlstate == "42501");
  CHECK(left(bench) == "10");
  bench.db().execute(
      "drop owned by r_backfill_worker cascade; drop role r_backfill_worker, r_backfill_owner");
}

}  // namespace
}  // namespace lockstep::test
