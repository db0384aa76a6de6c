#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

Scenarios added() {
  return {
      {.name = "add_column: nullable",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN phone text;"},
      {.name = "add_column: a type of its own, quoted name",
       .start = kUsers + "CREATE TYPE mood AS ENUM ('good', 'bad');",
       .migration = R"sql(ALTER TABLE users ADD COLUMN "Mood of day" mood;)sql"},
      {.name = "add_column: constant default",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN score integer DEFAULT 7;"},
      {.name = "add_column: not null with a constant default",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN score integer NOT NULL DEFAULT 7;"},
      {.name = "add_column: volatile default",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
       .unforeseeable = {"users.token"}},
      {.name = "add_column: not null with a volatile default",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();",
       .unforeseeable = {"users.token"}},
      {.name = "add_column: not null with a stable default",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN seen timestamptz NOT NULL DEFAULT now();",
       .unforeseeable = {"users.seen"}},
      {.name = "add_column: if not exists, and it exists",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN IF NOT EXISTS name text;"},
      {.name = "add_column: several in one statement",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN a text, ADD COLUMN b integer NOT NULL DEFAULT 1, "
                    "ADD COLUMN c uuid DEFAULT gen_random_uuid();",
       .unforeseeable = {"users.c"}},
      {.name = "add_column: volatile default by a function of the tenant",
       .start = kUsers + "CREATE FUNCTION next_code() RETURNS text LANGUAGE plpgsql VOLATILE AS "
                         "$$ BEGIN RETURN 'c' || random(); END $$;",
       .migration = "ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT next_code();",
       .unforeseeable = {"users.code"}},
      {.name = "add_column: a type and a default that the file creates",
       .start = kUsers,
       .migration = "CREATE TYPE mood AS ENUM ('good', 'bad'); "
                    "CREATE FUNCTION usual() RETURNS mood LANGUAGE sql VOLATILE AS $$ SELECT "
                    "'good'::mood $$;"
                    "ALTER TABLE users ADD COLUMN feeling mood NOT NULL DEFAULT 'good';"},
      {.name = "add_column: with a comment, an index and a check of its own afterwards",
       .start = kUsers,
       .migration =
           "ALTER TABLE users ADD COLUMN score integer; COMMENT ON COLUMN users.score IS 'points';"
           "CREATE INDEX ON users (score); ALTER TABLE users ADD CHECK (score >= 0);"
           "ALTER TABLE users ALTER COLUMN score SET DEFAULT 0;"},
      {.name = "add_column: keywords and odd names",
       .start =
           R"sql(CREATE TABLE "select" ("Order" integer PRIMARY KEY); INSERT INTO "select" VALUES (1), (2);)sql",
       .migration =
           R"sql(ALTER TABLE "select" ADD COLUMN "from" uuid NOT NULL DEFAULT gen_random_uuid(),
                          ADD COLUMN "a ""b"" c" text UNIQUE CHECK ("a ""b"" c" <> '');)sql",
       .unforeseeable = {"select.from"}},
      {.name = "add_column: a collation, a storage, arrays",
       .start = kUsers,
       .migration = R"sql(ALTER TABLE users ADD COLUMN sorted text COLLATE "C" DEFAULT 'a',
                          ADD COLUMN tags text[] NOT NULL DEFAULT '{}', ADD COLUMN price numeric(8, 2)[] DEFAULT NULL;)sql"},
      {.name = "add_column: if the table exists, and it does not",
       .start = kUsers,
       .migration = "ALTER TABLE IF EXISTS nothing ADD COLUMN a text;"},
      {.name = "add_column: to a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ADD COLUMN source text NOT NULL DEFAULT 'web';"},
      {.name = "add_column: volatile default, to a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();",
       .unforeseeable = {"events_2023.token", "events_2024.token", "events_rest.token"}},
      {.name = "add_column: to a table with an inheritance child",
       .start = kUsers + "CREATE TABLE admins (rights text) INHERITS (users);",
       .migration = "ALTER TABLE users ADD COLUMN phone text DEFAULT 'none';"},
      {.name = "add_column: not null without default, filled",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - add_column: {table: users, column: contact, type: text, not_null: true, backfill: "lower(email)"}
)yaml",
       .plain =
           "ALTER TABLE users ADD COLUMN contact text; UPDATE users SET contact = lower(email);"
           "ALTER TABLE users ALTER COLUMN contact SET NOT NULL;"},
      {.name = "add_column: default and backfill differ",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - add_column: {table: users, column: label, type: text, not_null: true, default: "''", backfill: "coalesce(name, '-')"}
)yaml",
       .plain = "ALTER TABLE users ADD COLUMN label text; ALTER TABLE users ALTER COLUMN label SET "
                "DEFAULT '';"
                "UPDATE users SET label = coalesce(name, '-'); ALTER TABLE users ALTER COLUMN "
                "label SET NOT NULL;"},
      {.name = "add_column: nullable, filled",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - add_column: {table: users, column: contact, type: text, backfill: "lower(email)"}
)yaml",
       .plain =
           "ALTER TABLE users ADD COLUMN contact text; UPDATE users SET contact = lower(email);"},
  };
}

