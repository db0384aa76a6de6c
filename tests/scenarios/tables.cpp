#include "tests/scenarios/scenario.h"

namespace lockstep::test {

Scenarios table_scenarios() {
  return {
      {.name = "set_storage_parameters",
       .start = kUsers,
       .migration = "ALTER TABLE users SET (fillfactor = 70, autovacuum_enabled = off, "
                    "autovacuum_vacuum_scale_factor = 0.05);"},
      {.name = "set_storage_parameters: where some are set, and some are reset",
       .start = kUsers + "ALTER TABLE users SET (fillfactor = 80, parallel_workers = 2, "
                         "vacuum_truncate = false);",
       .migration = "ALTER TABLE users SET (fillfactor = 70), RESET (vacuum_truncate, "
                    "toast_tuple_target);"
                    "ALTER TABLE users SET (user_catalog_table = true);"},
      {.name = "set_storage_parameters: in YAML",
       .start = kUsers + "ALTER TABLE users SET (parallel_workers = 2);",
       .migration = R"yaml(
operations:
  - set_storage_parameters: {table: users, set: {fillfactor: 70}, reset: [parallel_workers]}
)yaml",
       .plain =
           "ALTER TABLE users SET (fillfactor = 70); ALTER TABLE users RESET (parallel_workers);"},
      {.name = "set_replica_identity",
       .start = kUsers + "CREATE UNIQUE INDEX \"By e-mail\" ON users (email);",
       .migration = "ALTER TABLE users REPLICA IDENTITY USING INDEX \"By e-mail\";"},
      {.name = "set_replica_identity: from an index",
       .start = kUsers + "CREATE UNIQUE INDEX \"By e-mail\" ON users (email); ALTER TABLE users "
                         "REPLICA IDENTITY USING INDEX \"By e-mail\";",
       .migration = "ALTER TABLE users REPLICA IDENTITY NOTHING;"},
      {.name = "set_replica_identity: of a partitioned table, in YAML",
       .start = kEvents,
       .migration = R"yaml(
operations:
  - set_replica_identity: {table: events, identity: full}
)yaml",
       .plain = "ALTER TABLE events REPLICA IDENTITY FULL;"},
      {.name = "set_owner",
       .start = kUsers + "CREATE VIEW people AS SELECT id FROM users; CREATE SEQUENCE tickets;",
       .migration = "ALTER TABLE users OWNER TO reader; ALTER VIEW people OWNER TO reader; ALTER "
                    "SEQUENCE tickets OWNER TO reader;"},
      {.name = "set_owner: of a partitioned table, in YAML",
       .start = kEvents,
       .migration = R"yaml(
operations:
  - set_owner: {table: events, owner: reader}
)yaml",
       .plain = "ALTER TABLE events OWNER TO reader;"},
      {.name = "cluster_on",
       .start = kUsers + "CREATE INDEX by_age ON users (age); ALTER TABLE users CLUSTER ON "
                         "users_pkey;",
       .migration = "ALTER TABLE users CLUSTER ON by_age;"},
      {.name = "cluster_on: none, in YAML",
       .start = kUsers + "ALTER TABLE users CLUSTER ON users_pkey;",
       .migration = R"yaml(
operations:
  - cluster_on: {table: users}
)yaml",
       .plain = "ALTER TABLE users SET WITHOUT CLUSTER;"},
      {.name = "create_statistics",
       .start = kUsers,
       .migration = "CREATE STATISTICS \"Ages, names\" (dependencies, mcv) ON age, name FROM users;"
                    "CREATE STATISTICS lower_names ON lower(name) FROM users;"},
      {.name = "create_statistics: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - create_statistics: {name: ages, table: users, on: [age, lower(name)]}
)yaml",
       .plain = "CREATE STATISTICS ages ON age, lower(name) FROM users;"},
      {.name = "drop_statistics",
       .start = kUsers + "CREATE STATISTICS ages (ndistinct) ON age, lower(name) FROM users;",
       .migration = "DROP STATISTICS ages;"},
      {.name = "create_table: keys, defaults, checks and an identity",
       .start = kUsers,
       .migration = R"sql(
CREATE TABLE invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number text NOT NULL UNIQUE,
  amount numeric(10, 2) DEFAULT 0 CHECK (amount >= 0),
  tax numeric GENERATED ALWAYS AS (amount * 0.2) STORED,
  issued date,
  due date,
  CHECK (due >= issued),
  UNIQUE (number, issued)
);
)sql"},
      {.name = "create_table: foreign keys to live tables",
       .start = kOrders + "CREATE TABLE shared.countries (code text PRIMARY KEY);",
       .migration = R"sql(
CREATE TABLE invoices (
  id serial PRIMARY KEY,
  order_id uuid REFERENCES orders ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users (id),
  country text REFERENCES shared.countries,
  parent integer REFERENCES invoices
);
)sql"},
      {.name = "create_table: names with upper case, blanks and quotes",
       .start = kUsers,
       .migration = R"sql(
CREATE TABLE "Order ""Lines""" (
  "Line No" integer PRIMARY KEY,
  "User" bigint REFERENCES users,
  "select" text UNIQUE
);
)sql"},
      {.name = "create_table: with an index, rows and a constraint in the same file",
       .start = kUsers,
       .migration = R"sql(
CREATE TABLE plans (code text PRIMARY KEY, title text, price integer);
INSERT INTO plans (code, title, price) VALUES ('s', 'Small', 10), ('l', 'Large', 30);
CREATE UNIQUE INDEX plans_title_idx ON plans (lower(title));
ALTER TABLE plans ALTER COLUMN title SET NOT NULL;
ALTER TABLE plans ADD CHECK (price > 0);
ALTER TABLE plans ADD COLUMN active boolean NOT NULL DEFAULT true;
)sql"},
      {.name = "create_table: if not exists, and it exists",
       .start = "CREATE TABLE tags (name text PRIMARY KEY, rank integer DEFAULT 3);",
       .migration =
           "CREATE TABLE IF NOT EXISTS tags (name text PRIMARY KEY, rank integer DEFAULT 3);"},
      {.name = "create_table: in YAML",
       .start = kUsers,
       .migration = R"yaml(
description: Keep invoices
operations:
  - create_table:
      name: invoices
      columns:
        - {name: id, type: bigint, primary_key: true}
        - {name: user_id, type: bigint, not_null: true, references: users}
        - {name: note, type: text, default: "'none'"}
)yaml",
       .plain = R"sql(
