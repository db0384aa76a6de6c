#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

/// With all that names the table or hangs on it.
std::string shop() {
  return kOrders + R"sql(
CREATE TABLE tickets (no serial PRIMARY KEY, user_id bigint, note text DEFAULT 'none',
  length integer GENERATED ALWAYS AS (octet_length(note)) STORED);
INSERT INTO tickets (user_id, note) SELECT n, 'note ' || n FROM generate_series(1, 20) n;
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);
ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users;
CREATE INDEX users_name_idx ON users (lower(name)) WHERE age > 30;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.age > 1) EXECUTE FUNCTION touch();
CREATE TRIGGER written BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW people_of_age AS SELECT id, email FROM users WHERE age > 20;
CREATE STATISTICS users_stats ON name, age FROM users;
COMMENT ON TABLE users IS 'who'; COMMENT ON COLUMN users.age IS 'in years';
GRANT SELECT, INSERT ON users TO reader; GRANT UPDATE (name) ON users TO reader WITH GRANT OPTION;
GRANT SELECT ON users TO PUBLIC;
)sql";
}

Scenarios tables() {
  return {
      {.name = "rename_table", .start = shop(), .migration = "ALTER TABLE users RENAME TO people;"},
      {.name = "rename_table: in YAML",
       .start = shop(),
       .migration = R"yaml(
operations:
  - rename_table: {table: tickets, to: "\"Support Tickets\""}
  - rename_table: {view: people_of_age, to: adults}
)yaml",
       .plain = R"sql(ALTER TABLE tickets RENAME TO "Support Tickets";
                      ALTER VIEW people_of_age RENAME TO adults;)sql"},
      {.name = "rename_table: that references itself",
       .start = "CREATE TABLE nodes (id integer PRIMARY KEY, parent integer REFERENCES nodes);"
                "INSERT INTO nodes VALUES (1, NULL), (2, 1);",
       .migration = "ALTER TABLE nodes RENAME TO tree;"},
      {.name = "rename_table: a partitioned table, and a partition",
       .start = kEvents + "CREATE INDEX events_kind ON events (kind);",
       .migration =
           "ALTER TABLE events RENAME TO happenings; ALTER TABLE events_2023 RENAME TO old_ones;"},
      {.name = "rename_table: with row security",
       .start = kUsers + "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
                         "CREATE POLICY own ON users FOR SELECT TO reader USING (age > 30);",
       .migration = "ALTER TABLE users RENAME TO people;",
       .since = 15},
      {.name = "rename_table: a materialized view",
       .start = kUsers + "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM users "
                         "GROUP BY age; CREATE UNIQUE INDEX ON ages (age);",
       .migration = "ALTER MATERIALIZED VIEW ages RENAME TO by_age;"},
      {.name = "rename_table: more in the same file",
       .start = shop(),
       .migration = "ALTER TABLE users RENAME TO people; ALTER TABLE people ADD COLUMN phone text;"
                    "CREATE INDEX people_phone ON people (phone);"
                    "ALTER TABLE people ALTER COLUMN email DROP NOT NULL;"
                    "ALTER TABLE people DROP CONSTRAINT adult;"},
      {.name = "rename_table: of an index",
       .start = shop(),
       .migration = "ALTER TABLE users_name_idx RENAME TO by_name;"},
  };
}

