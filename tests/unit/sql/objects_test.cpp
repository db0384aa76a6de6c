#include "parsing.h"

using namespace lockstep::sql;

TEST_CASE("drops") {
  const auto tables = parse_one<Drop>("DROP TABLE IF EXISTS a, s.b CASCADE");
  CHECK(tables.object_type == "TABLE");
  CHECK(tables.names == std::vector{QualifiedName{"", "a"}, QualifiedName{"s", "b"}});
  CHECK(tables.if_exists);
  CHECK(tables.cascade);
  CHECK(parse_one<Drop>("DROP INDEX CONCURRENTLY i").concurrently);

  const auto functions =
      parse_one<Drop>("DROP FUNCTION IF EXISTS s.f(a int, OUT numeric(1, 2)), g, h() CASCADE");
  CHECK(functions.object_type == "FUNCTION");
  CHECK(functions.names ==
        std::vector{QualifiedName{"s", "f"}, QualifiedName{"", "g"}, QualifiedName{"", "h"}});
  CHECK(functions.signatures == std::vector<std::string>{"(a int, OUT numeric(1, 2))", "", "()"});

  const auto trigger = parse_one<Drop>("DROP TRIGGER g ON s.t");
  CHECK(trigger.object_type == "TRIGGER");
  CHECK(trigger.names == std::vector{QualifiedName{"", "g"}});
  CHECK(trigger.on_table == QualifiedName{"s", "t"});
  CHECK(parse_one<Drop>("DROP POLICY p ON t").on_table == QualifiedName{"", "t"});
  CHECK(parse_one<Drop>("DROP TYPE s.y").names == std::vector{QualifiedName{"s", "y"}});
  CHECK(parse_one<Drop>("DROP DOMAIN d").object_type == "DOMAIN");
  CHECK(parse_one<Drop>("DROP SCHEMA a, b").names ==
        std::vector{QualifiedName{"", "a"}, QualifiedName{"", "b"}});
  CHECK(parse_one<Drop>("DROP EXTENSION e").object_type == "EXTENSION");
  CHECK(parse_one<Drop>("DROP MATERIALIZED VIEW v").object_type == "MATERIALIZED VIEW");
  CHECK(parse_one<Drop>("DROP CAST (int AS text)").object_type == "CAST");
  CHECK(parse_one<Drop>("DROP OPERATOR CLASS c USING btree").names[0].name == "c");
}

TEST_CASE("renames") {
  const auto column = parse_one<Rename>("ALTER TABLE IF EXISTS s.t RENAME COLUMN a TO \"B\"");
  CHECK(column.object_type == "COLUMN");
  CHECK(column.name == QualifiedName{"s", "t"});
  CHECK(column.sub_name == "a");
  CHECK(column.new_name == "B");
  CHECK(column.if_exists);
  CHECK(parse_one<Rename>("ALTER TABLE t RENAME TO u").object_type == "TABLE");
  CHECK(parse_one<Rename>("ALTER INDEX i RENAME TO j").object_type == "INDEX");
  const auto constraint = parse_one<Rename>("ALTER TABLE t RENAME CONSTRAINT a TO b");
  CHECK(constraint.object_type == "CONSTRAINT");
  CHECK(constraint.sub_name == "a");
  CHECK(parse_one<Rename>("ALTER SCHEMA a RENAME TO b").name == QualifiedName{"", "a"});
  CHECK(parse_one<Rename>("ALTER FUNCTION s.f(int) RENAME TO g").name == QualifiedName{"s", "f"});
  CHECK(parse_one<Rename>("ALTER FUNCTION s.f(int, \"a(\" text) RENAME TO g").sub_name ==
        "(int, \"a(\" text)");
  CHECK(parse_one<Rename>("ALTER FUNCTION f RENAME TO g").sub_name == "");
  CHECK(parse_one<Rename>("ALTER TYPE s.y RENAME TO z").name == QualifiedName{"s", "y"});
  CHECK(parse_one<Rename>("ALTER TRIGGER g ON t RENAME TO h").sub_name == "g");
}

TEST_CASE("enums") {
  const auto created = parse_one<CreateEnum>("CREATE TYPE s.mood AS ENUM ('sad', 'it''s')");
  CHECK(created.name == QualifiedName{"s", "mood"});
  CHECK(created.labels == std::vector<std::string>{"sad", "it's"});
  const auto added =
      parse_one<AlterEnumAddValue>("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok' BEFORE 'sad'");
  CHECK(added.label == "ok");
  CHECK(added.if_not_exists);
  const auto renamed = parse_one<AlterEnumRenameValue>("ALTER TYPE mood RENAME VALUE 'a' TO 'b'");
  CHECK(renamed.label == "a");
  CHECK(renamed.new_label == "b");
}

