#include "transaction_scan.h"

#include "tests/support/catch.h"

namespace lockstep::postgres {

TEST_CASE("words of transaction control count at the start of a statement only") {
  const auto whole = scan_transactions("BEGIN; ALTER TABLE t ADD c int; COMMIT", false);
  CHECK(whole.begins);
  CHECK(whole.commits);
  CHECK_FALSE(whole.open_after);

  const auto text = scan_transactions(
      "SELECT 'x; COMMIT', E'it\\'s; COMMIT', \"; commit\", $a$; COMMIT $b$ $a$ -- ; COMMIT\n"
      "/* ; COMMIT /* nested */ ; COMMIT */ AS begin",
      false);
  CHECK_FALSE(text.begins);
  CHECK_FALSE(text.commits);
  CHECK(text.only_reads);
}

TEST_CASE("it knows whether a transaction stays open") {
  CHECK(scan_transactions("begin isolation level read committed; select 1", false).open_after);
  CHECK(scan_transactions("start transaction", false).open_after);
  CHECK(scan_transactions("insert into t values (1)", true).open_after);
  CHECK(scan_transactions("rollback to savepoint a", true).open_after);
  CHECK(scan_transactions("rollback work to a", true).open_after);
  CHECK_FALSE(scan_transactions("rollback", true).open_after);
  CHECK_FALSE(scan_transactions("abort", true).open_after);
  CHECK_FALSE(scan_transactions("end", true).open_after);
  CHECK_FALSE(scan_transactions("prepare transaction 'x'", true).open_after);
  CHECK(scan_transactions("prepare p as select 1", true).open_after);
}

TEST_CASE("the END of a function's body ends no transaction") {
  const auto scan = scan_transactions(
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; "
      "END; INSERT INTO t VALUES (1)",
      true);
  CHECK_FALSE(scan.commits);
  CHECK(scan.open_after);
}

TEST_CASE("what may have been made permanent when the answer is lost") {
  const auto may_commit = [](std::string_view sql, bool open) {
    return scan_transactions(sql, open).may_commit(open);
  };
  CHECK(may_commit("BEGIN; DELETE FROM t; COMMIT", false));
  CHECK(may_commit("COMMIT", true));
  CHECK(may_commit("DELETE FROM t", false));
  CHECK(may_commit("CREATE INDEX CONCURRENTLY i ON t (a)", false));
  CHECK_FALSE(may_commit("DELETE FROM t", true));
  CHECK_FALSE(may_commit("BEGIN; DELETE FROM t", false));
  CHECK_FALSE(may_commit("SELECT pg_sleep(1)", false));
  CHECK_FALSE(may_commit("SET search_path = a; SHOW search_path", false));
}

TEST_CASE("broken text is read to its end") {
  for (const auto* text : {"SELECT 'open", "SELECT $a$ open", "/* open", "SELECT E'\\", "$", "$1",
                           "SELECT $1$ COMMIT", "\"", ""}) {
    CHECK_FALSE(scan_transactions(text, false).commits);
  }
}

}  // namespace lockstep::postgres
