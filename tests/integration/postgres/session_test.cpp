#include "lockstep/database/session.h"

#include <atomic>
#include <thread>

#include "lockstep/core/error.h"
#include "lockstep/postgres/database.h"
#include "tests/support/catch.h"
#include "tests/support/pg_cluster.h"

namespace lockstep::test {

using database::DatabaseError;
using Kind = DatabaseError::Kind;

namespace {

/// The error that this raises; fails the test if it raises none.
template <typename Action>
DatabaseError error_of(const Action& action) {
  try {
    action();
  } catch (const DatabaseError& error) {
    return error;
  }
  FAIL("no error");
  throw std::logic_error("not reached");
}

DatabaseError error_of(database::Session& session, std::string_view sql) {
  return error_of([&] { session.execute(sql); });
}

void terminate(TestDatabase& db, int pid) {
  CHECK(db.ask("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 10000)") == "t");
}

}  // namespace

TEST_CASE("a result has columns, rows, NULLs and a count") {
  TestDatabase db("CREATE TABLE t (a int, b text)");
  const auto session = db.connect();
  CHECK(session->execute("INSERT INTO t VALUES (1, NULL), (2, ''), (3, 'é')").affected == 3);
  const auto result = session->execute("SELECT a, b FROM t ORDER BY a");
  CHECK(result.columns == std::vector<std::string>{"a", "b"});
  REQUIRE(result.rows.size() == 3);
  CHECK_FALSE(result.rows[0][1]);
  CHECK(result.rows[1][1] == "");
  CHECK(result.at(2, 1) == "é");
  CHECK(session->execute("UPDATE t SET b = 'x' WHERE a < 3").affected == 2);
  CHECK(session->execute("SELECT 1 WHERE false").empty());
}

TEST_CASE("parameters are text, and may be NULL") {
  TestDatabase db;
  const auto session = db.connect();
  const auto result = session->execute("SELECT $1::int + 1, $2, $3::text IS NULL, $4",
                                       {"41", "it's \"x\" \\", std::nullopt, ""});
  CHECK(result.at(0, 0) == "42");
  CHECK(result.at(0, 1) == "it's \"x\" \\");
  CHECK(result.at(0, 2) == "t");
  CHECK(result.at(0, 3).empty());
}

TEST_CASE("one message holds a whole transaction") {
  TestDatabase db("CREATE TABLE t (a int)");
  const auto session = db.connect();
  session->execute("BEGIN; INSERT INTO t VALUES (1); SET LOCAL lock_timeout = '1s'; COMMIT");
  CHECK(db.ask("SELECT count(*) FROM t") == "1");
  CHECK(session->execute("INSERT INTO t VALUES (2); SELECT count(*) FROM t").at(0, 0) == "2");
  CHECK(session->execute("SHOW lock_timeout").at(0, 0) == "0");

  SECTION("without BEGIN the statements of a message are one transaction") {
    CHECK(error_of(*session, "INSERT INTO t VALUES (3); SELECT 1/0").is("22012"));
    CHECK(db.ask("SELECT count(*) FROM t") == "2");
  }
  SECTION("an error inside BEGIN leaves no transaction behind") {
    CHECK(error_of(*session, "BEGIN; INSERT INTO t VALUES (3); SELECT 1/0; COMMIT").is("22012"));
    CHECK(session->execute("SELECT count(*) FROM t").at(0, 0) == "2");
  }
  SECTION("neither where BEGIN was a message of its own") {
    session->execute("BEGIN");
    session->execute("INSERT INTO t VALUES (3)");
    CHECK(error_of(*session, "SELECT 1/0").is("22012"));
    CHECK(session->execute("SELECT count(*) FROM t").at(0, 0) == "2");
  }
  SECTION("nor where the error came with COMMIT") {
    session->execute("CREATE TABLE u (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    CHECK(error_of(*session, "BEGIN; INSERT INTO u VALUES (1), (1); COMMIT").is("23505"));
    CHECK(session->take_notices().empty());
    CHECK(session->execute("SELECT count(*) FROM u").at(0, 0) == "0");
  }
}

TEST_CASE("the server's errors keep their code, detail and hint") {
  TestDatabase db("CREATE TABLE t (a int PRIMARY KEY, b text)");
  const auto session = db.connect();
  session->execute("INSERT INTO t VALUES (1)");
  const auto duplicate = error_of(*session, "INSERT INTO t VALUES (1)");
  CHECK(duplicate.kind() == Kind::kServer);
  CHECK(duplicate.sqlstate() == "23505");
  CHECK(std::string(duplicate.what()) ==
        "duplicate key value violates unique constraint \"t_pkey\"");
  CHECK(duplicate.detail() == "Key (a)=(1) already exists.");

  const auto unknown = error_of(*session, "SELECT c FROM t");
  CHECK(unknown.sqlstate() == "42703");
  CHECK(std::string(unknown.what()) == "column \"c\" does not exist");

  const auto raised = error_of(*session, R"(DO $$ BEGIN RAISE EXCEPTION 'no' USING
      ERRCODE = 'LS001', DETAIL = 'in' || chr(10) || 'two lines', HINT = 'wait'; END $$)");
  CHECK(raised.sqlstate() == "LS001");
  CHECK(std::string(raised.what()) == "no");
  CHECK_THAT(raised.detail(), Catch::Matchers::StartsWith("in\ntwo lines\nPL/pgSQL function"));
  CHECK(raised.hint() == "wait");

  CHECK(error_of([&] { session->execute("SELECT $1::int", {"x"}); }).is("22P02"));
}

TEST_CASE("every SQLSTATE is told, and a server's error does not end the session") {
  TestDatabase db;
  const auto session = db.connect();
  // 08006 is told as the head of its class: the driver takes it for our own connection's end.
  for (const std::string state :
       {"0A000", "22012", "23503", "25006", "28000", "2BP01", "3F000", "40000", "40001",
        "40003", "40P01", "42501", "42601", "42703", "42P01", "53100", "53200", "53300",
        "55006", "55P03", "57014", "57P03", "58030", "P0001", "XX000", "LS001", "08006"}) {
    CAPTURE(state);
    const auto error = error_of(*session, "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '" + state +
                                              "' USING MESSAGE = 'm', HINT = 'h'; END $$");
    CHECK(error.kind() == Kind::kServer);
    CHECK(error.sqlstate() == (state == "08006" ? "08000" : state));
    CHECK(std::string(error.what()) == "m");
    CHECK(error.hint() == "h");
    CHECK(session->alive());
  }
}

TEST_CASE("lock timeouts and serialization failures have their codes") {
  TestDatabase db("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  const auto one = db.connect();
  const auto two = db.connect();
  one->execute("BEGIN; LOCK TABLE t");
  const auto timeout =
      error_of(*two, "BEGIN; SET LOCAL lock_timeout = '10ms'; LOCK TABLE t; COMMIT");
  CHECK(timeout.sqlstate() == "55P03");
  CHECK(timeout.is_transient());
  one->execute("COMMIT");

  one->execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t");
  two->execute("UPDATE t SET a = 2");
  CHECK(error_of(*one, "UPDATE t SET a = 3").sqlstate() == "40001");
}

TEST_CASE("the victim of a deadlock hears of it") {
  TestDatabase db("CREATE TABLE a (x int); CREATE TABLE b (x int)");
  const auto one = db.connect();
  const auto two = db.connect();
  one->execute("SET deadlock_timeout = '10s'; BEGIN; LOCK TABLE a");
  two->execute("SET deadlock_timeout = '10ms'; BEGIN; LOCK TABLE b");
  std::jthread waits([&] { one->execute("LOCK TABLE b"); });
  while (db.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
  }
  const auto victim = error_of(*two, "LOCK TABLE a");
  CHECK(victim.kind() == Kind::kServer);
  CHECK(victim.sqlstate() == "40P01");
  CHECK(victim.is_transient());
}

TEST_CASE("a lost backend ends the session for good") {
  TestDatabase db;
  const auto session = db.connect();
  CHECK(session->alive());
  CHECK(session->execute("SELECT pg_backend_pid()").at(0, 0) ==
        std::to_string(session->backend_pid()));

  SECTION("between two statements") {
    terminate(db, session->backend_pid());
    CHECK(error_of(*session, "SELECT 1").kind() == Kind::kConnectionLost);
  }
  SECTION("in the middle of one") {
    Kind kind = Kind::kServer;
    std::jthread waits([&] { kind = error_of(*session, "SELECT pg_sleep(60)").kind(); });
    while (db.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND "
                  "wait_event = 'PgSleep'") == "0") {
    }
    terminate(db, session->backend_pid());
    waits.join();
    CHECK(kind == Kind::kConnectionLost);
  }
  CHECK_FALSE(session->alive());
  // It must not come back as another backend, without its locks and settings.
  CHECK(error_of(*session, "SELECT 1").kind() == Kind::kConnectionLost);
  CHECK_THROWS_AS(session->execute("SELECT 1", {}), DatabaseError);
  CHECK_FALSE(session->alive());
}

TEST_CASE("whether a commit happened is not known when its answer is lost") {
  TestDatabase db("CREATE TABLE t (a int)");
  const auto session = db.connect();
  SECTION("a whole transaction in one message") {
    terminate(db, session->backend_pid());
    CHECK(error_of(*session, "BEGIN; INSERT INTO t VALUES (1); COMMIT").kind() ==
          Kind::kCommitUnknown);
  }
  SECTION("a statement that commits by itself") {
    terminate(db, session->backend_pid());
    CHECK(error_of(*session, "INSERT INTO t VALUES (1)").kind() == Kind::kCommitUnknown);
  }
  SECTION("inside an open transaction it is known") {
    session->execute("BEGIN");
    terminate(db, session->backend_pid());
    CHECK(error_of(*session, "INSERT INTO t VALUES (1)").kind() == Kind::kConnectionLost);
  }
  CHECK_FALSE(session->alive());
}

TEST_CASE("cancel hits the statement it means, and no other") {
  TestDatabase db;
  const auto session = db.connect();
  const auto first = session->statement_number();
  session->execute("SELECT 1");
  CHECK(session->statement_number() == first + 1);
  session->cancel(session->statement_number());
  session->cancel(session->statement_number() + 1);
  CHECK(session->execute("SELECT 2").at(0, 0) == "2");

  const auto next = session->statement_number() + 1;
  std::jthread canceller([&] {
    while (db.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "0") {
    }
    session->cancel(next - 1);
    session->cancel(next);
  });
  CHECK(error_of(*session, "SELECT pg_sleep(60)").sqlstate() == "57014");
  canceller.join();
  CHECK(session->execute("SELECT 3").at(0, 0) == "3");
}

TEST_CASE("cancelling one statement many times never hits the next") {
  TestDatabase db;
  const auto session = db.connect();
  std::atomic<std::size_t> target{0};
  std::jthread canceller([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) session->cancel(target.load());
  });
  for (int i = 0; i < 200; ++i) {
    target = session->statement_number() + 1;
    try {
      session->execute("SELECT pg_sleep(0.001)");
    } catch (const DatabaseError& error) {
      CHECK(error.is("57014"));
    }
    CHECK_NOTHROW(session->execute("SELECT 1"));
  }
}

TEST_CASE("notices are collected until they are taken") {
  TestDatabase db;
  const auto session = db.connect();
  CHECK(session->take_notices().empty());
  session->execute("DROP TABLE IF EXISTS nothing");
  session->execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$");
  const auto notices = session->take_notices();
  REQUIRE(notices.size() == 2);
  CHECK(notices[0] == "NOTICE:  table \"nothing\" does not exist, skipping");
  CHECK_THAT(notices[1], Catch::Matchers::StartsWith("WARNING:  careful"));
  CHECK(session->take_notices().empty());
}

TEST_CASE("a password shows in no notice") {
  TestDatabase db;
  const auto session =
      postgres::open_database({db.connection_string() + " password=sesame", {}})->connect({});
  session->execute("DO $$ BEGIN RAISE WARNING 'open sesame'; END $$");
  const auto notices = session->take_notices();
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices[0], Catch::Matchers::StartsWith("WARNING:  open ***"));
}