Scenarios added_with_more() {
  return {
      {.name = "add_column: inline check",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN score integer CHECK (score > 0);"},
      {.name = "add_column: inline check with a constant default",
       .start = kUsers,
       .migration =
           "ALTER TABLE users ADD COLUMN score integer NOT NULL DEFAULT 1 CHECK (score > 0);"},
      {.name = "add_column: inline unique",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN handle text UNIQUE;"},
      {.name = "add_column: inline reference",
       .start = kOrders,
       .migration =
           "ALTER TABLE orders ADD COLUMN seller bigint REFERENCES users ON DELETE SET NULL;"},
      {.name = "add_column: inline reference to a shared table",
       .start = kUsers + "CREATE TABLE shared.countries (code text PRIMARY KEY);",
       .migration =
           "ALTER TABLE users ADD COLUMN country text REFERENCES shared.countries (code);"},
      {.name = "add_column: named inline constraints of several kinds",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN handle text CONSTRAINT handle_key UNIQUE "
                    "CONSTRAINT handle_short CHECK (length(handle) < 30);"},
      {.name = "add_column: identity",
       .start = kOrders,
       .migration = "ALTER TABLE orders ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY;",
       .unforeseeable = {"orders.no"}},
      {.name = "add_column: identity by default, with options",
       .start = kOrders,
       .migration = "ALTER TABLE orders ADD COLUMN no integer GENERATED BY DEFAULT AS IDENTITY "
                    "(START WITH 100 INCREMENT BY 5);",
       .unforeseeable = {"orders.no"}},
      {.name = "add_column: serial",
       .start = kOrders,
       .migration = "ALTER TABLE orders ADD COLUMN no bigserial;",
       .unforeseeable = {"orders.no"}},
      {.name = "add_column: generated, virtual",
       .start = kUsers,
       .migration =
           "ALTER TABLE users ADD COLUMN mail text GENERATED ALWAYS AS (lower(email)) VIRTUAL;",
       .since = 18},
  };
}

Scenarios changed() {
  const std::string named = kUsers + "UPDATE users SET name = 'x' WHERE name IS NULL;";
  return {
      {.name = "set_not_null: no NULLs",
       .start = named,
       .migration = "ALTER TABLE users ALTER COLUMN name SET NOT NULL;"},
      {.name = "set_not_null: filled",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - set_not_null: {table: users, column: name, backfill: "'unknown'"}
)yaml",
       .plain = "UPDATE users SET name = 'unknown' WHERE name IS NULL;"
                "ALTER TABLE users ALTER COLUMN name SET NOT NULL;"},
      {.name = "set_not_null: proven by a check",
       .start = named + "ALTER TABLE users ADD CHECK (name IS NOT NULL);",
       .migration = "ALTER TABLE users ALTER COLUMN name SET NOT NULL;"},
      {.name = "set_not_null: already so",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;"},
      {.name = "set_not_null: a quoted name",
       .start = kUsers + R"sql(ALTER TABLE users RENAME TO "Us""ers";
                               ALTER TABLE "Us""ers" RENAME COLUMN joined TO "Joined At";
                               ALTER TABLE "Us""ers" ALTER COLUMN "Joined At" DROP NOT NULL;)sql",
       .migration = R"sql(ALTER TABLE "Us""ers" ALTER COLUMN "Joined At" SET NOT NULL;)sql"},
      {.name = "set_not_null: of a partitioned table",
       .start = kEvents + "UPDATE events SET kind = 'other' WHERE kind IS NULL;",
       .migration = "ALTER TABLE events ALTER COLUMN kind SET NOT NULL;"},
      {.name = "drop_not_null",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;"},
      {.name = "drop_not_null: of a partitioned table",
       .start = kEvents + "UPDATE events SET kind = 'other' WHERE kind IS NULL;"
                          "ALTER TABLE events ALTER COLUMN kind SET NOT NULL;",
       .migration = "ALTER TABLE events ALTER COLUMN kind DROP NOT NULL;"},
      {.name = "set_default",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN status SET DEFAULT 'invited';"},
      {.name = "set_default: volatile, where there was none",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN joined SET DEFAULT clock_timestamp();"},
      {.name = "set_default: of a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ALTER COLUMN kind SET DEFAULT 'none';"},
      {.name = "drop_default",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN status DROP DEFAULT;"},
      {.name = "several sub-commands in one statement",
       .start = named,
       .migration = "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'nobody', ALTER COLUMN name "
                    "SET NOT NULL, "
                    "ALTER COLUMN status DROP DEFAULT, ADD COLUMN phone text;"},
  };
}

Scenarios dropped() {
  return {
      {.name = "drop_column: a plain one",
       .start = kUsers,
       .migration = "ALTER TABLE users DROP COLUMN age;"},
      {.name = "drop_column: with a default and a comment",
       .start = kUsers + "COMMENT ON COLUMN users.status IS 'where they stand';",
       .migration = "ALTER TABLE users DROP COLUMN status;"},
      {.name = "drop_column: with indexes and a check",
       .start = kUsers +
                "CREATE INDEX users_age_idx ON users (age); CREATE INDEX ON users (name, age);"
                "ALTER TABLE users ADD CHECK (age > 0);",
       .migration = "ALTER TABLE users DROP COLUMN age;"},
      {.name = "drop_column: with a foreign key",
       .start = kOrders + "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders DROP COLUMN user_id;"},
      {.name = "drop_column: not null",
       .start = kUsers,
       .migration = "ALTER TABLE users DROP COLUMN email;"},
      {.name = "drop_column: with a unique constraint and a partial index over others",
       .start =
           kUsers +
           "ALTER TABLE users ADD UNIQUE (email, age); CREATE INDEX ON users (name) WHERE age > 3;"
           "CREATE INDEX ON users (name) INCLUDE (age);",
       .migration = "ALTER TABLE users DROP COLUMN age;"},
      {.name = "drop_column: of the primary key",
       .start = kOrders,
       .migration = "ALTER TABLE orders DROP COLUMN id;"},
      {.name = "drop_column: several in one statement, one of them added before",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD COLUMN a integer; ALTER TABLE users DROP COLUMN age, "
                    "DROP COLUMN name;"},
      {.name = "drop_column: of a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events DROP COLUMN kind;"},
      {.name = "drop_column: if exists, and it does not",
       .start = kUsers,
       .migration = "ALTER TABLE users DROP COLUMN IF EXISTS nothing;"},
      {.name = "drop_column: an identity",
       .start = kOrders + "ALTER TABLE orders ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY;",
       .migration = "ALTER TABLE orders DROP COLUMN no;"},
  };
}

Scenarios properties() {
  return {
      {.name = "alter_column_options",
       .start = kUsers +
                "ALTER TABLE users ALTER COLUMN name SET STORAGE MAIN, ALTER COLUMN name SET "
                "STATISTICS 7, ALTER COLUMN status SET (n_distinct = 3, n_distinct_inherited = 4);",
       .migration =
           "ALTER TABLE users ALTER COLUMN name SET STORAGE external, ALTER COLUMN name SET "
           "COMPRESSION pglz, ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN \"email\" SET "
           "STATISTICS 0;"
           "ALTER TABLE users ALTER COLUMN status SET (n_distinct = -0.5);"
           "ALTER TABLE users ALTER COLUMN status RESET (n_distinct_inherited);"},
      {.name = "alter_column_options: of a partitioned table",
       .start = kEvents + "ALTER TABLE events_2023 ALTER COLUMN kind SET STORAGE main;"
                          "ALTER TABLE events_rest ALTER COLUMN kind SET STATISTICS 20;",
       .migration = "ALTER TABLE events ALTER COLUMN kind SET STORAGE external, ALTER COLUMN kind "
                    "SET STATISTICS 300, ALTER COLUMN kind SET COMPRESSION pglz, ALTER COLUMN kind "
                    "SET (n_distinct = 4);"},
      {.name = "alter_column_options: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - alter_column_options: {table: users, column: name, storage: main, compression: default, statistics: -1}
  - alter_column_options: {table: users, column: status, set: {n_distinct: 3}}
)yaml",
       .plain = "ALTER TABLE users ALTER COLUMN name SET STORAGE main; ALTER TABLE users ALTER "
                "COLUMN status SET (n_distinct = 3);"},
      {.name = "add_identity",
       .start = kUsers + "ALTER TABLE users ALTER COLUMN id DROP IDENTITY;",
       .migration = R"yaml(
operations:
  - add_identity: {table: users, column: id}
)yaml",
       .plain = "ALTER TABLE users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;"
                "SELECT setval('users_id_seq', 41, false);"},
      {.name = "add_identity: always, and where to begin is written",
       .start = kUsers + "ALTER TABLE users ALTER COLUMN id DROP IDENTITY;",
       .migration = "ALTER TABLE users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START "
                    "WITH 100 INCREMENT BY 5);"},
      {.name = "add_identity: in YAML",
       .start = kUsers + "ALTER TABLE users ALTER COLUMN id DROP IDENTITY;",
       .migration = R"yaml(
operations:
  - add_identity: {table: users, column: id, start: 41}
)yaml",
       .plain =
           "ALTER TABLE users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START 41);"},
      {.name = "set_identity",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN id SET GENERATED ALWAYS;"},
      {.name = "set_identity: in YAML",
       .start = kUsers + "ALTER TABLE users ALTER COLUMN id SET GENERATED ALWAYS;",
       .migration = R"yaml(
operations:
  - set_identity: {table: users, column: id, generated: by_default}
)yaml",
       .plain = "ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT;"},
      {.name = "drop_identity",
       .start = kUsers,
       .migration = "ALTER TABLE users ALTER COLUMN id DROP IDENTITY;"},
      {.name = "drop_expression",
       .start = kUsers + "ALTER TABLE users ADD COLUMN half integer GENERATED ALWAYS AS (age / 2) "
                         "STORED;",
       .migration = "ALTER TABLE users ALTER COLUMN half DROP EXPRESSION;"},
      {.name = "drop_expression: of a partitioned table",
       .start = kEvents + "ALTER TABLE events ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) "
                          "STORED;",
       .migration = "ALTER TABLE events ALTER COLUMN twice DROP EXPRESSION;"},
  };
}

}  // namespace

Scenarios column_scenarios() {
  Scenarios all;
  for (Scenarios part : {added(), added_with_more(), changed(), dropped(), properties()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lockstep::test
