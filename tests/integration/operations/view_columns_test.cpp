// The columns of a view as they are told from its query's text, against those that the server has.

#include <algorithm>

#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {

namespace {

Tenant& tenant_with(const std::string& start) {
  static TestDatabase database("SELECT 1");
  static Tenant tenant(database, "the tenant's");
  tenant.build(start);
  return tenant;
}

struct Views {
  catalog::Relation foretold;
  catalog::Relation read;
};

Views views_of(const std::string& query) {
  Scenario scenario;
  scenario.start = kOrders + "CREATE TYPE mood AS ENUM ('good', 'bad');";
  scenario.migration = "CREATE VIEW v AS " + query + ";";
  const auto recognised = recognise(scenario);
  Tenant& tenant = tenant_with(scenario.start);
  catalog::Catalog catalog = read_catalog(tenant, recognised->request);
  for (const auto& operation : recognised->migrations.front().operations) {
    operation->apply(catalog, core::Phase::kExpand);
  }
  tenant.run_as_written(scenario.migration);
  return {*catalog.find({"", "v"}), *read_catalog(tenant, recognised->request).find({"", "v"})};
}

std::vector<std::string> names(const catalog::Relation& view) {
  std::vector<std::string> result;
  for (const catalog::Column& column : view.columns) result.push_back(column.name);
  return result;
}

}  // namespace

TEST_CASE("the columns of a view are foretold") {
  const std::string query = GENERATE(
      as<std::string>{}, "SELECT * FROM users", "SELECT u.*, o.total AS sum FROM users u, orders o",
      "SELECT * FROM users u (number, mail) JOIN orders o ON o.user_id = u.number WHERE false",
      "SELECT email, status FROM users",
      "SELECT email, o.total FROM users JOIN (SELECT user_id AS id, total, note FROM orders) o "
      "USING (id)",
      "SELECT * FROM users JOIN (SELECT user_id AS id, total FROM orders) o USING (id)",
      "SELECT * FROM users NATURAL LEFT JOIN (SELECT user_id AS id, total AS sum FROM orders) o",
      "SELECT id, total FROM orders UNION SELECT id, total FROM orders ORDER BY total",
      "WITH w (a, b) AS (SELECT id, email FROM users), x AS (SELECT b, a AS c FROM w) SELECT *, "
      "(SELECT count(*) FROM w) FROM x",
      "WITH RECURSIVE t AS (SELECT 1 AS n, 'a'::varchar(7) AS m UNION ALL SELECT n + 1, m FROM t "
      "WHERE n < 3) SELECT * FROM t",
      "SELECT age::bigint, total::numeric(14, 3), 'x'::char(3) AS c, now()::timestamptz(3), "
      "'good'::mood AS m, ARRAY[1]::int[] AS l, '1 day'::interval FROM users, orders",
      "SELECT count(*), sum(total), max(note), total > 3 AS big, note IS NULL AS none, NOT false "
      "AS "
      "truth, 'text' AS txt, 42 AS answer, EXISTS (SELECT FROM users) FROM orders GROUP BY total, "
      "note",
      "SELECT CASE WHEN age > 3 THEN name END, CASE WHEN age > 3 THEN 1 ELSE age END AS c, "
      "coalesce(name, 'x'), nullif(name, 'y'), greatest(age, 3), current_date, (SELECT max(age) "
      "FROM users), ARRAY(SELECT 1), lower(email), -age AS minus FROM users",
      "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v",
      "SELECT v.* FROM (users JOIN orders ON false) AS v (a, b, c)",
      "SELECT s.* FROM users s TABLESAMPLE system (100)", "TABLE users",
      "SELECT (SELECT total FROM orders LIMIT 1), current_user, extract(year FROM "
      "joined), (ARRAY[age])[1] FROM users",
      "SELECT id FROM users WHERE id = ANY (SELECT user_id FROM orders WHERE orders.note = "
      "users.name)");
  const Views views = views_of(query);
  INFO(query);
  CHECK_FALSE(views.foretold.columns.empty());
  CHECK(names(views.foretold) == names(views.read));
  REQUIRE(views.foretold.columns.size() == views.read.columns.size());
  for (std::size_t i = 0; i < views.read.columns.size(); ++i) {
    const std::string& type = views.foretold.columns[i].type;
    if (!type.empty()) CHECK(type == views.read.columns[i].type);
  }
}

TEST_CASE("types of a view's columns are foretold where they are certain") {
  const Views views =
      views_of("SELECT u.*, total, age::smallint AS small, count(*) OVER () FROM users u, orders");
  for (const catalog::Column& column : views.foretold.columns) {
    INFO(column.name);
    CHECK_FALSE(column.type.empty());
  }
}

TEST_CASE("what a query's text does not tell is not foretold") {
  CHECK(views_of("SELECT * FROM generate_series(1, 3)").foretold.columns.empty());
  CHECK(views_of("SELECT (u).* FROM users u").foretold.columns.empty());
  CHECK(views_of("SELECT * FROM pg_class").foretold.columns.empty());
}

}  // namespace lockstep::test