Scenarios columns() {
  const std::string people = kOrders + R"sql(
CREATE TABLE numbers (value integer PRIMARY KEY);
INSERT INTO numbers SELECT generate_series(1, 200);
UPDATE users SET age = 1 WHERE age IS NULL;
ALTER TABLE users ALTER age SET DEFAULT 18, ALTER age SET NOT NULL;
CREATE INDEX users_age_idx ON users (age DESC, name) INCLUDE (status) WHERE age > 30;
CREATE INDEX ON users ((age + 1)) WITH (fillfactor = 80);
CREATE UNIQUE INDEX users_mail_age ON users (lower(email), age);
ALTER TABLE users ADD CONSTRAINT users_age_key UNIQUE (email, age);
ALTER TABLE users ADD CONSTRAINT plausible CHECK (users.age >= 0 AND name <> 'age');
ALTER TABLE users ADD CONSTRAINT possible CHECK (age < 300) NOT VALID;
ALTER TABLE users ADD CONSTRAINT known FOREIGN KEY (age) REFERENCES numbers ON UPDATE CASCADE;
GRANT SELECT (age), UPDATE (age) ON users TO reader;
COMMENT ON COLUMN users.age IS 'in years'; COMMENT ON INDEX users_age_idx IS 'the index';
COMMENT ON CONSTRAINT plausible ON users IS 'the check';
COMMENT ON CONSTRAINT users_age_key ON users IS 'the key';
ALTER TABLE users ALTER age SET STATISTICS 50, ALTER age SET (n_distinct = -0.5);
ALTER TABLE users CLUSTER ON users_mail_age;
ALTER TABLE users REPLICA IDENTITY USING INDEX users_age_key;
)sql";
  return {
      {.name = "rename_column",
       .start = kUsers,
       .migration = "ALTER TABLE users RENAME COLUMN name TO full_name;",
       .moves_columns = true},
      {.name = "rename_column: with indexes, constraints, a default and privileges",
       .start = people,
       .migration = "ALTER TABLE users RENAME COLUMN age TO \"Years\";",
       .moves_columns = true},
      {.name = "rename_column: that views, policies, triggers and statistics name",
       .start = people + R"sql(
CREATE VIEW adults WITH (check_option = local) AS SELECT id, age, email AS mail FROM users WHERE age >= 18;
CREATE VIEW counted AS SELECT a.age, count(*) AS many FROM adults a GROUP BY age;
CREATE VIEW twice AS SELECT u.age * 2 AS age, c.many FROM counted c JOIN users u ON u.age = c.age;
COMMENT ON COLUMN adults.age IS 'grown up'; GRANT SELECT (age) ON adults TO reader;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER kept INSTEAD OF INSERT ON adults FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER older AFTER UPDATE ON users FOR EACH ROW WHEN (OLD.age < NEW.age) EXECUTE FUNCTION noted();
ALTER TABLE users ENABLE REPLICA TRIGGER older;
CREATE TRIGGER changed AFTER UPDATE OF name, age ON users FOR EACH ROW WHEN (OLD.age <> NEW.age)
  EXECUTE FUNCTION noted('age');
CREATE TRIGGER listed AFTER UPDATE OF age ON users FOR EACH STATEMENT
  EXECUTE FUNCTION noted();
ALTER TABLE users DISABLE TRIGGER listed;
COMMENT ON TRIGGER listed ON users IS 'asleep';
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY grown ON users FOR SELECT TO reader USING (age > 17 AND users.name <> 'age');
CREATE STATISTICS of_age (dependencies) ON age, name FROM users;
CREATE STATISTICS of_half ON (age / 2) FROM users;
)sql",
       .migration = "ALTER TABLE users RENAME COLUMN age TO \"Years\";",
       .moves_columns = true},
      {.name = "rename_column: that foreign keys reference",
       .start = kUsers + R"sql(
ALTER TABLE users ADD CONSTRAINT mails UNIQUE (email), ADD friend text REFERENCES users (email) ON
  DELETE SET NULL;
CREATE TABLE badges (id integer PRIMARY KEY, mail text REFERENCES users (email) ON UPDATE CASCADE);
INSERT INTO badges SELECT id, email FROM users WHERE id < 9;
ALTER TABLE badges ADD CONSTRAINT later FOREIGN KEY (mail) REFERENCES users (email) DEFERRABLE
  INITIALLY DEFERRED NOT VALID;
COMMENT ON CONSTRAINT later ON badges IS 'again';
)sql",
       .migration = "ALTER TABLE users RENAME COLUMN email TO mail;",
       .moves_columns = true},
      {.name = "rename_column: an identity that is a key and is referenced",
       .start = kOrders + "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;"
                          "GRANT USAGE ON SEQUENCE users_id_seq TO reader; COMMENT ON SEQUENCE "
                          "users_id_seq IS 'counts';",
       .migration = "ALTER TABLE users RENAME COLUMN id TO \"User\";",
       .moves_columns = true},
      {.name = "rename_column: an identity that is always drawn",
       .start = "CREATE TABLE tickets (no integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 1000 "
                "CYCLE), note text); INSERT INTO tickets (note) VALUES ('a'), ('b');",
       .migration = "ALTER TABLE tickets RENAME COLUMN no TO number;",
       .moves_columns = true},
      {.name = "rename_column: of what is published by a list of columns",
       .start = kUsers + "DROP PUBLICATION IF EXISTS named; CREATE PUBLICATION named FOR TABLE "
                         "users (id, age, name) WHERE (id > 2);",
       .migration = "-- lockstep: allow = published-table, reason = \"nobody subscribes\"\n"
                    "ALTER TABLE users RENAME COLUMN age TO years;",
       .since = 15,
       .moves_columns = true},
      {.name = "rename_column: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - rename_column: {table: users, column: email, to: mail}
)yaml",
       .plain = "ALTER TABLE users RENAME email TO mail;",
       .moves_columns = true},
      {.name = "rename_column: a serial primary key",
       .start = "CREATE TABLE tickets (id serial PRIMARY KEY, note text);"
                "INSERT INTO tickets (note) SELECT 'n' FROM generate_series(1, 30);",
       .migration = "ALTER TABLE tickets RENAME COLUMN id TO ticket_id;",
       .moves_columns = true},
      {.name = "rename_column: types without equality, of the tenant and with modifiers",
       .start = "CREATE TYPE mood AS ENUM ('ok', 'bad');"
                "CREATE TABLE odd (no integer PRIMARY KEY, a json, b point, c mood[], d numeric(8, "
                "2) NOT NULL, e text COLLATE \"C\");"
                "INSERT INTO odd VALUES (1, '{}', '(1,2)', '{ok}', 1.50, 'x'), (2, NULL, NULL, "
                "NULL, 2, NULL);",
       .migration = "ALTER TABLE odd RENAME a TO a2; ALTER TABLE odd RENAME b TO b2;"
                    "ALTER TABLE odd RENAME c TO c2; ALTER TABLE odd RENAME d TO d2;"
                    "ALTER TABLE odd RENAME e TO e2;",
       .moves_columns = true},
      {.name = "rename_column: that this migration adds",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN phone text; ALTER TABLE users RENAME phone TO "
                    "fax;"},
      {.name = "rename_column: with a phase",
       .start = kEvents + "CREATE INDEX events_kind ON events (kind);"
                          "ALTER TABLE events ADD CHECK (kind <> '');",
       .migration = "-- lockstep: phase = contract\n"
                    "ALTER TABLE events RENAME COLUMN kind TO sort;"},
      {.name = "rename_column: and back",
       .start = kUsers,
       .migration = "-- lockstep: phase = contract\nALTER TABLE users RENAME age TO years;\n\n"
                    "-- lockstep: phase = contract\nALTER TABLE users RENAME years TO age;"},
  };
}

