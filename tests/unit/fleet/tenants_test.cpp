#include "lockstep/fleet/tenants.h"
#include "lockstep/core/error.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

namespace lockstep::fleet {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("a query's order is kept, and its repetitions are not") {
  test::ScriptedSession session;
  session.answer("from tenants",
                 {{"b", "more"}, {"a", "columns"}, {"b", "again"}, {"template", ""}});
  TenantSource source;
  source.query = "select name, x from tenants";
  source.exclude = {"templ*"};
  CHECK(discover_tenants(session, source) == Names{"b", "a"});
}

TEST_CASE(
    "the query cannot change anything, and where it fails the message says that it was the query") {
  test::ScriptedSession session;
  session.answer("from tenants", {{"a"}});
  TenantSource source;
  source.query = "select name from tenants";
  discover_tenants(session, source);
  REQUIRE(session.sent().size() == 1);
  CHECK(session.sent().front().starts_with("set transaction read only;"));

  session.answer("from tenants", []() -> database::Result {
    throw database::DatabaseError(database::DatabaseError::Kind::kServer, "42P01", "no such table");
  });
  try {
    discover_tenants(session, source);
    FAIL("it did not throw");
  } catch (const core::InvalidInput& error) {
    CHECK(error.problems().front().message == "the query for tenants fails: no such table");
  }
}

TEST_CASE("a query that gives NULL is the user's mistake") {
  test::ScriptedSession session;
  session.answer("from tenants", {{std::nullopt}});
  TenantSource source;
  source.query = "select name from tenants";
  CHECK_THROWS_AS(discover_tenants(session, source), core::InvalidInput);
}

TEST_CASE("a pattern never takes PostgreSQL's own schemas") {
  test::ScriptedSession session;
  session.answer("pg_namespace",
                 {{"information_schema"}, {"pg_catalog"}, {"pg_toast"}, {"acme"}, {"public"}});
  TenantSource source;
  source.pattern = "*";
  source.exclude = {"public"};
  CHECK(discover_tenants(session, source) == Names{"acme"});
}

TEST_CASE("a list needs no server, and --tenants selects from it") {
  test::ScriptedSession session;
  TenantSource source;
  source.schemas = {"acme", "globex", "acme_eu"};
  source.only = "acme*";
  CHECK(discover_tenants(session, source) == Names{"acme", "acme_eu"});
  CHECK(session.sent().empty());
}

}  // namespace
}  // namespace lockstep::fleet