TEST_CASE("names and texts are quoted by the driver") {
  TestDatabase db;
  const auto session = db.connect();
  for (const std::string text : {"plain", "it's", "a\"b", "back\\slash", "é ü", "Select", ""}) {
    CHECK(session->execute("SELECT " + session->quote_literal(text)).at(0, 0) == text);
    if (text.empty()) continue;
    const auto result = session->execute("SELECT 1 AS " + session->quote_identifier(text));
    CHECK(result.columns.front() == text);
  }
}

TEST_CASE("what the server could not read is not sent, and costs no session") {
  TestDatabase db;
  const auto session = db.connect();
  CHECK(error_of(*session, std::string_view("SELECT 1\0; DROP TABLE t", 24)).is("22021"));
  const auto error = error_of([&] { static_cast<void>(session->quote_literal("half a \xc3")); });
  CHECK(error.kind() == Kind::kServer);
  CHECK(error.is("22021"));
  CHECK(session->execute("SELECT 1").at(0, 0) == "1");
}

TEST_CASE("a session has known settings, and the user's time zone") {
  TestDatabase db;
  db.execute("ALTER DATABASE " + db.name() + " SET row_security = on; ALTER DATABASE " + db.name() +
             " SET default_transaction_isolation = 'serializable'; ALTER DATABASE " + db.name() +
             " SET standard_conforming_strings = off; ALTER DATABASE " + db.name() +
             " SET timezone = 'Asia/Kathmandu'");
  const auto session = db.connect({"lockstep 0007.1 it's", std::chrono::milliseconds(250)});
  const auto show = [&](const std::string& name) {
    return session->execute("SHOW " + name).at(0, 0);
  };
  CHECK(show("row_security") == "off");
  CHECK(show("transaction_isolation") == "read committed");
  CHECK(show("standard_conforming_strings") == "on");
  CHECK(show("client_encoding") == "UTF8");
  CHECK(show("application_name") == "lockstep 0007.1 it's");
  CHECK(show("client_connection_check_interval") == "250ms");
  CHECK(show("timezone") == "Asia/Kathmandu");
}

