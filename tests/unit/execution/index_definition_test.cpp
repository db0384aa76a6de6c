#include "index_definition.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

TEST_CASE("a concurrent build on one table is a plain one on another") {
  const auto moved = [](const std::string& statement) {
    return plain_build_on(statement, "pg_temp.t");
  };
  CHECK(moved("CREATE INDEX CONCURRENTLY i ON \"acme\".users USING gin (name)") ==
        "create index i on pg_temp.t using gin (name)");
  CHECK(moved("create unique index concurrently \"I i\" on public.users(name) include (id)") ==
        "create unique index \"I i\" on pg_temp.t using btree (name) include (id)");
  CHECK(moved("CREATE INDEX CONCURRENTLY \"on a.b (\"\"c\"\") \" ON \"a \"\" on .b\".\"t (\" "
              "USING gin (lower(x)) WITH (fastupdate = off) WHERE y = ' on public.users '") ==
        "create index \"on a.b (\"\"c\"\") \" on pg_temp.t using gin (lower(x)) WITH "
        "(fastupdate = off) WHERE y = ' on public.users '");
}

TEST_CASE("what is no concurrent build of a named index is nothing to compare") {
  for (const char* statement :
       {"", "create", "create index i on t (a)", "drop index concurrently i",
        "create index concurrently if not exists i on t (a)", "create index concurrently \"i",
        "create index concurrently on t (a)", "create index concurrently i on t (a); select 1"}) {
    CHECK_FALSE(plain_build_on(statement, "t").has_value());
  }
}

}  // namespace
}  // namespace lockstep::execution
