#include "tests/scenarios/scenario.h"

namespace lockstep::test {

Scenarios index_scenarios() {
  const std::string articles =
      "CREATE TABLE articles (id integer PRIMARY KEY, tags text[], spot point, words tsvector, at "
      "timestamptz);"
      "INSERT INTO articles SELECT n, ARRAY['t' || n], point(n, n), to_tsvector('simple', 'word ' "
      "|| n), "
      "timestamptz '2024-01-01 00:00+00' + n * interval '1 hour' FROM generate_series(1, 20) n;";
  return {
      {.name = "create_index",
       .start = kUsers,
       .migration = "CREATE INDEX users_name_idx ON users (name);"},
      {.name = "create_index: without a name",
       .start = kUsers + "CREATE INDEX users_name_idx ON users (name, age);",
       .migration =
           "CREATE INDEX ON users (name); CREATE INDEX ON users (lower(email), (age + 1));"},
      {.name = "create_index: unique",
       .start = kUsers,
       .migration = "CREATE UNIQUE INDEX users_mail_idx ON users (email);"},
      {.name = "create_index: unique, of an expression, partial",
       .start = kUsers,
       .migration = "CREATE UNIQUE INDEX ON users (lower(email), age) WHERE name IS NOT NULL;"},
      {.name = "create_index: order, collation, operator class and included columns",
       .start = kUsers,
       .migration =
           R"sql(CREATE INDEX users_many ON users (name COLLATE "C" text_pattern_ops, age DESC NULLS LAST)
                          INCLUDE (status, joined) WITH (fillfactor = 80);)sql"},
      {.name = "create_index: nulls not distinct",
       .start = kUsers + "UPDATE users SET age = 5 WHERE age IS NULL;",
       .migration = "CREATE UNIQUE INDEX ON users (age, id) NULLS NOT DISTINCT;",
       .since = 15},
      {.name = "create_index: every access method",
       .start = articles,
       .migration =
           "CREATE INDEX ON articles USING hash (at); CREATE INDEX ON articles USING gin (tags);"
           "CREATE INDEX ON articles USING gist (spot); CREATE INDEX ON articles USING spgist "
           "(spot);"
           "CREATE INDEX ON articles USING brin (at); CREATE INDEX ON articles USING gin (words);"},
      {.name = "create_index: written concurrently",
       .start = kUsers,
       .migration = "CREATE INDEX CONCURRENTLY users_name_idx ON users (name);"},
      {.name = "create_index: if not exists, and it exists",
       .start = kUsers + "CREATE INDEX users_name_idx ON users (name);",
       .migration = "CREATE INDEX IF NOT EXISTS users_name_idx ON users (name);"},
      {.name = "reindex: one",
       .start = kUsers + "CREATE INDEX by_age ON users (age);",
       .migration = "REINDEX INDEX by_age;"},
      {.name = "reindex: all of a table",
       .start = kUsers + "CREATE UNIQUE INDEX by_mail ON users (email);",
       .migration = "REINDEX TABLE users;"},
      {.name = "reindex: one, and all of a table",
       .start = kUsers +
                "CREATE UNIQUE INDEX by_mail ON users (email); CREATE INDEX by_age ON users "
                "(age) WHERE age > 30; COMMENT ON INDEX by_age IS 'grown';",
       .migration = "REINDEX INDEX by_age; REINDEX TABLE users;"},
      {.name = "reindex: of a partitioned table, in YAML",
       .start = kEvents + "CREATE INDEX by_kind ON events (kind);",
       .migration = R"yaml(
operations:
  - reindex: {index: by_kind}
)yaml",
       // Of a partitioned table it runs in no transaction, where its locks could be looked at.
       .plain = "REINDEX INDEX by_kind; REINDEX TABLE events_rest;"},
      {.name = "soft_delete: a constraint, and an index with a condition",
       .start = kUsers + "ALTER TABLE users ADD UNIQUE (email) INCLUDE (age); CREATE UNIQUE INDEX "
                         "by_name ON users (lower(name), id) WHERE name IS NOT NULL;",
       .migration = R"yaml(
operations:
  - soft_delete: {table: users, unique: [users_email_age_key, {name: by_name, as: by_name_there}]}
)yaml",
       .plain = "ALTER TABLE users ADD deleted_at timestamptz;"
                "CREATE UNIQUE INDEX users_email_age_key_live ON users (email) INCLUDE (age) WHERE "
                "deleted_at IS NULL;"
                "ALTER TABLE users DROP CONSTRAINT users_email_age_key;"
                "CREATE UNIQUE INDEX by_name_there ON users (lower(name), id) WHERE (name IS NOT "
                "NULL) AND deleted_at IS NULL; DROP INDEX by_name;"},
      {.name = "create_index: of a materialized view",
       .start = kUsers +
                "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) FROM users GROUP BY age;",
       .migration = "CREATE INDEX ages_idx ON ages (age);"},
      {.name = "create_index: quoted names",
       .start =
           R"sql(CREATE TABLE "Odd ""one""" ("the Key" integer PRIMARY KEY, "Value" text);)sql",
       .migration = R"sql(CREATE INDEX ON "Odd ""one""" ("Value");)sql"},
      {.name = "create_index: calls a function of the tenant",
       .start = kUsers + "CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS "
                         "'SELECT lower(t)';",
       .migration = "CREATE INDEX ON users (plain(email)); CREATE INDEX by_plain ON users "
                    "(plain(name), id DESC);"},
      {.name = "create_index: names of expressions",
       .start = kUsers,
       .migration = "CREATE INDEX ON users ((age + 1)); CREATE INDEX ON users ((age::bigint));"
                    "CREATE INDEX ON users ((CASE WHEN age > 1 THEN 'a' ELSE email END));"
                    "CREATE INDEX ON users (nullif(age, 1), greatest(age, 1), trim(email));"
                    "CREATE INDEX ON users ((lower(email) || 'x'), (email COLLATE \"C\"));"},
      {.name = "create_index: names as long as can be",
       .start = "CREATE TABLE a_table_whose_name_is_very_long_indeed_and_goes_on (id integer "
                "PRIMARY KEY, "
                "a_column_whose_name_is_very_long_too integer, \"Another Column\" text);",
       .migration = "CREATE INDEX ON a_table_whose_name_is_very_long_indeed_and_goes_on "
                    "(a_column_whose_name_is_very_long_too);"
                    "CREATE INDEX ON a_table_whose_name_is_very_long_indeed_and_goes_on "
                    "(\"Another Column\", a_column_whose_name_is_very_long_too, lower(\"Another "
                    "Column\"));"},
      {.name = "create_index: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - create_index: {table: users, columns: [lower(email)], unique: true, where: name is not null}
)yaml",
       .plain = "CREATE UNIQUE INDEX ON users (lower(email)) WHERE name IS NOT NULL;"},
      {.name = "drop_index",
       .start = kUsers + "CREATE INDEX users_name_idx ON users (name);",
       .migration = "DROP INDEX users_name_idx;"},
      {.name = "drop_index: unique, partial",
       .start =
           kUsers + "CREATE UNIQUE INDEX users_mail_idx ON users (lower(email)) WHERE age > 3;",
       .migration = "DROP INDEX users_mail_idx;"},
      {.name = "drop_index: written concurrently",
       .start = kUsers + "CREATE INDEX users_name_idx ON users (name);",
       .migration = "DROP INDEX CONCURRENTLY users_name_idx;"},
      {.name = "drop_index: several",
       .start = kUsers + "CREATE INDEX one ON users (name); CREATE INDEX two ON users (age);",
       .migration = "DROP INDEX one, two;"},
      {.name = "drop_index: if exists, and it does not",
       .start = kUsers,
       .migration = "DROP INDEX IF EXISTS nothing;"},
      {.name = "an index is replaced",
       .start = kUsers + "CREATE INDEX users_name_idx ON users (name);",
       .migration =
           "CREATE INDEX users_name_age_idx ON users (name, age); DROP INDEX users_name_idx;"},
  };
}

}  // namespace lockstep::test