TEST_CASE("the role is set, or said to be missing") {
  TestDatabase db;
  db.execute("DROP ROLE IF EXISTS \"App Owner\"; CREATE ROLE \"App Owner\"");
  const auto session = postgres::open_database({db.connection_string(), "App Owner"})->connect({});
  CHECK(session->execute("SELECT current_user").at(0, 0) == "App Owner");

  const auto missing = postgres::open_database({db.connection_string(), "nobody here"});
  const auto error = error_of([&] { missing->connect({}); });
  CHECK(error.kind() == Kind::kCannotConnect);
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("nobody here"));
  db.execute("DROP ROLE \"App Owner\"");
}

TEST_CASE("a read-only database is refused with the reason") {
  TestDatabase db;
  db.execute("ALTER DATABASE " + db.name() + " SET default_transaction_read_only = on");
  const auto first = postgres::open_database({db.connection_string(), {}});
  CHECK_THROWS_WITH(first->connect({}), Catch::Matchers::ContainsSubstring("read-only"));
  CHECK_THROWS_AS(first->connect({}), core::Refused);

  // Whoever was connected before is in the middle of a failover.
  const auto again = error_of([&] { db.connect(); });
  CHECK(again.kind() == Kind::kCannotConnect);
  CHECK(again.is_transient());
}

TEST_CASE("a server that cannot be reached is an error that names it") {
  const auto nowhere = postgres::open_database(
      {"host=" + shared_cluster().socket_folder().string() + " port=1 user=u dbname=d", {}});
  const auto error = error_of([&] { nowhere->connect({}); });
  CHECK(error.kind() == Kind::kCannotConnect);
  CHECK_THAT(error.what(), Catch::Matchers::StartsWith("cannot connect to d on "));
}

}  // namespace lockstep::test
