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
      {.name = "drop_view",
       .start = kUsers + "CREATE VIEW people AS SELECT id, name FROM users;",
       .migration = "DROP VIEW people;"},
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
