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
      {.name = "create_view: or replace, with comments on it and on its columns",
       .start =
           kUsers +
           "CREATE VIEW people AS SELECT id, name FROM users; COMMENT ON VIEW people IS 'it''s "
           "them'; COMMENT ON COLUMN people.id IS 'a'; COMMENT ON COLUMN people.name IS 'b';",
       .migration = "CREATE OR REPLACE VIEW people AS SELECT id, name, age FROM users;"},
      {.name = "drop_view",
       .start = kUsers + "CREATE VIEW people AS SELECT id, name FROM users;",
       .migration = "DROP VIEW people;"},
      {.name = "set_view_options",
       .start =
           kUsers + "CREATE VIEW people WITH (security_barrier) AS SELECT id, name FROM users;",
       .migration = "ALTER VIEW people SET (check_option = cascaded); ALTER VIEW people RESET "
                    "(security_barrier);"},
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
      {.name = "refresh_view",
       .start = kUsers +
                "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM users GROUP BY "
                "age; CREATE UNIQUE INDEX ages_age ON ages (age); DELETE FROM users WHERE id > 30;",
       .migration = "REFRESH MATERIALIZED VIEW ages;"},
      {.name = "refresh_view: behind rows of contract, in YAML",
       .start = kUsers +
                "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM users GROUP BY "
                "age; CREATE UNIQUE INDEX ages_age ON ages (age);",
       .migration = R"yaml(
operations:
  - update_rows: {table: users, set: {age: 50}, where: age > 40}
  - refresh_view: {name: ages}
)yaml",
       .plain = "UPDATE users SET age = 50 WHERE age > 40; REFRESH MATERIALIZED VIEW ages;"},
      {.name = "refresh_view: a new one",
       .start = kUsers,
       .migration = "CREATE MATERIALIZED VIEW ages AS SELECT age FROM users WITH NO DATA; REFRESH "
                    "MATERIALIZED VIEW ages;"},
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
      {.name = "create_function: or replace, of several, with all that belongs to it",
       .start =
           kUsers +
           "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE shared.tone AS ENUM ('low');"
           "CREATE FUNCTION seen(m mood, t shared.tone DEFAULT 'low') RETURNS mood LANGUAGE plpgsql"
           " STABLE SECURITY DEFINER COST 7 SET search_path = pg_catalog AS $x$ BEGIN RETURN m; "
           "END $x$;"
           "CREATE FUNCTION seen(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n';"
           "COMMENT ON FUNCTION seen(mood, shared.tone) IS 'as it was';"
           "REVOKE ALL ON FUNCTION seen(mood, shared.tone) FROM PUBLIC;"
           "GRANT EXECUTE ON FUNCTION seen(mood, shared.tone) TO reader;",
       .migration = "CREATE OR REPLACE FUNCTION seen(m mood, t shared.tone DEFAULT 'low') RETURNS "
                    "mood LANGUAGE plpgsql AS $x$ BEGIN RETURN 'bad'; END $x$;"
                    "CREATE OR REPLACE FUNCTION seen(n integer) RETURNS integer LANGUAGE sql AS "
                    "'SELECT 2 * n';"},
      {.name = "create_function: or replace, one that has arguments of types elsewhere",
       .start = "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE shared.tone AS ENUM ('low');"
                "CREATE FUNCTION seen(m mood[], t shared.tone) RETURNS SETOF mood LANGUAGE plpgsql"
                " ROWS 3 AS $x$ BEGIN RETURN QUERY SELECT unnest(m); END $x$;"
                "CREATE FUNCTION seen(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n';",
       .migration = "CREATE OR REPLACE FUNCTION seen(m mood[], t shared.tone) RETURNS SETOF mood "
                    "LANGUAGE plpgsql AS $x$ BEGIN RETURN; END $x$;"},
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
      {.name = "create_trigger: or replace, with a comment",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"
           "COMMENT ON TRIGGER touched ON users IS 'it was here';",
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
      {.name = "enable_trigger",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"
           "CREATE TRIGGER \"Other one\" AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION "
           "touch();",
       .migration = "ALTER TABLE users DISABLE TRIGGER touched; ALTER TABLE users ENABLE ALWAYS "
                    "TRIGGER \"Other one\";"},
      {.name = "enable_trigger: of a partitioned table",
       .start =
           kEvents + kTouchFunction +
           "CREATE TRIGGER touched AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION touch();"
           "CREATE TRIGGER once AFTER DELETE ON events EXECUTE FUNCTION touch();",
       .migration = "ALTER TABLE events ENABLE REPLICA TRIGGER touched, DISABLE TRIGGER once;"},
      {.name = "enable_trigger: in YAML",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = R"yaml(
operations:
  - enable_trigger: {table: users, name: touched, fires: never}
)yaml",
       .plain = "ALTER TABLE users DISABLE TRIGGER touched;"},
      {.name = "drop_trigger",
       .start =
           kUsers + kTouchFunction +
           "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
       .migration = "DROP TRIGGER touched ON users;"},
  };
}

