#include "tests/scenarios/scenario.h"

namespace lockstep::test {

// Everything that an author may write between two words. What Lockstep sends is made of the pieces
// of the statement, and must mean what the whole meant.

Scenarios spelling_scenarios() {
  return {
      {.name = "defaults: comments, quotes of each kind, brackets within them",
       .start = kUsers,
       .migration = R"sql(
ALTER TABLE users
  ADD COLUMN "a;b" text NOT NULL DEFAULT gen_random_uuid()::text || E'it''s; \' \\ -- /* (' || /* : ' ( " $$ */ $q$;$q$ -- '
, ADD COLUMN U&"\00FCn" text DEFAULT U&'\00FC;' /* nested /* ' */ */,
  ADD COLUMN ratio numeric(8, 2) DEFAULT 1 /*(*/ + 2 * (3 - -1)::numeric(8, 2);
ALTER TABLE users ALTER COLUMN status SET DEFAULT
  'a' || $$b;'$$ || E'\t' -- the end
;
)sql",
       .unforeseeable = {"users.a;b"}},
      {.name = "defaults: in YAML, an expression of several words",
       .start = kUsers,
       .migration = R"yaml(
operations:
  - add_column: {table: users, column: ok, type: boolean, default: "(length('a;b')>0)and(not false)", not_null: true}
  - add_column: {table: users, column: spelt, type: text, default: "'a'/*(*/||'b' -- c"}
)yaml",
       .plain = "ALTER TABLE users ADD COLUMN ok boolean DEFAULT (length('a;b') > 0 AND (NOT "
                "false)) NOT NULL; ALTER TABLE users ADD COLUMN spelt text DEFAULT 'a' || 'b';"},
      {.name = "checks: several lines, comments, operators by schema, collations",
       .start = kUsers,
       .migration = R"sql(
ALTER TABLE users ADD CONSTRAINT "odd ""check"", ; '" CHECK (
  name <> ';' AND -- it's ) a comment
  name COLLATE "C" !~ '^\s*--' OR length(name) OPERATOR(pg_catalog.>) 0 /* ( */
);
ALTER TABLE users ADD CHECK (U&"n\0061me" IS NOT NULL OR age::bigint > '-3'::int8)
)sql"},
      {.name = "indexes: expressions with all that may follow them",
       .start = kUsers,
       .migration = R"sql(
CREATE INDEX "i;1" ON users (
  ((lower(name) COLLATE "C") || $$;)$$) text_pattern_ops DESC NULLS LAST, -- one
  (age /* ) */ + 1), lower(name) COLLATE "POSIX"
) WHERE name <> E'\';' AND age::bigint > 3 -- most
;
CREATE UNIQUE INDEX ON users (id, (name || E'\\')) INCLUDE (age) WITH (fillfactor = 90);
)sql"},
      {.name = "updates: an odd alias, CASE, strings of each kind",
       .start = kUsers,
       .migration = R"sql(
UPDATE users AS "u ; '" SET status = CASE WHEN "u ; '".name ~ E'\\d;' THEN $a$it's $a$ || "u ; '".name -- ; '
  ELSE U&'\0078' END /* ; */ WHERE "u ; '".id > 3 AND name <> $$'$$;
DELETE FROM users "d -- d" WHERE "d -- d".name = 'n''; DROP TABLE users; --' OR id = 5 /* five */
)sql"},
      {.name = "tables: brackets and comments before the list of columns",
       .start = kUsers,
       .migration = R"sql(
CREATE TABLE /* a ( /* b ( */ ( */ -- (
  "odd ""( table" (id /* the key */ integer PRIMARY KEY, -- it's one
  "a(b" U&"t\0065xt" DEFAULT $a$;)$a$, CHECK ("a(b" <> ')')) WITH (fillfactor = 70);
CREATE INDEX ON "odd ""( table" ("a(b" /* ; */ text_pattern_ops)
)sql"},
      {.name = "keys: names that must be quoted",
       .start = R"sql(CREATE TABLE "Order -- s" ("Sel;ect" integer PRIMARY KEY, "it's" text);
                      INSERT INTO "Order -- s" VALUES (1, 'a'), (2, 'b');
                      CREATE TABLE "from" ("Order" integer, "$1" text); INSERT INTO "from" VALUES (1, 'x');)sql",
       .migration = R"sql(
ALTER TABLE "from" ADD FOREIGN KEY ("Order") REFERENCES "Order -- s" ("Sel;ect") /* ; */ ON DELETE CASCADE;
ALTER TABLE "Order -- s" ADD CONSTRAINT "un""iq" UNIQUE ("it's");
ALTER TABLE "from" ALTER COLUMN "$1" SET NOT NULL, ADD PRIMARY KEY ("$1");
)sql"},
  };
}

}  // namespace lockstep::test
