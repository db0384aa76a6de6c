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

TEST_CASE("a query that is not allowed is told with the GRANT that it lacks") {
  test::ScriptedSession session;
  const auto lacking = [&](const std::string& message) {
    session.answer("from tenants", [=]() -> database::Result {
      throw database::DatabaseError(database::DatabaseError::Kind::kServer, "42501", message);
    });
    session.answer("current_user", {{"deploy"}});
    TenantSource source;
    source.query = "select name from tenants";
    try {
      discover_tenants(session, source);
    } catch (const database::DatabaseError& error) {
      CHECK(error.is("42501"));
      CHECK(std::string(error.what()) == "the query for tenants fails: " + message);
      return error.hint();
    }
    return std::string("nothing");
  };
  CHECK(lacking("permission denied for schema tenant management") ==
        "GRANT USAGE ON SCHEMA \"tenant management\" TO \"deploy\"; and SELECT on what the query "
        "reads in it");
  CHECK(lacking("permission denied for view tenants") ==
        "GRANT SELECT ON \"tenants\" TO \"deploy\"");
  session.answer("pg_class", {{"live.tenants"}});
  CHECK(lacking("permission denied for table tenants") ==
        "GRANT SELECT ON live.tenants TO \"deploy\"");
  CHECK(lacking("keine Berechtigung") ==
        "grant role \"deploy\" what the query reads: USAGE on schemas, SELECT on tables");
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