/// Orders that a policy is about, with row security on.
const std::string& secured_orders() {
  static const std::string start =
      kOrders +
      "CREATE POLICY own ON orders FOR ALL TO reader, CURRENT_USER USING (user_id IN (SELECT id "
      "FROM users WHERE email = current_user)) WITH CHECK (total > 0);"
      "CREATE POLICY small ON orders AS RESTRICTIVE FOR SELECT USING (total < 1000);"
      "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;";
  return start;
}

Scenarios row_security() {
  return {
      {.name = "set_row_security: with its policies",
       .start = kOrders,
       .migration = "CREATE POLICY own ON orders USING (user_id IN (SELECT id FROM users WHERE "
                    "email = current_user)) WITH CHECK (total > 0 AND note <> '');"
                    "CREATE POLICY \"Small ones\" ON orders AS RESTRICTIVE FOR SELECT TO reader "
                    "USING (total < 1000);"
                    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"},
      {.name = "set_row_security: of a partitioned table",
       .start = kEvents,
       .migration = "CREATE POLICY kinds ON events USING (kind = 'kind 1'); ALTER TABLE events "
                    "ENABLE ROW LEVEL SECURITY;"},
      {.name = "set_row_security: off",
       .start = secured_orders() + "ALTER TABLE orders FORCE ROW LEVEL SECURITY;",
       .migration =
           "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY; ALTER TABLE orders DISABLE ROW "
           "LEVEL SECURITY; DROP POLICY own ON orders; DROP POLICY small ON orders;"},
      {.name = "create_policy: replaced",
       .start = secured_orders() + "COMMENT ON POLICY own ON orders IS 'one''s own';",
       .migration = "DROP POLICY own ON orders; DROP POLICY small ON orders;"
                    "CREATE POLICY own ON orders FOR UPDATE USING (note <> 'x');"
                    "CREATE POLICY small ON orders USING (total < 10);"},
      {.name = "alter_policy",
       .start = secured_orders() + "COMMENT ON POLICY own ON orders IS 'one''s own';",
       .migration =
           "ALTER POLICY own ON orders TO PUBLIC USING (EXISTS (SELECT FROM users WHERE age "
           "> 20)); ALTER POLICY small ON orders USING (note IS NOT NULL);"},
      {.name = "drop_policy",
       .start = secured_orders() + "COMMENT ON POLICY small ON orders IS 'less';",
       .migration = "DROP POLICY small ON orders;"},
      {.name = "drop_policy: row security in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - create_policy: {table: users, name: adults, for: select, to: [reader], using: age > 18}
  - create_policy: {table: users, name: gone, restrictive: true, using: "status <> 'gone'"}
  - alter_policy: {table: users, name: gone, using: "status <> 'left'"}
  - drop_policy: {table: users, name: adults}
  - create_policy: {table: users, name: adults, using: age > 20}
  - set_row_security: {table: users, enabled: true}
)yaml",
       .plain = "CREATE POLICY adults ON users FOR ALL USING (age > 20);"
                "CREATE POLICY gone ON users AS RESTRICTIVE USING (status <> 'left');"
                "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"},
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
      {.name = "create_type",
       .start = "CREATE TYPE mood AS ENUM ('good', 'bad');",
       .migration = "CREATE TYPE \"Full address\" AS (street text, feels mood);"
                    "CREATE DOMAIN email AS character varying(80) DEFAULT 'none';"
                    "CREATE DOMAIN positive AS numeric(4, 1) NOT NULL CHECK (VALUE > 0);"
                    "CREATE TYPE floats AS RANGE (subtype = float8);"},
      {.name = "create_type: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - create_type: {name: address, attributes: [street text, city text]}
  - create_type: {name: email, domain: text}
)yaml",
       .plain = "CREATE TYPE address AS (street text, city text); CREATE DOMAIN email AS text;"},
      {.name = "alter_type: a domain that columns are of",
       .start = kUsers + "CREATE DOMAIN size AS integer; ALTER TABLE users ADD COLUMN shoe size;",
       .migration =
           "ALTER DOMAIN size SET DEFAULT 42; ALTER DOMAIN size ADD CONSTRAINT size_ok CHECK "
           "(VALUE > 0) NOT VALID;"},
      {.name = "alter_type: a domain of no column, in YAML",
       .start = "CREATE DOMAIN size AS integer;",
       .migration = R"yaml(
operations:
  - alter_type: {domain: size, action: ADD CONSTRAINT size_ok CHECK (VALUE > 0)}
  - alter_type: {domain: size, action: SET NOT NULL}
)yaml",
       .plain =
           "ALTER DOMAIN size ADD CONSTRAINT size_ok CHECK (VALUE > 0); ALTER DOMAIN size SET NOT "
           "NULL;"},
      {.name = "alter_type: attributes of a composite type",
       .start = kUsers + "CREATE TYPE address AS (street text, city text); ALTER TABLE users ADD "
                         "COLUMN lives address; UPDATE users SET lives = ('a', 'b');",
       .migration = "ALTER TYPE address ADD ATTRIBUTE zip text, DROP ATTRIBUTE street;"},
      {.name = "drop_type: a domain",
       .start = "CREATE DOMAIN email AS text;",
       .migration = "DROP DOMAIN email;"},
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
      {.name = "alter_sequence",
       .start = kUsers + "CREATE SEQUENCE tickets AS integer START WITH 100 CACHE 5;",
       .migration = "ALTER SEQUENCE tickets AS bigint INCREMENT BY 10 MAXVALUE 9000000000 CACHE 20 "
                    "CYCLE OWNED BY users.id;"},
      {.name = "alter_sequence: owned by nobody, in YAML",
       .start = kUsers + "CREATE SEQUENCE tickets OWNED BY users.age;",
       .migration = R"yaml(
operations:
  - alter_sequence: {name: tickets, options: OWNED BY NONE}
)yaml",
       .plain = "ALTER SEQUENCE tickets OWNED BY NONE;"},
      {.name = "comment",
       .start = kUsers,
       .migration = "COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.email IS 'it''s "
                    "where they are';"},
      {.name = "comment: instead of others",
       .start = kUsers + kTouchFunction +
                R"sql(CREATE INDEX by_name ON users (name); CREATE TYPE mood AS ENUM ('good');
                 CREATE VIEW "Some ""people""" AS SELECT id FROM users;
                 CREATE SEQUENCE tickets;
                 ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);
                 CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
                 COMMENT ON TABLE users IS 'table '' "'; COMMENT ON COLUMN users.email IS 'column';
                 COMMENT ON INDEX by_name IS 'index'; COMMENT ON TYPE mood IS 'type';
                 COMMENT ON VIEW "Some ""people""" IS E'view\n;'; COMMENT ON SEQUENCE tickets IS 's';
                 COMMENT ON CONSTRAINT adult ON users IS 'constraint';
                 COMMENT ON TRIGGER touched ON users IS 'trigger';)sql",
       .migration = R"sql(COMMENT ON TABLE users IS 'a'; COMMENT ON COLUMN users.email IS 'b';
                 COMMENT ON INDEX by_name IS NULL; COMMENT ON TYPE mood IS 'd';
                 COMMENT ON VIEW "Some ""people""" IS 'e'; COMMENT ON SEQUENCE tickets IS 'f';
                 COMMENT ON CONSTRAINT adult ON users IS 'g';
                 COMMENT ON TRIGGER touched ON users IS 'h';)sql"},
      {.name = "comment: taken away",
       .start = kUsers + "COMMENT ON TABLE users IS 'people';",
       .migration = "COMMENT ON TABLE users IS NULL;"},
      {.name = "audit_trail",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - audit_trail: {table: users}
)yaml",
       .plain =
           R"sql(CREATE TABLE users_audit (audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 operation text NOT NULL, old_row jsonb, new_row jsonb, changed_by text NOT NULL,
                 changed_at timestamptz NOT NULL);
                 CREATE FUNCTION users_audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                 SET search_path FROM CURRENT AS 'BEGIN INSERT INTO users_audit (operation, old_row, new_row, changed_by, changed_at) VALUES (TG_OP, CASE WHEN TG_OP <> ''INSERT'' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> ''DELETE'' THEN to_jsonb(NEW) END, coalesce(nullif(current_setting(''role''), ''none''), session_user), now()); RETURN NULL; END';
                 CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users
                 FOR EACH ROW EXECUTE FUNCTION users_audit_row();)sql"},
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
  for (Scenarios part : {views(), routines(), row_security(), types_and_words()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lockstep::test
