#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

Scenarios checks_and_keys() {
  return {
      {.name = "add_check",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);"},
      {.name = "add_check: without a name",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD CHECK (age > 0), ADD CHECK (age < 200), ADD CHECK (age "
                    "<> 7 OR name <> '');"},
      {.name = "add_check: not valid, then validate",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID;"
                    "ALTER TABLE users VALIDATE CONSTRAINT adult;"},
      {.name = "add_check: of a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ADD CHECK (id > 0);"},
      {.name = "add_check: of a table with an inheritance child",
       .start = kUsers + "CREATE TABLE admins (rights text) INHERITS (users);",
       .migration = "ALTER TABLE users ADD CHECK (age > 0);"},
      {.name = "add_check: in YAML",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - add_check: {table: users, name: adult, check: "age >= 18"}
)yaml",
       .plain = "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);"},
      {.name = "add_check: its name is taken",
       .start = kUsers + "ALTER TABLE users ADD CHECK (age < 300); CREATE TABLE other (a integer "
                         "CONSTRAINT users_age_check1 CHECK (a > 0));",
       .migration = "ALTER TABLE users ADD CHECK (age > 0); ALTER TABLE users ADD CHECK "
                    "(length(name) > 0 OR age > 0);"},
      {.name = "add_check: calls a function of the tenant",
       .start = kUsers + "CREATE FUNCTION fits(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE "
                         "AS 'SELECT n < 200';",
       .migration = "ALTER TABLE users ADD CONSTRAINT fitting CHECK (fits(age));"},
      {.name = "validate_constraint: a check",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID;",
       .migration = "ALTER TABLE users VALIDATE CONSTRAINT adult;"},
      {.name = "validate_constraint: with a comment",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID;"
                         "COMMENT ON CONSTRAINT adult ON users IS 'by law';",
       .migration = "ALTER TABLE users VALIDATE CONSTRAINT adult;"},
      {.name = "validate_constraint: a foreign key",
       .start = kOrders + "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) "
                          "REFERENCES users NOT VALID;",
       .migration = "ALTER TABLE orders VALIDATE CONSTRAINT buyer;"},
      {.name = "add_unique", .start = kUsers, .migration = "ALTER TABLE users ADD UNIQUE (email);"},
      {.name = "add_unique: named, several columns, included ones",
       .start = kUsers,
       .migration =
           "ALTER TABLE users ADD CONSTRAINT by_mail UNIQUE (email, joined) INCLUDE (name);"},
      {.name = "add_unique: deferrable",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD CONSTRAINT by_mail UNIQUE (email) DEFERRABLE INITIALLY "
                    "DEFERRED;"},
      {.name = "add_unique: nulls not distinct",
       .start = kUsers,
       .migration = "ALTER TABLE users ADD UNIQUE NULLS NOT DISTINCT (email);",
       .since = 15},
      {.name = "add_unique: using an index",
       .start = kUsers + "CREATE UNIQUE INDEX mails ON users (email);",
       .migration = "ALTER TABLE users ADD CONSTRAINT by_mail UNIQUE USING INDEX mails;"},
      {.name = "add_primary_key",
       .start = kOrders + "CREATE TABLE tags (name text NOT NULL, rank integer);"
                          "INSERT INTO tags SELECT 'tag ' || n, n FROM generate_series(1, 9) n;",
       .migration = "ALTER TABLE tags ADD PRIMARY KEY (name);"},
      {.name = "add_primary_key: of columns that may be NULL",
       .start = "CREATE TABLE tags (name text, lang text);"
                "INSERT INTO tags SELECT 'tag ' || n, 'en' FROM generate_series(1, 9) n;",
       .migration = "ALTER TABLE tags ADD CONSTRAINT tags_key PRIMARY KEY (name, lang);"},
      {.name = "add_primary_key: using an index",
       .start = "CREATE TABLE tags (name text NOT NULL); CREATE UNIQUE INDEX tags_by_name ON tags "
                "(name);",
       .migration =
           "ALTER TABLE tags ADD CONSTRAINT tags_key PRIMARY KEY USING INDEX tags_by_name;"},
  };
}