Scenarios parts_of_tables() {
  return {
      {.name = "rename_constraint: check",
       .start = shop(),
       .migration = "ALTER TABLE users RENAME CONSTRAINT adult TO \"of age\";"},
      {.name = "rename_constraint: unique, primary and foreign keys",
       .start = shop(),
       .migration = "ALTER TABLE users RENAME CONSTRAINT users_email_key TO mail_key;"
                    "ALTER TABLE users RENAME CONSTRAINT users_pkey TO people_pk;"
                    "ALTER TABLE orders RENAME CONSTRAINT orders_user_fk TO buyer;"},
      {.name = "rename_constraint: in YAML",
       .start = shop(),
       .migration = R"yaml(
operations:
  - rename_constraint: {table: users, name: users_email_key, to: mail_key}
)yaml",
       .plain = "ALTER TABLE users RENAME CONSTRAINT users_email_key TO mail_key;"},
      {.name = "rename_constraint: of a partitioned table",
       .start = kEvents + "ALTER TABLE events ADD CONSTRAINT kinds CHECK (kind <> '');"
                          "ALTER TABLE events ADD CONSTRAINT events_pk PRIMARY KEY (id, at);",
       .migration = "ALTER TABLE events RENAME CONSTRAINT kinds TO kind_ok;"
                    "ALTER TABLE events RENAME CONSTRAINT events_pk TO events_key;"},
      {.name = "rename_index",
       .start = shop(),
       .migration = "ALTER INDEX users_name_idx RENAME TO \"by Name\";"},
      {.name = "rename_index: of a constraint, and of a partitioned table",
       .start = kEvents + "CREATE INDEX events_kind ON events (kind);"
                          "ALTER TABLE events ADD CONSTRAINT events_pk PRIMARY KEY (id, at);",
       .migration = "ALTER INDEX events_kind RENAME TO by_kind;"
                    "ALTER INDEX events_pk RENAME TO events_key;"},
  };
}

Scenarios objects() {
  return {
      {.name = "rename_object: triggers",
       .start = shop(),
       .migration = "ALTER TRIGGER touched ON users RENAME TO was_touched;"
                    "ALTER TRIGGER written ON users RENAME TO a;"},
      {.name = "rename_object: a trigger of a partitioned table",
       .start = kEvents +
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; "
                "END';"
                "CREATE TRIGGER touched AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION "
                "touch();",
       .migration = "ALTER TRIGGER touched ON events RENAME TO noted;"},
      {.name = "rename_object: functions",
       .start = shop() + "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT "
                         "2 * n';"
                         "CREATE FUNCTION twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n || "
                         "n';",
       .migration = "ALTER FUNCTION touch() RENAME TO handle;\n\n"
                    "-- lockstep: allow = rename-used-by-name, reason = \"not called yet\"\n"
                    "ALTER FUNCTION twice(text) RENAME TO doubled;"},
      {.name = "rename_object: types",
       .start = "CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE DOMAIN posint AS integer CHECK "
                "(value > 0);"
                "CREATE TABLE days (at date PRIMARY KEY, mood mood, moods mood[], hours posint);"
                "INSERT INTO days VALUES ('2024-01-01', 'ok', '{ok,bad}', 3);",
       .migration = "ALTER TYPE mood RENAME TO \"Feeling\"; ALTER DOMAIN posint RENAME TO "
                    "positive;"},
      {.name = "rename_object: a value of an enum",
       .start = "CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE TABLE days (mood mood);"
                "INSERT INTO days VALUES ('ok');",
       .migration = "-- lockstep: allow = rename-used-by-name, reason = \"nobody reads it\"\n"
                    "ALTER TYPE mood RENAME VALUE 'ok' TO 'it''s ok';"},
  };
}

}  // namespace

Scenarios rename_scenarios() {
  Scenarios all;
  for (Scenarios part : {tables(), columns(), parts_of_tables(), objects()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lockstep::test