TEST_CASE("sequences, comments and grants") {
  const auto sequence = parse_one<CreateSequence>("CREATE SEQUENCE IF NOT EXISTS s.q START 3");
  CHECK(sequence.name == QualifiedName{"s", "q"});
  CHECK(sequence.if_not_exists);

  const auto column = parse_one<CommentOn>("COMMENT ON COLUMN s.t.a IS 'x'");
  CHECK(column.object_type == "COLUMN");
  CHECK(column.name == QualifiedName{"s", "t"});
  CHECK(column.sub_name == "a");
  CHECK(parse_one<CommentOn>("COMMENT ON TABLE s.t IS NULL").name == QualifiedName{"s", "t"});
  CHECK(parse_one<CommentOn>("COMMENT ON CONSTRAINT c ON t IS 'x'").sub_name == "c");
  CHECK(parse_one<CommentOn>("COMMENT ON FUNCTION f(int) IS 'x'").name == QualifiedName{"", "f"});
  CHECK(parse_one<CommentOn>("COMMENT ON TYPE s.y IS 'x'").name == QualifiedName{"s", "y"});
  CHECK(parse_one<CommentOn>("COMMENT ON SCHEMA a IS 'x'").name == QualifiedName{"", "a"});

  const auto grant = parse_one<Grant>("GRANT SELECT, INSERT ON a, s.b TO bob");
  CHECK(grant.is_grant);
  CHECK(grant.object_type == "TABLE");
  CHECK(grant.objects == std::vector{QualifiedName{"", "a"}, QualifiedName{"s", "b"}});
  CHECK_FALSE(parse_one<Grant>("REVOKE ALL ON SCHEMA a FROM bob").is_grant);
  const auto all = parse_one<Grant>("GRANT SELECT ON ALL TABLES IN SCHEMA a, b TO bob");
  CHECK(all.object_type == "ALL TABLES IN SCHEMA");
  CHECK(all.objects.size() == 2);
  CHECK(parse_one<Grant>("GRANT EXECUTE ON FUNCTION f(int) TO bob").objects[0].name == "f");
}

TEST_CASE("what the runner owns") {
  const auto transaction = [](std::string_view text) {
    return parse_one<TransactionControl>(text).what;
  };
  CHECK(transaction("BEGIN") == "BEGIN");
  CHECK(transaction("START TRANSACTION READ ONLY") == "START TRANSACTION");
  CHECK(transaction("END") == "COMMIT");
  CHECK(transaction("ABORT") == "ROLLBACK");
  CHECK(transaction("SAVEPOINT a") == "SAVEPOINT");
  CHECK(transaction("ROLLBACK TO a") == "ROLLBACK TO");
  CHECK(transaction("RELEASE a") == "RELEASE");
  CHECK(transaction("PREPARE TRANSACTION 'x'") == "PREPARE TRANSACTION");

  const auto session = [](std::string_view text) { return parse_one<SessionControl>(text).what; };
  CHECK(session("SET search_path = a, b") == "SET search_path");
  CHECK(session("SET LOCAL lock_timeout = 1") == "SET LOCAL lock_timeout");
  CHECK(session("SET search_path TO DEFAULT") == "SET search_path");
  CHECK(session("RESET ALL") == "RESET ALL");
  CHECK(session("RESET role") == "RESET role");
  CHECK(session("SET ROLE bob") == "SET role");
  CHECK(session("DISCARD TEMP") == "DISCARD TEMP");
  CHECK(session("SET CONSTRAINTS ALL DEFERRED") == "SET CONSTRAINTS");
}

TEST_CASE("any other statement has PostgreSQL's words") {
  const auto words = [](std::string_view text) { return parse_one<OtherStatement>(text).what; };
  CHECK(words("VACUUM t") == "VACUUM");
  CHECK(words("ANALYZE t") == "ANALYZE");
  CHECK(words("CREATE EXTENSION pgcrypto") == "CREATE EXTENSION");
  CHECK(words("TRUNCATE t") == "TRUNCATE");
  CHECK(words("LOCK TABLE t") == "LOCK TABLE");
  CHECK(words("COPY t FROM STDIN") == "COPY");
  CHECK(words("CREATE SCHEMA a") == "CREATE SCHEMA");
  CHECK(words("ALTER TABLE t SET SCHEMA s") == "ALTER TABLE SET SCHEMA");
  CHECK(words("GRANT a TO bob") == "GRANT ROLE");
  CHECK(words("CREATE AGGREGATE x(int) (sfunc = f, stype = int)") == "CREATE AGGREGATE");
  CHECK(words("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)") == "CREATE RULE");
  CHECK(words("MERGE INTO t USING u ON a = b WHEN MATCHED THEN DELETE") == "MERGE");
  CHECK(words("EXPLAIN ANALYZE DELETE FROM t") == "EXPLAIN");
  CHECK(words("CREATE FOREIGN TABLE t (a int) SERVER s") == "CREATE FOREIGN TABLE");
  CHECK(parse_one<OtherStatement>("TRUNCATE t, s.u").names ==
        std::vector<QualifiedName>{{"", "t"}, {"s", "u"}});
}