CREATE TABLE invoices (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  note text DEFAULT 'none'
);
)sql"},
      {.name = "drop_table: nobody refers to it",
       .start = kOrders,
       .migration = "DROP TABLE orders;"},
      {.name = "drop_table: it refers to a live table",
       .start = kOrders + "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;"
                          "CREATE INDEX ON orders (user_id);",
       .migration = "DROP TABLE orders;"},
      {.name = "drop_table: with an identity and a serial",
       .start = kUsers + "CREATE TABLE tickets (id serial PRIMARY KEY, "
                         "no bigint GENERATED ALWAYS AS IDENTITY, note text);",
       .migration = "DROP TABLE tickets;"},
      {.name = "create_table: a live table refers to it in the same file",
       .start = kUsers,
       .migration = "CREATE TABLE plans (id integer PRIMARY KEY); INSERT INTO plans VALUES (1);"
                    "ALTER TABLE users ADD COLUMN plan_id integer REFERENCES plans;"
                    "CREATE INDEX ON users (plan_id);"},
      {.name = "create_table: unlogged",
       .start = kUsers,
       .migration = "CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY);"},
      {.name = "create_table: partitioned",
       .start = kUsers,
       .migration = "CREATE TABLE visits (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) "
                    "PARTITION BY RANGE (at);"},
      {.name = "create_table: names as long as can be",
       .start = kUsers,
       .migration =
           "CREATE TABLE a_name_that_is_as_long_as_postgresql_lets_a_name_be_in_its_catalog ("
           "id serial PRIMARY KEY, another_long_name_for_a_column_of_that_table bigint REFERENCES "
           "users, "
           "gr\xc3\xb6\xc3\x9f"
           "e integer CHECK (gr\xc3\xb6\xc3\x9f"
           "e > 0), "
           "UNIQUE (another_long_name_for_a_column_of_that_table, gr\xc3\xb6\xc3\x9f"
           "e));"},
      {.name = "drop_table: if exists, and it does not",
       .start = kUsers,
       .migration = "DROP TABLE IF EXISTS nothing;"},
  };
}

}  // namespace lockstep::test
