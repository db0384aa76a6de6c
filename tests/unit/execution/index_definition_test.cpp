#include "index_definition.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

TEST_CASE("a concurrent build on one table is a plain one on another") {
  const auto moved = [](std::string_view statement) {
    return plain_build_on(statement, "pg_temp.t");
  };
  CHECK(moved("CREATE INDEX CONCURRENTLY i ON \"acme\".users USING btree (name)") ==
        "create index i on pg_temp.t USING btree (name)");
  CHECK(moved("create unique index concurrently i on public.users(name)") ==
        "create unique index i on pg_temp.t(name)");
  CHECK(moved("CREATE INDEX CONCURRENTLY \"on a.b (\"\"c\"\") \" ON \"a \"\" on .b\".\"t (\" "
              "USING gin (lower(x)) WHERE y = ' on public.users '") ==
        "create index \"on a.b (\"\"c\"\") \" on pg_temp.t USING gin (lower(x)) WHERE y = ' on "
        "public.users '");
}

TEST_CASE("what does not begin like a concurrent build is nothing to compare") {
  for (const char* statement :
       {"", "create", "create index i on t (a)", "drop index concurrently i",
        "create index concurrently if not exists i on t (a)", "create index concurrently \"i"}) {
    CHECK_FALSE(plain_build_on(statement, "t").has_value());
  }
}

}  // namespace
}  // namespace lockstep::execution