TEST_CASE("policies") {
  const auto policy = parse_one<CreatePolicy>(
      "CREATE POLICY p ON s.t AS RESTRICTIVE FOR UPDATE TO a USING ( x IN (SELECT y FROM u) ) "
      "WITH CHECK (f(x))");
  CHECK(policy.name == "p");
  CHECK(policy.table == QualifiedName{"s", "t"});
  CHECK_FALSE(policy.permissive);
  CHECK(policy.command == "update");
  CHECK(policy.using_expression->text == "x IN (SELECT y FROM u)");
  CHECK(policy.using_expression->relations == std::vector<QualifiedName>{{"", "u"}});
  CHECK(policy.check->text == "f(x)");
  CHECK_FALSE(parse_one<CreatePolicy>("CREATE POLICY p ON t").using_expression);
  const auto altered = parse_one<AlterPolicy>("ALTER POLICY p ON t WITH CHECK (a = 'USING (')");
  CHECK(altered.check->text == "a = 'USING ('");
  CHECK_FALSE(altered.using_expression);
}

TEST_CASE("sequences, statistics, indexes, owners") {
  const auto sequence =
      parse_one<AlterSequence>("ALTER SEQUENCE IF EXISTS q AS bigint RESTART OWNED BY s.t.c");
  CHECK(sequence.name == QualifiedName{"", "q"});
  CHECK(sequence.if_exists);
  CHECK(sequence.options == std::vector<std::string>{"as", "restart", "owned_by"});
  CHECK(sequence.owned_by == std::pair<QualifiedName, std::string>{{"s", "t"}, "c"});
  CHECK_FALSE(parse_one<AlterSequence>("ALTER SEQUENCE q OWNED BY NONE").owned_by);

  const auto statistics =
      parse_one<CreateStatistics>("CREATE STATISTICS s ON a, (lower(b)) FROM t");
  CHECK(statistics.name == QualifiedName{"", "s"});
  CHECK(statistics.table == QualifiedName{"", "t"});
  CHECK(statistics.columns == std::vector<std::string>{"a", "b"});

  const auto reindex = parse_one<Reindex>("REINDEX TABLE CONCURRENTLY s.t");
  CHECK(reindex.object_type == "TABLE");
  CHECK(reindex.name == QualifiedName{"s", "t"});
  CHECK(reindex.concurrently);
  CHECK_FALSE(parse_one<Reindex>("REINDEX INDEX i").concurrently);
  CHECK_FALSE(parse_one<Reindex>("REINDEX INDEX i").tablespace);
  CHECK(parse_one<Reindex>("REINDEX (TABLESPACE \"Fast\", VERBOSE) INDEX i").tablespace == "Fast");
  CHECK(parse_one<Reindex>("REINDEX SCHEMA a").name == QualifiedName{"", "a"});

  const auto refresh =
      parse_one<RefreshMaterializedView>("REFRESH MATERIALIZED VIEW CONCURRENTLY v");
  CHECK(refresh.name == QualifiedName{"", "v"});
  CHECK(refresh.concurrently);
  CHECK(refresh.with_data);

  const auto domain = parse_one<CreateType>("CREATE DOMAIN s.d AS numeric(3) CHECK (VALUE > 0)");
  CHECK(domain.kind == CreateType::Kind::kDomain);
  CHECK(domain.name == QualifiedName{"s", "d"});
  CHECK(domain.uses.front().name == QualifiedName{"pg_catalog", "numeric"});
  CHECK(domain.constrained);
  CHECK_FALSE(parse_one<CreateType>("CREATE DOMAIN d AS int DEFAULT 1").constrained);
  CHECK(parse_one<CreateType>("CREATE TYPE y AS (a int, b s.m)").uses.size() == 2);
  CHECK(parse_one<CreateType>("CREATE TYPE s.y AS RANGE (subtype = int)").name ==
        QualifiedName{"s", "y"});

  const auto owner = parse_one<ChangeOwner>("ALTER FUNCTION s.f(integer, text) OWNER TO bob");
  CHECK(owner.object_type == "FUNCTION");
  CHECK(owner.name == QualifiedName{"s", "f"});
  CHECK(owner.signature == "(integer, text)");
  CHECK(owner.owner == "bob");
}
