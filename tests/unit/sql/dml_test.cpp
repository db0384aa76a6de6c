#include "parsing.h"

using namespace lockstep::sql;

TEST_CASE("a whole-table update") {
  const auto update = parse_one<Update>("UPDATE users SET email = lower(email)");
  CHECK(update.table == QualifiedName{"", "users"});
  REQUIRE(update.assignments.size() == 1);
  CHECK(update.assignments[0].column == "email");
  CHECK(update.assignments[0].value.text == "lower(email)");
  CHECK(update.assignments[0].value.columns == std::vector<std::string>{"email"});
  CHECK_FALSE(update.where.has_value());
  CHECK(update.reads.empty());
}

TEST_CASE("an update with everything") {
  const auto update = parse_one<Update>(R"(
    WITH old AS (SELECT * FROM archive), older AS (SELECT * FROM old)
    UPDATE ONLY s.users AS u SET a = b IS NOT DISTINCT FROM c, "from" = DEFAULT,
      d = (SELECT x FROM z, old WHERE z.i = u.i), e = t.from
    FROM t WHERE u.i = t.i AND EXISTS (SELECT 1 FROM s.users) RETURNING a)");
  CHECK(update.table == QualifiedName{"s", "users"});
  CHECK(update.alias == "u");
  CHECK(update.only);
  CHECK(update.has_from);
  CHECK(update.has_with);
  CHECK(update.has_returning);
  CHECK_FALSE(update.multi_assignment);
  REQUIRE(update.assignments.size() == 4);
  CHECK(update.assignments[0].value.text == "b IS NOT DISTINCT FROM c");
  CHECK(update.assignments[1].column == "from");
  CHECK(update.assignments[1].value.is_default_keyword);
  CHECK(update.assignments[1].value.text == "DEFAULT");
  CHECK(update.assignments[2].value.text == "(SELECT x FROM z, old WHERE z.i = u.i)");
  CHECK(update.assignments[3].value.text == "t.from");
  CHECK(update.where->text == "u.i = t.i AND EXISTS (SELECT 1 FROM s.users)");
  CHECK(update.where->relations == std::vector{QualifiedName{"s", "users"}});
  CHECK(update.reads == std::vector{QualifiedName{"", "archive"}, QualifiedName{"", "z"},
                                    QualifiedName{"", "t"}, QualifiedName{"s", "users"}});
}

TEST_CASE("assignments that are no whole columns") {
  const auto rows = parse_one<Update>("UPDATE t SET (a, b) = (SELECT 1, 2), c = 3 WHERE d");
  CHECK(rows.multi_assignment);
  REQUIRE(rows.assignments.size() == 3);
  CHECK(rows.assignments[1].column == "b");
  CHECK(rows.assignments[2].value.text == "3");
  CHECK(parse_one<Update>("UPDATE t SET a[1] = 2").multi_assignment);
}

TEST_CASE("deletes") {
  const auto all = parse_one<Delete>("DELETE FROM t");
  CHECK_FALSE(all.where.has_value());
  const auto some = parse_one<Delete>(
      "DELETE FROM ONLY s.t x USING u, v WHERE x.a = u.a OR x.b IS NOT DISTINCT FROM 1 RETURNING "
      "*");
  CHECK(some.table == QualifiedName{"s", "t"});
  CHECK(some.alias == "x");
  CHECK(some.only);
  CHECK(some.has_using);
  CHECK(some.has_returning);
  CHECK(some.where->text == "x.a = u.a OR x.b IS NOT DISTINCT FROM 1");
  CHECK(some.reads == std::vector{QualifiedName{"", "u"}, QualifiedName{"", "v"}});
}

TEST_CASE("inserts") {
  const auto values =
      parse_one<Insert>("INSERT INTO t (a, b) VALUES (1, f(2)), (3, 4) ON CONFLICT DO NOTHING");
  CHECK(values.columns == std::vector<std::string>{"a", "b"});
  CHECK(values.from_values);
  CHECK(values.value_rows == 2);
  CHECK(values.on_conflict);
  CHECK(values.functions == std::vector{QualifiedName{"", "f"}});
  CHECK(parse_one<Insert>("INSERT INTO t DEFAULT VALUES").value_rows == 1);

  const auto query = parse_one<Insert>("INSERT INTO t SELECT * FROM u RETURNING a");
  CHECK_FALSE(query.from_values);
  CHECK(query.has_returning);
  CHECK(query.reads == std::vector{QualifiedName{"", "u"}});
}

TEST_CASE("common table expressions hide tables only where they are seen") {
  const auto reads = [](std::string_view text) { return parse_one<OpaqueCode>(text).reads; };
  const QualifiedName t{"", "t"};
  CHECK(reads("WITH t AS (SELECT 1) SELECT * FROM t").empty());
  CHECK(reads("WITH t AS (SELECT * FROM t) SELECT * FROM t") == std::vector{t});
  CHECK(reads("WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t").empty());
  CHECK(reads("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) x, t") == std::vector{t});
  CHECK(reads("WITH t AS (SELECT 1) SELECT * FROM s.t") == std::vector{QualifiedName{"s", "t"}});
  CHECK(reads("SELECT * FROM t AS a FOR UPDATE OF a") == std::vector{t});
}
