#include <functional>
#include <utility>

#include "lockstep/core/error.h"
#include "lockstep/postgres/catalog_reader.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;
using fleet::StandingState;
using Names = std::vector<std::string>;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, old text)";

Folder add_phone() {
  return Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
}

fleet::ApplyRequest saved(const plan::Plan& plan) {
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  request.saved = &plan;
  return request;
}

TEST_CASE("a tenant that a migration cannot be planned for holds nobody else up") {
  const std::string drift = GENERATE(as<std::string>{}, "drop table t2.users",
                                     "alter table t2.users add column phone int");
  FleetBench bench(tenants(3, kUsers) + drift);
  const Folder folder = add_phone();

  const fleet::Planned planned = bench.plan(folder);
  CHECK(planned.problems.empty());
  CHECK(planned.refusals.empty());
  CHECK_FALSE(planned.nothing_to_do());
  REQUIRE(planned.plan.cohorts.size() == 1);
  CHECK(planned.plan.cohorts[0].tenants == Names{"t1", "t3"});
  REQUIRE(planned.plan.refused.size() == 1);
  CHECK(planned.plan.refused[0].tenants == Names{"t2"});
  CHECK(planned.plan.refused[0].reasons.at(0).where.file == "migrations/0001_phone.sql");
  CHECK(planned.plan.refused[0].reasons.at(0).where.line == 1);

  const bool by_plan = GENERATE(false, true);
  const ApplyResult result =
      by_plan ? bench.apply(folder, saved(planned.plan), {}) : bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  CHECK(result.tenants.done == 2);
  CHECK(result.tenants.failed == 1);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK_THAT(result.failures[0].failure.message, ContainsSubstring("0001_phone.sql:1"));
  REQUIRE(result.refusals.size() == 1);
  CHECK_THAT(result.refusals[0].message, ContainsSubstring("tenant t2: "));
  CHECK(bench.standings(folder) == "t1:current t2:pending t3:current");

  // Now it is the only one to be planned, and the migration is still not to blame.
  const fleet::Planned again = bench.plan(folder);
  CHECK(again.plan.cohorts.empty());
  CHECK(again.plan.refused.size() == 1);
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kRefused);

  bench.db().execute(
      "drop table if exists t2.users; create table t2.users (like t1.users "
      "including all); alter table t2.users drop column phone");
  CHECK(bench.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(folder) == "t1:current t2:current t3:current");
}

TEST_CASE("what is wrong everywhere is the migration's fault, and said once") {
  FleetBench bench(tenants(3, kUsers) + "alter table t3.users add unique (name)");
  const Folder folder =
      Folder::of({{"0001_fax.sql", "ALTER TABLE customers ADD COLUMN fax text;"}});
  const fleet::Planned planned = bench.plan(folder);
  CHECK(planned.problems.size() == 1);
  CHECK(planned.plan.refused.empty());
  CHECK_THROWS_AS(bench.apply(folder), core::InvalidInput);
  CHECK(bench.db().ask("select count(*) from pg_namespace where nspname = 'lockstep'") == "0");
}

TEST_CASE("where no tenant is selected nothing is created") {
  FleetBench bench("create schema other");
  CHECK_THROWS_AS(bench.apply(add_phone()), core::InvalidInput);
  CHECK(bench.db().ask("select count(*) from pg_namespace where nspname = 'lockstep'") == "0");
}

TEST_CASE("contract goes on where expand is done, though a tenant cannot be planned") {
  FleetBench bench(tenants(3, kUsers) + "drop table t2.users");
  const Folder folder = Folder::of(
      {{"0001_change.sql",
        "ALTER TABLE users ADD COLUMN phone text;\nALTER TABLE users DROP COLUMN old;"}});
  CHECK(bench.apply(folder, PhaseChoice::kExpand).outcome == ApplyOutcome::kRefused);
  CHECK(bench.standings(folder) == "t1:expanded t2:pending t3:expanded");
  const ApplyResult result = bench.apply(folder, PhaseChoice::kContract);
  CHECK(result.outcome == ApplyOutcome::kRefused);
  CHECK(result.tenants.done == 2);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].tenant == "t2");
  CHECK(bench.standings(folder) == "t1:current t2:pending t3:current");
}

