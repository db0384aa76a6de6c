#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

constexpr const char* kTouchFunction = R"sql(
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.joined := NEW.joined;
  RETURN NEW;
END
$$;
)sql";

Scenarios views() {
  return {
      {.name = "create_view",
       .start = kOrders,
       .migration = "CREATE VIEW spending AS SELECT u.id, u.email, sum(o.total) AS total "
                    "FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id;"},
      {.name = "create_view: or replace, with a column more",
       .start = kUsers + "CREATE VIEW people AS SELECT id, name FROM users;",
       .migration = "CREATE OR REPLACE VIEW people AS SELECT id, name, age FROM users;"},
      {.name = "create_view: made anew, as its columns change",
       .start = kUsers + R"sql(
CREATE VIEW "the People" AS SELECT id, name FROM users;
COMMENT ON VIEW "the People" IS 'those who''re there';
COMMENT ON COLUMN "the People".name IS 'as they say';
GRANT SELECT ON "the People" TO PUBLIC;
GRANT INSERT ON "the People" TO reader WITH GRANT OPTION;
)sql",
       .migration = R"yaml(
operations:
  - create_view: {name: '"the People"', replace: true, query: "SELECT name, age AS id FROM users"}
)yaml",
       .plain = R"sql(
DROP VIEW "the People";
CREATE VIEW "the People" AS SELECT name, age AS id FROM users;
COMMENT ON VIEW "the People" IS 'those who''re there';
COMMENT ON COLUMN "the People".name IS 'as they say';
GRANT SELECT ON "the People" TO PUBLIC;
GRANT INSERT ON "the People" TO reader WITH GRANT OPTION;
)sql"},
      {.name = "create_view: made anew, of another owner, with privileges on columns",
       .start = kUsers + R"sql(
CREATE VIEW people AS SELECT id, name FROM users;
GRANT UPDATE (name), SELECT (id) ON people TO reader;
GRANT ALL ON SCHEMA ${schema} TO reader;
ALTER VIEW people OWNER TO reader;
REVOKE DELETE ON people FROM reader;
)sql",
       .migration = R"yaml(
operations:
  - create_view: {name: people, replace: true, query: "SELECT name FROM users"}
)yaml",
       .plain = R"sql(
DROP VIEW people;
CREATE VIEW people AS SELECT name FROM users;
GRANT UPDATE (name) ON people TO reader;
ALTER VIEW people OWNER TO reader;
REVOKE DELETE ON people FROM reader;
)sql"},
      {.name = "drop_view",
       .start = kUsers + "CREATE VIEW people AS SELECT id, name FROM users;",
       .migration = "DROP VIEW people;"},
      {.name = "drop_view: with options",
       .start = kUsers + "CREATE VIEW people WITH (security_barrier) AS SELECT id, name FROM users "
                         "WHERE age > 30 WITH LOCAL CHECK OPTION;",
       .migration = "DROP VIEW people;"},
      {.name = "create_view: named columns and options",
       .start = kUsers,
       .migration = R"sql(CREATE VIEW "Young People" ("Id", "Age") WITH (security_barrier) AS
                          SELECT id, age FROM users WHERE age < 40 WITH CHECK OPTION;)sql"},
      {.name = "create_view: on a view, and drop both",
       .start =
           kUsers + "CREATE VIEW a AS SELECT id FROM users; CREATE VIEW b AS SELECT id FROM a;",
       .migration = "DROP VIEW b; DROP VIEW a; CREATE VIEW a AS SELECT email FROM users;"},
      {.name = "create_view: materialized",
       .start = kUsers,
       .migration =
           "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM users GROUP BY age;"},
  };
}

