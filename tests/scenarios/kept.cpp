#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

std::string teams() {
  return kUsers + R"sql(
CREATE TABLE teams (team_id int PRIMARY KEY, name text);
INSERT INTO teams SELECT n, 'team ' || n FROM generate_series(1, 5) n;
)sql";
}

/// Nearly everything that a table may have.
std::string audit() {
  return teams() + R"sql(
CREATE TABLE audit (
  id serial PRIMARY KEY,
  user_id bigint REFERENCES users ON DELETE SET NULL,
  team_id int NOT NULL CONSTRAINT its_team REFERENCES teams DEFERRABLE,
  parent int REFERENCES audit,
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  note text DEFAULT 'none' CHECK (length(note) < 100),
  shout text GENERATED ALWAYS AS (upper(note)) STORED
);
CREATE INDEX audit_note_idx ON audit (lower(note)) WHERE note IS NOT NULL;
CREATE STATISTICS audit_stats ON user_id, team_id FROM audit;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON audit FOR SELECT TO reader USING (team_id > 0);
GRANT SELECT, INSERT (note) ON audit TO reader;
COMMENT ON TABLE audit IS 'who did what';
COMMENT ON COLUMN audit.note IS 'in words';
COMMENT ON CONSTRAINT its_team ON audit IS 'a team''s';
ALTER TABLE audit ADD CONSTRAINT audit_checked CHECK (team_id <> 3) NOT VALID;
INSERT INTO audit (user_id, team_id, note) SELECT n, 1 + n % 2, 'note ' || n
  FROM generate_series(1, 20) n;
)sql";
}

std::string codes() {
  return teams() + R"sql(
ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT 'c' || 1;
UPDATE users SET code = 'code ' || id;
ALTER TABLE users ADD CONSTRAINT users_code_key UNIQUE (code) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE users ADD CONSTRAINT code_is_short CHECK (length(code) < 20);
ALTER TABLE users ADD CONSTRAINT code_and_name CHECK (code <> name) NOT VALID;
CREATE INDEX users_lower_code ON users (lower(code));
CREATE INDEX users_name_code ON users (name) INCLUDE (age) WHERE code IS NOT NULL;
CREATE UNIQUE INDEX users_both ON users (email, code);
COMMENT ON COLUMN users.code IS 'short';
COMMENT ON CONSTRAINT code_is_short ON users IS 'is it';
COMMENT ON INDEX users_lower_code IS 'searched';
ALTER TABLE users CLUSTER ON users_lower_code;
GRANT SELECT (code), UPDATE (code) ON users TO reader;
ALTER TABLE users ALTER COLUMN code SET STATISTICS 200;
)sql";
}

Scenario kept(std::string name, std::string start, std::string migration) {
  Scenario scenario{std::move(name), std::move(start), std::move(migration), {}, {}};
  scenario.kept = true;
  return scenario;
}

}  // namespace

Scenarios kept_scenarios() {
  return {
      kept("a table with everything", audit(), "DROP TABLE audit;"),
      kept("a table in publications",
           "DROP PUBLICATION IF EXISTS listed;" + audit() +
               "CREATE PUBLICATION listed FOR TABLE audit, users;",
           "DROP TABLE audit;"),
      kept("a table whose names are long and odd",
           R"sql(CREATE TABLE "Übermäßig ""lange"" Namen, die nicht in einen anderen passen" (
  "sehr lange Spalte mit vielen Buchstaben und Zeichen, wirklich" serial PRIMARY KEY))sql",
           R"sql(DROP TABLE "Übermäßig ""lange"" Namen, die nicht in einen anderen passen";)sql"),
      kept("a column without anything", kUsers, "ALTER TABLE users DROP COLUMN age;"),
      kept("a column with everything", codes(), "ALTER TABLE users DROP COLUMN code;"),
      kept("a foreign key's column",
           teams() + "ALTER TABLE users ADD COLUMN team_id int CONSTRAINT its_team REFERENCES teams"
                     " ON DELETE CASCADE;"
                     "UPDATE users SET team_id = 1 + id % 5; CREATE INDEX ON users (team_id);"
                     "COMMENT ON CONSTRAINT its_team ON users IS 'one'",
           "ALTER TABLE users DROP COLUMN team_id;"),
      kept("a serial column", kUsers + "ALTER TABLE users ADD COLUMN number serial",
           "ALTER TABLE users DROP COLUMN number;"),
      kept("an identity column that is the primary key", kUsers,
           "ALTER TABLE users DROP COLUMN id;"),
      kept("a generated column",
           kUsers +
               "ALTER TABLE users ADD COLUMN shout text GENERATED ALWAYS AS (upper(email)) STORED;"
               "CREATE INDEX ON users (shout)",
           "ALTER TABLE users DROP COLUMN shout;"),
      kept("a column of an exclusion constraint",
           kUsers + "ALTER TABLE users ADD COLUMN stay int4range;"
                    "UPDATE users SET stay = int4range(id::int, id::int + 1);"
                    "ALTER TABLE users ADD EXCLUDE USING gist (stay WITH &&)",
           "ALTER TABLE users DROP COLUMN stay;"),
      kept("the index that replication goes by",
           codes() + "ALTER TABLE users REPLICA IDENTITY USING INDEX users_both",
           "ALTER TABLE users DROP COLUMN code;"),
      kept("several of one table, and another table", audit(),
           "ALTER TABLE users DROP COLUMN age, DROP COLUMN status;\nDROP TABLE audit;\n"),
  };
}

}  // namespace lockstep::test