TEST_CASE("a release that needs the contract of the last one can get it") {
  FleetBench bench(tenants(2, kUsers));
  const Folder first = Folder::of({{"0001_drop.sql", "ALTER TABLE users DROP COLUMN old;"}});
  REQUIRE(bench.apply(first, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  const Folder both = Folder::of({{"0001_drop.sql", "ALTER TABLE users DROP COLUMN old;"},
                                  {"0002_old.sql", "ALTER TABLE users ADD COLUMN old int;"}});
  CHECK_THROWS_WITH(bench.apply(both, PhaseChoice::kExpand), ContainsSubstring("phase-conflict"));
  CHECK(bench.apply(both, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(bench.apply(both, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(both) == "t1:current t2:current");
}

TEST_CASE("a plan for another database is refused, also where nothing is pending") {
  FleetBench one(tenants(1, kUsers));
  FleetBench other(tenants(1, kUsers));
  const Folder folder = add_phone();
  const fleet::Planned planned = one.plan(folder);
  REQUIRE(other.apply(folder).outcome == ApplyOutcome::kDone);
  CHECK_THROWS_WITH(other.apply(folder, saved(planned.plan), {}),
                    ContainsSubstring(one.db().name()) && ContainsSubstring(other.db().name()));
}

TEST_CASE("tenants of a saved plan that a run does not select have not vanished") {
  FleetBench bench(tenants(4, kUsers));
  const Folder folder =
      Folder::of({{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  const fleet::Planned planned = bench.plan(folder);
  bench.db().execute("drop schema t4 cascade");
  bench.options().tenants.pattern = "t1";
  const ApplyResult result = bench.apply(folder, saved(planned.plan), {});
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.vanished == Names{"t4"});
  CHECK(result.tenants.skipped == 1);
  CHECK(bench.standings(folder) == "t1:current");
  bench.options().tenants.pattern = "t*";
  CHECK(bench.standings(folder) == "t1:current t2:pending t3:pending");
}

TEST_CASE("a tenant that joins a saved plan skips no migration that its cohort had done") {
  FleetBench bench(tenants(2, kUsers) + "insert into t1.users values (1, 'A'), (2, 'B')");
  const Folder first = Folder::of({{"0001_lower.sql",
                                    "-- lockstep: phase = expand\n"
                                    "UPDATE users SET name = lower(name);"}});
  bench.options().tenants.only = "t2";
  REQUIRE(bench.apply(first).outcome == ApplyOutcome::kDone);
  const Folder both = Folder::of({{"0001_lower.sql",
                                   "-- lockstep: phase = expand\n"
                                   "UPDATE users SET name = lower(name);"},
                                  {"0002_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"}});
  const fleet::Planned planned = bench.plan(both);
  bench.options().tenants.only.clear();
  bench.apply(both, saved(planned.plan), {});
  // Either way, nothing may count as done that was not.
  const bool begun =
      bench.db().ask(
          "select count(*) from lockstep.tenant_migration m join lockstep.tenant t on"
          " t.id = m.tenant where t.name = 't1' and m.migration = '0001'") == "1";
  const bool lowered = bench.db().ask("select min(name) from t1.users where id = 1") == "a";
  CHECK(begun == lowered);
}

TEST_CASE("a listed name that never was a schema is a mistake; one that vanished is skipped") {
  FleetBench bench(tenants(2, kUsers) + "create schema acme; create table acme.users (id int)");
  bench.options().tenants.pattern.clear();
  bench.options().tenants.schemas = {"t1", "amce"};
  const Folder folder = add_phone();
  CHECK_THROWS_AS(bench.plan(folder), core::InvalidInput);
  CHECK_THROWS_WITH(bench.apply(folder), ContainsSubstring("amce"));
  CHECK(bench.status(folder).missing == Names{"amce"});
  try {
    bench.apply(folder);
  } catch (const core::InvalidInput& error) {
    CHECK_THAT(error.problems().at(0).remedy, ContainsSubstring("acme"));
  }

  bench.options().tenants.schemas = {"t1", "t2"};
  REQUIRE(bench.apply(folder).outcome == ApplyOutcome::kDone);
  bench.db().execute("drop schema t2 cascade");
  const ApplyResult result = bench.apply(folder);
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.vanished == Names{"t2"});
  CHECK(result.tenants.skipped == 1);
}

/// Lets something happen between the look at the ledger and the look at the catalog.
class Overtaken final : public database::CatalogReader {
 public:
  Overtaken(std::unique_ptr<database::CatalogReader> reader, std::function<void()>& meanwhile)
      : reader_(std::move(reader)), meanwhile_(meanwhile) {}

  plan::DatabaseIdentity identity() override { return reader_->identity(); }
  catalog::ServerVersion version() override { return reader_->version(); }
  std::vector<database::TenantSchema> existing(const Names& schemas) override {
    return reader_->existing(schemas);
  }
  std::map<std::string, std::string> fingerprints(const Names& tenants, const Names& shared,
                                                  const catalog::CatalogRequest& request) override {
    if (const auto happens = std::exchange(meanwhile_, nullptr)) {
      happens();
    }
    return reader_->fingerprints(tenants, shared, request);
  }
  catalog::Catalog read(const std::string& tenant, const Names& shared,
                        const catalog::CatalogRequest& request) override {
    return reader_->read(tenant, shared, request);
  }
  std::map<std::string, std::map<core::QualifiedName, database::RelationSize>> sizes(
      const Names& tenants, const std::vector<core::QualifiedName>& tables) override {
    return reader_->sizes(tenants, tables);
  }
  database::Rights rights(const std::vector<database::Needs>& needs,
                          const std::string& ledger_schema) override {
    return reader_->rights(needs, ledger_schema);
  }

 private:
  std::unique_ptr<database::CatalogReader> reader_;
  std::function<void()>& meanwhile_;
};

TEST_CASE("what another run does between ledger and catalog is nobody's problem") {
  FleetBench bench(tenants(3, kUsers));
  const Folder folder = add_phone();
  const fleet::Planned reviewed = bench.plan(folder);
  bench.options().tenants.only = GENERATE(as<std::string>{}, "", "t1");
  const auto ledger = postgres::open_ledger("lockstep");
  const auto lease = postgres::advisory_lease();
  const auto clock = core::system_clock();
  std::function<void()> meanwhile = [&] { bench.apply(folder); };
  fleet::FleetOptions options;
  options.tenants.pattern = "t*";
  options.execution.shared_schemas = {"public"};
  fleet::Fleet overtaken({bench.db().database(), *ledger, *lease,
                          [&](database::Session& on) {
                            return std::make_unique<Overtaken>(postgres::open_catalog_reader(on),
                                                               meanwhile);
                          },
                          *clock, [] { return 0.5; }, bench.events()},
                         options);
  const bool by_plan = GENERATE(false, true);
  fleet::ApplyRequest request;
  request.phase = PhaseChoice::kAll;
  request.saved = by_plan ? &reviewed.plan : nullptr;
  const ApplyResult result = overtaken.apply(folder.files(), request, {});
  CHECK(result.outcome == ApplyOutcome::kDone);
  CHECK(result.tenants.done == 3);
  CHECK_FALSE(meanwhile);
}

}  // namespace
}  // namespace lockstep::test