Scenarios foreign_keys() {
  const std::string categories =
      "CREATE TABLE parts (id integer PRIMARY KEY, part_of integer);"
      "INSERT INTO parts SELECT n, nullif(n / 2, 0) FROM generate_series(1, 15) n;";
  return {
      {.name = "add_foreign_key",
       .start = kOrders,
       .migration = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;"},
      {.name = "add_foreign_key: named, with actions",
       .start = kOrders,
       .migration =
           "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users (id) "
           "ON DELETE CASCADE ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED;"},
      {.name = "add_foreign_key: to itself",
       .start = categories,
       .migration = "ALTER TABLE parts ADD FOREIGN KEY (part_of) REFERENCES parts;"},
      {.name = "add_foreign_key: to a shared table",
       .start = kUsers + "CREATE TABLE shared.stages (code text PRIMARY KEY);"
                         "INSERT INTO shared.stages VALUES ('new'), ('active'), ('gone');"
                         "ALTER TABLE users ALTER COLUMN status TYPE text;",
       .migration = "ALTER TABLE users ADD FOREIGN KEY (status) REFERENCES shared.stages;"},
      {.name = "add_foreign_key: not valid, left so",
       .start = kOrders,
       .migration = "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES "
                    "users NOT VALID;"},
      {.name = "add_foreign_key: of two columns, to a unique constraint, match full",
       .start = "CREATE TABLE zones (country text NOT NULL, code integer NOT NULL, UNIQUE "
                "(country, code));"
                "INSERT INTO zones SELECT 'c', n FROM generate_series(1, 9) n;"
                "CREATE TABLE shops (id integer PRIMARY KEY, land text, zone integer);"
                "INSERT INTO shops SELECT n, 'c', n FROM generate_series(1, 9) n;",
       .migration = "ALTER TABLE shops ADD FOREIGN KEY (land, zone) REFERENCES zones (country, "
                    "code) MATCH FULL;"},
      {.name = "add_foreign_key: with the index that serves it",
       .start = kOrders,
       .migration = "CREATE INDEX ON orders (user_id); ALTER TABLE orders ADD FOREIGN KEY "
                    "(user_id) REFERENCES users;"},
      {.name = "a foreign key is replaced by one that cascades",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders DROP CONSTRAINT buyer;"
                    "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES "
                    "users ON DELETE CASCADE;"},
      {.name = "a check is replaced by a stronger one",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 0);",
       .migration =
           "ALTER TABLE users DROP CONSTRAINT age_ok, ADD CONSTRAINT age_ok CHECK (age > 10);"},
      {.name = "a check is replaced by a weaker one, in YAML",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT age_ok CHECK (age > 10);",
       .migration = R"yaml(
operations:
  - drop_constraint: {table: users, name: age_ok}
  - add_check: {table: users, name: age_ok, check: "age > 0"}
)yaml",
       .plain = "ALTER TABLE users DROP CONSTRAINT age_ok, ADD CONSTRAINT age_ok CHECK (age > 0);"},
      {.name = "a foreign key and a check are replaced before the deploy",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;"
                "ALTER TABLE orders ADD CONSTRAINT worth CHECK (total > 0);",
       .migration = "-- lockstep: phase = expand\n"
                    "ALTER TABLE orders DROP CONSTRAINT buyer, DROP CONSTRAINT worth, "
                    "ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users ON DELETE SET "
                    "NULL, ADD CONSTRAINT worth CHECK (total > 0 OR note IS NULL);"},
      {.name = "a check of a partitioned table is replaced",
       .start = kEvents + "ALTER TABLE events ADD CONSTRAINT positive CHECK (id > 0);",
       .migration = "ALTER TABLE events DROP CONSTRAINT positive;"
                    "ALTER TABLE events ADD CONSTRAINT positive CHECK (id > -1);"},
      {.name = "a foreign key gets another target",
       .start = kOrders +
                "CREATE TABLE buyers (id bigint PRIMARY KEY);"
                "INSERT INTO buyers SELECT n FROM generate_series(1, 100) n;"
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders DROP CONSTRAINT buyer;"
                    "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES "
                    "buyers;"},
      {.name = "add_foreign_key: in YAML",
       .start = kOrders,
       .migration = R"yaml(
operations:
  - add_foreign_key: {table: orders, columns: [user_id], references: users, on_delete: cascade}
)yaml",
       .plain = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;"},
  };
}

Scenarios dropped() {
  return {
      {.name = "alter_constraint: deferred",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders ALTER CONSTRAINT buyer DEFERRABLE INITIALLY DEFERRED;"},
      {.name = "alter_constraint: deferrable, and not deferrable, in YAML",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES "
                "users ON DELETE CASCADE DEFERRABLE; ALTER TABLE orders ADD COLUMN "
                "giver bigint CONSTRAINT giver REFERENCES users;",
       .migration = R"yaml(
operations:
  - alter_constraint: {table: orders, name: buyer, deferrable: false}
  - alter_constraint: {table: orders, name: giver, deferrable: true}
)yaml",
       .plain =
           "ALTER TABLE orders ALTER CONSTRAINT buyer NOT DEFERRABLE; ALTER TABLE orders ALTER "
           "CONSTRAINT giver DEFERRABLE;"},
      {.name = "alter_constraint: of a partitioned table",
       .start = kEvents + "CREATE TABLE kinds (id integer PRIMARY KEY); ALTER TABLE events ADD "
                          "COLUMN of_kind integer CONSTRAINT of_kind REFERENCES kinds;",
       .migration = "ALTER TABLE events ALTER CONSTRAINT of_kind DEFERRABLE;"},
      {.name = "drop_constraint: a check",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);",
       .migration = "ALTER TABLE users DROP CONSTRAINT adult;"},
      {.name = "drop_constraint: a check with a comment",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);"
                         "COMMENT ON CONSTRAINT adult ON users IS 'by law';",
       .migration = "ALTER TABLE users DROP CONSTRAINT adult;"},
      {.name = "drop_constraint: a check of a partitioned table",
       .start = kEvents + "ALTER TABLE events ADD CONSTRAINT positive CHECK (id > 0);",
       .migration = "ALTER TABLE events DROP CONSTRAINT positive;"},
      {.name = "drop_constraint: a foreign key",
       .start = kOrders +
                "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;",
       .migration = "ALTER TABLE orders DROP CONSTRAINT buyer;"},
      {.name = "drop_constraint: a unique constraint",
       .start = kUsers + "ALTER TABLE users ADD CONSTRAINT by_mail UNIQUE (email);",
       .migration = "ALTER TABLE users DROP CONSTRAINT by_mail;"},
      {.name = "drop_constraint: the primary key",
       .start = kOrders,
       .migration = "ALTER TABLE orders DROP CONSTRAINT orders_pkey;"},
      {.name = "drop_constraint: if exists, and it does not",
       .start = kUsers,
       .migration = "ALTER TABLE users DROP CONSTRAINT IF EXISTS nothing;"},
  };
}

}  // namespace

Scenarios constraint_scenarios() {
  Scenarios all;
  for (Scenarios part : {checks_and_keys(), foreign_keys(), dropped()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace lockstep::test