Scenarios routines() {
  return {
      {.name = "create_function",
       .start = kUsers,
       .migration = "CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS "
                    "'SELECT 2 * n';"},
      {.name = "create_function: or replace",
       .start = "CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS "
                "'SELECT n + n';",
       .migration = "CREATE OR REPLACE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql "
                    "STRICT IMMUTABLE "
                    "AS 'SELECT 2 * n';"},
      {.name = "create_function: a body that is parsed",
       .start = kUsers,
       .migration = "CREATE FUNCTION people() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT "
                    "count(*) FROM users; END;"},
      {.name = "create_procedure",
       .start = kUsers,
       .migration = "CREATE PROCEDURE forget(who bigint) LANGUAGE sql AS 'DELETE FROM users WHERE "
                    "id = who';"},
      {.name = "drop_function",
       .start = "CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS "
                "'SELECT n + n';",
       .migration = "DROP FUNCTION doubled(integer);"},
      {.name = "create_trigger",
       .start = kUsers + kTouchFunction,
       .migration =
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"},
      {.name = "create_trigger: with its function",
       .start = kUsers,
       .migration = std::string(kTouchFunction) +
                    "CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW "
                    "WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch();"},
      {.name = "create_trigger: on a partitioned table",
       .start = kEvents + kTouchFunction,
       .migration =
           "CREATE TRIGGER touched AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION touch();"},
      {.name = "create_trigger: or replace",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = "CREATE OR REPLACE TRIGGER touched BEFORE INSERT ON users FOR EACH ROW EXECUTE "
                    "FUNCTION touch();"},
      {.name = "create_trigger: for constraints, and for statements",
       .start = kUsers + kTouchFunction,
       .migration =
           "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED "
           "FOR EACH ROW EXECUTE FUNCTION touch();"
           "CREATE TRIGGER once AFTER TRUNCATE ON users EXECUTE FUNCTION touch();"},
      {.name = "drop_trigger: of a partitioned table",
       .start =
           kEvents + kTouchFunction +
           "CREATE TRIGGER touched AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = "DROP TRIGGER touched ON events;"},
      {.name = "drop_trigger: with its function",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = "DROP TRIGGER touched ON users; DROP FUNCTION touch();"},
      {.name = "drop_trigger",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = "DROP TRIGGER touched ON users;"},
  };
}

Scenarios types_and_words() {
  return {
      {.name = "create_enum",
       .start = kUsers,
       .migration = "CREATE TYPE mood AS ENUM ('good', 'so-so', 'it''s bad');"},
      {.name = "add_enum_value",
       .start = "CREATE TYPE mood AS ENUM ('good', 'bad');",
       .migration = "ALTER TYPE mood ADD VALUE 'so-so' BEFORE 'bad'; ALTER TYPE mood ADD VALUE IF "
                    "NOT EXISTS 'good';"},
      {.name = "drop_type",
       .start = "CREATE TYPE mood AS ENUM ('good', 'bad');",
       .migration = "DROP TYPE mood;"},
      {.name = "drop_sequence",
       .start = "CREATE SEQUENCE tickets START WITH 100;",
       .migration = "DROP SEQUENCE tickets;"},
      {.name = "grant: on a sequence, a function and the schema's tables",
       .start = kUsers + "CREATE SEQUENCE tickets; CREATE FUNCTION one() RETURNS integer LANGUAGE "
                         "sql AS 'SELECT 1';",
       .migration = "GRANT USAGE ON SEQUENCE tickets TO reader; REVOKE EXECUTE ON FUNCTION one() "
                    "FROM PUBLIC;"},
      {.name = "comment: on other things",
       .start = kUsers +
                "CREATE INDEX by_name ON users (name); CREATE TYPE mood AS ENUM ('good');"
                "CREATE FUNCTION one(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';"
                "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);",
       .migration = "COMMENT ON INDEX by_name IS 'i'; COMMENT ON TYPE mood IS 't'; COMMENT ON "
                    "FUNCTION one(integer) IS 'f';"
                    "COMMENT ON CONSTRAINT adult ON users IS 'c';"},
      {.name = "sql: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - sql: {up: "DO $$ BEGIN UPDATE users SET status = 'seen' WHERE id < 20; END $$", locks: {users: RowExclusiveLock}, reason: twenty rows}
)yaml",
       .plain = "DO $$ BEGIN UPDATE users SET status = 'seen' WHERE id < 20; END $$;"},
      {.name = "create_sequence",
       .start = kUsers,
       .migration = "CREATE SEQUENCE tickets START WITH 100 INCREMENT BY 10;"},
      {.name = "comment",
       .start = kUsers,
       .migration = "COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.email IS 'it''s "
                    "where they are';"},
      {.name = "comment: taken away",
       .start = kUsers + "COMMENT ON TABLE users IS 'people';",
       .migration = "COMMENT ON TABLE users IS NULL;"},
      {.name = "grant",
       .start = kUsers,
       .migration = "GRANT SELECT, UPDATE (name) ON users TO reader;"},
      {.name = "grant: revoked",
       .start = kUsers + "GRANT SELECT, INSERT ON users TO reader;",
       .migration = "REVOKE INSERT ON users FROM reader;"},
      {.name = "sql: opaque, with its locks declared", .start = kUsers, .migration = R"sql(
-- lockstep: allow = opaque-statement, reason = "twenty rows"
-- lockstep: locks = users:RowExclusiveLock
DO $$ BEGIN UPDATE users SET status = 'seen' WHERE id < 20; END $$;
)sql"},
  };
}

}  // namespace

Scenarios object_scenarios() {
  Scenarios all;
  for (Scenarios part : {views(), routines(), types_and_words()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lockstep::test
