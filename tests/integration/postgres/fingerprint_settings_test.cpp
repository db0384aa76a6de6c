#include "lockstep/postgres/catalog_reader.h"
#include "tenants.h"
#include "tests/support/catch.h"

// A plan is made on one machine and applied from another, by roles with settings of their own.

namespace lockstep::test {
namespace {

const catalog::CatalogRequest kEvents{{{"", "events"}}, {}, {}, {}};

std::map<std::string, std::string> measure(TestDatabase& db,
                                           const std::vector<std::string>& tenants,
                                           const std::string& settings) {
  const auto session = db.connect();
  session->execute(settings);
  return postgres::open_catalog_reader(*session)->fingerprints(tenants, {}, kEvents);
}

TEST_CASE("a fingerprint is the same in every session, however it prints dates") {
  TestDatabase db(
      "create schema a; create domain a.span as interval default '1 day 02:00';"
      "create table a.events (at timestamptz default '2024-02-03 04:05:06+00', day date default "
      "'2024-02-03', length a.span, check (length < interval '40 days 03:00'))");
  const auto usual = measure(db, {"a"}, "set TimeZone = 'UTC'");
  REQUIRE(usual.size() == 1);
  CHECK(measure(db, {"a"}, "set TimeZone = 'Asia/Tokyo'") == usual);
  CHECK(measure(db, {"a"}, "set DateStyle = 'German, DMY'") == usual);
  CHECK(measure(db, {"a"}, "set IntervalStyle = 'iso_8601'") == usual);
  db.execute("alter table a.events alter at set default '2024-02-03 04:05:07+00'");
  CHECK(measure(db, {"a"}, "set TimeZone = 'UTC'") != usual);
}

TEST_CASE("a domain's default that calls the tenant's own function is the same for all tenants") {
  TestDatabase db;
  for (const std::string name : {"a", "Odd Name", "b"}) {
    const std::string schema = "\"" + name + "\"";
    db.execute("create schema " + schema);
    in_tenant(db, name,
              "create function code() returns text language sql as 'select null::text';"
              "create function other() returns text language sql as 'select null::text'");
    db.execute("create domain " + schema + ".label as text default " + schema + ".code()");
    in_tenant(db, name, "create table events (id int, name label)");
  }
  const auto measured = measure(db, {"a", "Odd Name", "b"}, "select 1");
  CHECK(measured.at("a") == measured.at("b"));
  CHECK(measured.at("a") == measured.at("Odd Name"));
  in_tenant(db, "b", "alter domain label set default other()");
  CHECK(measure(db, {"b"}, "select 1").at("b") != measured.at("b"));
}

}  // namespace
}  // namespace lockstep::test
