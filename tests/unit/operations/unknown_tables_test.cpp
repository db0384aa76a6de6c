// Lint knows only what the migrations it reads create: every operation must come through with
// tables of which nothing is known.

#include <string>
#include <variant>

#include "lockstep/operations/registry.h"
#include "lockstep/sql/parse.h"
#include "tests/support/catch.h"

namespace lockstep::operations {

namespace {

/// Judges, plans and folds each statement against a catalog in which nothing is known to exist.
void run_all(const std::string& text) {
  const sql::ParsedFile parsed = sql::parse(text, {"0001_unknown.sql", false});
  REQUIRE(parsed.problems.empty());
  catalog::Catalog catalog;
  catalog.partial = true;
  for (const sql::Statement& statement : parsed.statements) {
    INFO(statement.text);
    Origin origin;
    origin.migration = "0001";
    origin.where = statement.where;
    core::Problems problems;
    const auto operations = recognise(statement, origin, problems);
    CHECK(problems.empty());
    REQUIRE_FALSE(operations.empty());
    for (const OperationPtr& operation : operations) {
      const Context context{catalog, &catalog, false};
      const Judgement judgement = operation->judge(context);
      CHECK(judgement.problems.empty());
      operation->plan(context);
      operation->apply(catalog, core::Phase::kExpand);
      operation->apply(catalog, core::Phase::kContract);
    }
  }
}

}  // namespace

TEST_CASE("a foreign key to the key of an unknown table has no columns to check") {
  run_all("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;");
}

TEST_CASE("constraints and indexes of unknown tables") {
  run_all(R"(
    ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (user_id);
    ALTER TABLE orders ADD UNIQUE (code);
    ALTER TABLE orders ADD PRIMARY KEY (order_id);
    ALTER TABLE users ADD CHECK (age > 0);
    ALTER TABLE users ADD PRIMARY KEY USING INDEX users_ix;
    ALTER TABLE users DROP CONSTRAINT nobody_knows;
    ALTER TABLE users VALIDATE CONSTRAINT nobody_knows;
    CREATE UNIQUE INDEX ON users (lower(email)) WHERE age > 0;
    DROP INDEX nobody_knows_ix;)");
}

TEST_CASE("rows and objects of unknown tables") {
  run_all(R"(
    UPDATE users SET email = lower(email);
    DELETE FROM users WHERE user_id IN (SELECT user_id FROM orders);
    INSERT INTO users (email) VALUES ('a');
    CREATE VIEW buyers AS SELECT * FROM users JOIN orders USING (user_id);
    CREATE TRIGGER seen AFTER INSERT ON users EXECUTE FUNCTION seen();
    DROP TRIGGER gone ON users;
    DROP VIEW gone_view;
    DROP FUNCTION gone(integer);
    DROP TYPE gone_type;
    DROP SEQUENCE gone_seq;
    ALTER TYPE mood ADD VALUE 'ok';
    COMMENT ON COLUMN users.email IS 'x';
    GRANT SELECT ON users TO reader;)");
}

}  // namespace lockstep::operations
