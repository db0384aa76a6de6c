#include "tests/scenarios/scenario.h"

namespace lockstep::test {

Scenarios row_scenarios() {
  return {
      {.name = "update: every row, idempotent",
       .start = kUsers,
       .migration = "UPDATE users SET email = lower(email);"},
      {.name = "update: some rows",
       .start = kUsers,
       .migration = "UPDATE users SET status = 'gone', age = NULL WHERE age > 40;"},
      {.name = "update: with an alias, reading another table",
       .start = kOrders,
       .migration =
           "UPDATE orders AS o SET note = (SELECT u.email FROM users u WHERE u.id = o.user_id) "
           "WHERE o.note IS NULL;"},
      {.name = "update: where it was NULL",
       .start = kUsers,
       .migration = "UPDATE users SET name = 'nobody' WHERE name IS NULL;"},
      {.name = "update: of a column that the migration adds, then not null",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN mail text;"
                    "UPDATE users SET mail = lower(email) WHERE mail IS NULL;"},
      {.name = "update: one that counts up",
       .start = kUsers,
       .migration = "UPDATE users SET age = age + 1;"},
      {.name = "update: of a table with a foreign key",
       .start = kOrders + "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "UPDATE orders SET user_id = 1 WHERE user_id = 2;"},
      {.name = "update: of a partitioned table",
       .start = kEvents,
       .migration = "UPDATE events SET kind = 'none' WHERE kind IS NULL;"},
      {.name = "update: a key of two columns, quoted",
       .start =
           R"sql(CREATE TABLE "Prices" ("Shop" text, "Day" date, price numeric, PRIMARY KEY ("Shop", "Day"));
                      INSERT INTO "Prices" SELECT 's' || n % 3, date '2024-01-01' + n, n FROM generate_series(1, 30) n;)sql",
       .migration = R"sql(UPDATE "Prices" AS "p q" SET price = 1 WHERE "p q"."Shop" <> 's1';)sql"},
      {.name = "update: a table that nobody knows yet",
       .start = kUsers,
       .migration = "CREATE TABLE notes (id integer, note text); INSERT INTO notes VALUES (1, "
                    "'a'), (2, 'b');"
                    "UPDATE notes SET note = upper(note); DELETE FROM notes WHERE id = 2;"},
      {.name = "insert: from a query, on conflict",
       .start =
           kOrders + "CREATE TABLE buyers (id bigint PRIMARY KEY); INSERT INTO buyers VALUES (3);",
       .migration = "INSERT INTO buyers (id) VALUES (3), (4) ON CONFLICT DO NOTHING;"},
      {.name = "update: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - update_rows: {table: users, set: {name: "'nobody'"}, where: name is null}
)yaml",
       .plain = "UPDATE users SET name = 'nobody' WHERE name IS NULL;"},
      {.name = "delete: some rows",
       .start = kUsers,
       .migration = "DELETE FROM users WHERE status = 'gone';"},
      {.name = "delete: every row", .start = kUsers, .migration = "DELETE FROM users;"},
      {.name = "delete: rows that others refer to, cascading",
       .start = kOrders +
                "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;",
       .migration = "DELETE FROM users u WHERE u.age IS NULL;"},
      {.name = "delete: of a table without a key",
       .start = kUsers + "CREATE TABLE log (at timestamptz, line text);"
                         "INSERT INTO log SELECT timestamptz '2024-01-01 00:00+00' + n * interval "
                         "'1 day', 'l' || n "
                         "FROM generate_series(1, 20) n;",
       .migration = "DELETE FROM log WHERE at < '2024-01-11 00:00+00';"},
      {.name = "rows: changed before a trigger is there",
       .start = kUsers,
       .migration = "UPDATE users SET age = 18 WHERE age IS NULL;"
                    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin "
                    "new.name := coalesce(new.name, 'none'); return new; end $$;"
                    "CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE "
                    "FUNCTION touch();"},
      {.name = "rows: changed when a trigger is gone",
       .start = kUsers + "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$ begin return null; end $$;"
                         "CREATE TRIGGER stop BEFORE INSERT OR UPDATE ON users FOR EACH ROW "
                         "EXECUTE FUNCTION stop();",
       .migration = "DROP TRIGGER stop ON users; ALTER TABLE users ADD COLUMN mail text;"
                    "UPDATE users SET mail = 'm' WHERE mail IS NULL;"
                    "INSERT INTO users (email, joined) VALUES ('a@b', '2024-05-05 00:00+00');"},
      {.name = "rows: changed by a function before it is replaced",
       .start = kUsers + "CREATE FUNCTION val() RETURNS integer IMMUTABLE LANGUAGE sql AS "
                         "$$ SELECT 1 $$;",
       .migration = "UPDATE users SET age = val() WHERE age IS NULL;"
                    "CREATE OR REPLACE FUNCTION val() RETURNS integer IMMUTABLE LANGUAGE sql AS "
                    "$$ SELECT 2 $$;"},
      {.name = "rows: changed before the function of their trigger is replaced",
       .start = kUsers + "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$ begin new.name := 'first'; return new; end $$;"
                         "CREATE TRIGGER stamp BEFORE UPDATE ON users FOR EACH ROW EXECUTE "
                         "FUNCTION stamp();",
       .migration = "UPDATE users SET age = 18 WHERE age IS NULL;"
                    "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ begin new.name := 'second'; return new; end $$;"},
      {.name = "rows: deleted before the foreign key that cascades is dropped",
       .start = kOrders + "ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) "
                          "REFERENCES users ON DELETE CASCADE;",
       .migration = "DELETE FROM users WHERE age IS NULL;"
                    "ALTER TABLE orders DROP CONSTRAINT orders_user_fk;"},
      {.name = "rows: inserted behind what changes all, with the default of their time",
       .start = kUsers,
       .migration = "UPDATE users SET name = 'was null' WHERE name IS NULL;"
                    "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'someone';"
                    "INSERT INTO users (email, joined) VALUES ('new@x', '2024-05-05 00:00+00');"
                    "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'somebody else';"
                    "UPDATE users SET name = upper(name) WHERE email = 'new@x';"},
      {.name = "rows: read behind what deletes some",
       .start = kUsers + "CREATE TABLE archive (id bigint PRIMARY KEY);",
       .migration = "DELETE FROM users WHERE age IS NULL;\n"
                    "-- lockstep: allow = non-batchable-dml, reason = \"few\"\n"
                    "INSERT INTO archive SELECT id FROM users;"},
      {.name = "insert: values",
       .start = kUsers,
       .migration = "INSERT INTO users (email, joined) VALUES ('a@b', '2024-05-05 00:00+00'), "
                    "('c@d', '2024-05-06 00:00+00');"},
  };
}

}  // namespace lockstep::test
