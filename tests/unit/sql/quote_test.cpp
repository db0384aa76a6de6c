#include "lockstep/sql/quote.h"

#include "tests/support/catch.h"

using namespace lockstep::sql;

TEST_CASE("identifiers are quoted where PostgreSQL needs it") {
  CHECK(quote_identifier("users") == "users");
  CHECK(quote_identifier("_a1$") == "_a1$");
  CHECK(quote_identifier("Users") == "\"Users\"");
  CHECK(quote_identifier("1a") == "\"1a\"");
  CHECK(quote_identifier("a b") == "\"a b\"");
  CHECK(quote_identifier("a\"b") == "\"a\"\"b\"");
  CHECK(quote_identifier("größe") == "\"größe\"");
  CHECK(quote_identifier("") == "\"\"");
}

TEST_CASE("keywords are quoted unless they are unreserved") {
  for (const char* word : {"select", "user", "order", "end", "table", "current_date"}) {
    CHECK(quote_identifier(word) == '"' + std::string(word) + '"');
  }
  CHECK(quote_identifier("between") == "\"between\"");  // cannot be a function's name
  CHECK(quote_identifier("left") == "\"left\"");        // cannot be a column's
  CHECK(quote_identifier("name") == "name");
  CHECK(quote_identifier("index") == "index");
  CHECK(quote_identifier("abort") == "abort");
}

TEST_CASE("the tenant's schema stays a placeholder") {
  CHECK(quote_identifier("${schema}") == "${schema}");
  CHECK(quote_identifier("${schema:ident}_a") == "\"${schema:ident}_a\"");
  CHECK(quote({"${schema}", "Order"}) == "${schema}.\"Order\"");
  CHECK(quote({"", "users"}) == "users");
  CHECK(quote({"billing", "plans"}) == "billing.plans");
}

TEST_CASE("literals") {
  CHECK(quote_literal("") == "''");
  CHECK(quote_literal("it's") == "'it''s'");
  CHECK(quote_literal("a\\'b") == "E'a\\\\''b'");
}
