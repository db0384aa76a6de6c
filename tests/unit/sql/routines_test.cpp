#include "parsing.h"

using namespace lockstep::sql;

TEST_CASE("a function") {
  const auto function = parse_one<CreateFunction>(R"(
    CREATE OR REPLACE FUNCTION s.total(a integer, OUT b text, c numeric(3, 1) DEFAULT f(1, 2),
                                       VARIADIC d text[] = '{}')
    RETURNS SETOF s.invoice STABLE LANGUAGE plpgsql AS $body$ BEGIN; SELECT 1; END $body$)");
  CHECK(function.name == QualifiedName{"s", "total"});
  CHECK(function.or_replace);
  CHECK_FALSE(function.procedure);
  REQUIRE(function.arguments.size() == 3);
  CHECK(function.arguments[1].text == "numeric(3, 1)");
  CHECK(function.signature == "(integer, numeric(3, 1), text[])");
  CHECK(function.returns->name == QualifiedName{"s", "invoice"});
  CHECK(function.returns->is_set_of);
  CHECK(function.returns->text == "SETOF s.invoice");
  CHECK(function.language == "plpgsql");
  CHECK(function.body == " BEGIN; SELECT 1; END ");
  CHECK_FALSE(function.sql_body);
  CHECK(function.reads.empty());
}

TEST_CASE("what functions in SQL read and call") {
  const auto body = parse_one<CreateFunction>(
      "CREATE FUNCTION f() RETURNS TABLE (a int, b text) AS 'SELECT g(x) FROM s.t; SELECT * "
      "FROM u' LANGUAGE sql");
  CHECK(body.returns->text == "TABLE (a int, b text)");
  CHECK(body.reads == std::vector{QualifiedName{"s", "t"}, QualifiedName{"", "u"}});
  CHECK(body.calls == std::vector{QualifiedName{"", "g"}});

  const auto atomic = parse_one<CreateFunction>(
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; "
      "SELECT h(1) FROM v; END;");
  CHECK(atomic.sql_body);
  CHECK_FALSE(atomic.body.has_value());
  CHECK(atomic.reads == std::vector{QualifiedName{"", "v"}});
  CHECK(atomic.calls == std::vector{QualifiedName{"", "h"}});

  CHECK(parse_one<CreateFunction>("CREATE FUNCTION f(a t.b%TYPE) RETURNS t.b%TYPE RETURN g(a)")
            .calls == std::vector{QualifiedName{"", "g"}});
  CHECK(parse_one<CreateFunction>("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'no sql at all'")
            .reads.empty());
  const auto procedure = parse_one<CreateFunction>(
      "CREATE PROCEDURE p(INOUT a int, b text) LANGUAGE sql AS 'DELETE FROM t'");
  CHECK(procedure.procedure);
  CHECK(procedure.signature == "(int, text)");
  CHECK(procedure.reads == std::vector{QualifiedName{"", "t"}});
}

TEST_CASE("triggers") {
  const auto trigger = parse_one<CreateTrigger>(
      "CREATE OR REPLACE TRIGGER g BEFORE INSERT OR UPDATE OF a ON s.t FOR EACH ROW "
      "EXECUTE FUNCTION s.f(1)");
  CHECK(trigger.name == "g");
  CHECK(trigger.table == QualifiedName{"s", "t"});
  CHECK(trigger.or_replace);
  CHECK(trigger.row_level);
  CHECK(trigger.timing == "BEFORE");
  CHECK(trigger.function == QualifiedName{"s", "f"});
  const auto constraint = parse_one<CreateTrigger>(
      "CREATE CONSTRAINT TRIGGER g AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()");
  CHECK(constraint.constraint_trigger);
  CHECK(constraint.timing == "AFTER");
  CHECK(parse_one<CreateTrigger>(
            "CREATE TRIGGER g INSTEAD OF DELETE ON v FOR EACH ROW EXECUTE FUNCTION f()")
            .timing == "INSTEAD OF");
}

TEST_CASE("views") {
  const auto view = parse_one<CreateView>(
      "CREATE OR REPLACE VIEW s.v (a, b) AS WITH c AS (SELECT * FROM t) SELECT f(x), 1 FROM c, u");
  CHECK(view.name == QualifiedName{"s", "v"});
  CHECK(view.or_replace);
  CHECK(view.columns == std::vector<std::string>{"a", "b"});
  CHECK(view.reads == std::vector{QualifiedName{"", "t"}, QualifiedName{"", "u"}});
  CHECK(view.functions == std::vector{QualifiedName{"", "f"}});
  CHECK(parse_one<CreateView>("CREATE TEMP VIEW v AS SELECT 1").temporary);
}

TEST_CASE("code whose effect is not in its text") {
  CHECK(parse_one<OpaqueCode>("DO $$ BEGIN DROP TABLE t; END $$").what == "DO");
  const auto call = parse_one<OpaqueCode>("CALL s.p(f(1), (SELECT a FROM t))");
  CHECK(call.what == "CALL");
  CHECK(call.functions == std::vector{QualifiedName{"s", "p"}, QualifiedName{"", "f"}});
  CHECK(call.reads == std::vector{QualifiedName{"", "t"}});
  const auto select = parse_one<OpaqueCode>("SELECT setval('s', max(id)) FROM t");
  CHECK(select.what == "SELECT");
  CHECK(select.functions == std::vector{QualifiedName{"", "setval"}, QualifiedName{"", "max"}});
}
