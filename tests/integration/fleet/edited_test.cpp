#include "lockstep/core/error.h"
#include "lockstep/postgres/database.h"
#include "tests/integration/fleet/fleet_bench.h"
#include "tests/support/catch.h"

// A migration is edited after it was begun somewhere: where nothing of it stands it is planned
// anew, and nowhere do tenants silently get different things under one version.

namespace lockstep::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using fleet::ApplyOutcome;
using fleet::ApplyResult;
using fleet::PhaseChoice;
using Names = std::vector<std::string>;

const std::string kUsers = "create table %s.users (id bigint primary key, name text, note text)";
const std::string kExpand = "-- lockstep: phase = expand\n";
const std::string kUnique = "CREATE UNIQUE INDEX users_name ON users (name);\n";
const std::string kAddKey = "ALTER TABLE users ADD COLUMN k text;\n";

std::string rows_in(const std::string& tenant) {
  return "insert into " + tenant + ".users select i, 'n' || i from generate_series(1, 5) i;";
}

std::string twins_in(const std::string& tenant) {
  return "insert into " + tenant + ".users values (1, 'x'), (2, 'x');";
}

/// Nobody is kept back by others; indexes are built concurrently, however small the table.
void as_if_large(FleetBench& bench) {
  bench.options().rollout.max_failures = 0;
  bench.options().execution.locks.direct_below = 0;
}

ApplyResult apply_only(FleetBench& bench, const std::string& tenant, const Folder& folder) {
  bench.options().tenants.only = tenant;
  const ApplyResult result = bench.apply(folder);
  bench.options().tenants.only.clear();
  return result;
}

std::string columns_named(FleetBench& bench, const std::string& name) {
  return bench.db().ask(
      "select coalesce(string_agg(n.nspname, ' ' order by n.nspname), '') from pg_attribute a join"
      " pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where"
      " c.relname = 'users' and a.attname = '" +
      name + "'");
}

fleet::RepairResult repair(FleetBench& bench, const Folder& folder,
                           fleet::RepairRequest request = {}) {
  return bench.open()->repair(folder.files(), request);
}

TEST_CASE("a backfill that failed before it changed a row may be edited") {
  FleetBench bench(tenants(2, kUsers) + rows_in("t1") + rows_in("t2"));
  as_if_large(bench);
  const File bad{"0001_fill.sql",
                 kExpand + "UPDATE users SET note = (1/0)::text WHERE note IS NULL;"};
  const File good{"0001_fill.sql", kExpand + "UPDATE users SET note = 'y' WHERE note IS NULL;"};
  REQUIRE(bench.apply(Folder::of({bad})).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "2");

  const Folder edited = Folder::of({good});
  CHECK(bench.status(edited).files.empty());
  CHECK(bench.plan(edited).plan.cohorts.at(0).tenants == Names{"t1", "t2"});
  CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from t2.users where note = 'y'") == "5");
  CHECK(bench.standings(edited) == "t1:current t2:current");
  CHECK_THROWS_AS(bench.apply(Folder::of({bad})), core::Refused);  // now it is begun
}

/// Fails for id = 3 and leaves nothing behind but its stored steps.
const std::string kPartial = "CREATE INDEX users_part ON users ((10 / (id - 3)));\n";

TEST_CASE("an edit that leaves the steps as they are is as free as any other") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1"));
  as_if_large(bench);
  const std::string text = kPartial;
  REQUIRE(bench.apply(Folder::of({{"0001_part.sql", text}})).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "1");
  bench.db().execute("delete from t1.users where id = 3");
  const Folder commented = Folder::of({{"0001_part.sql", "-- no more zeros\n" + text}});
  CHECK(bench.apply(commented).outcome == ApplyOutcome::kDone);
  CHECK(bench.status(commented).files.empty());
  CHECK(bench.apply(commented).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a file of which only steps are stored may be renumbered") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1"));
  as_if_large(bench);
  const File fax{"0008_fax.sql", "ALTER TABLE users ADD COLUMN fax text;"};
  REQUIRE(bench.apply(Folder::of({{"0007_part.sql", kPartial}, fax})).outcome ==
          ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "2");
  const Folder later = Folder::of(
      {fax, {"0009_part.sql", kExpand + "DELETE FROM users WHERE id = 3;\n" + kPartial}});
  CHECK(bench.status(later).files.empty());
  CHECK(bench.standings(later) == "t1:pending");
  REQUIRE(bench.apply(later).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "fax") == "t1");
  CHECK(bench.standings(later) == "t1:current");
  CHECK(repair(bench, later).forgotten.empty());
  CHECK(repair(bench, later, {true, false}).forgotten == Names{"0007"});
  CHECK(bench.db().ask("select count(*) from lockstep.tenant_migration") == "2");
}

TEST_CASE("nobody asks for the privileges of stored steps that are planned anew") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1") +
                   "create table t1.theirs (id bigint primary key);"
                   "create role lockstep_test_deployer login; alter table t1.users owner to"
                   " lockstep_test_deployer; grant usage, create on schema t1 to"
                   " lockstep_test_deployer;");
  bench.db().execute("grant create on database \"" + bench.db().name() +
                     "\" to lockstep_test_deployer");
  const auto database = postgres::open_database(
      {bench.db().connection_string() + " user=lockstep_test_deployer", {}});
  as_if_large(bench);
  bench.options().preflight = false;
  const Folder with_theirs =
      Folder::of({{"0001_part.sql", kPartial + "ALTER TABLE theirs ADD COLUMN x text;"}});
  const ApplyResult failed = bench.apply_through(*database, with_theirs);
  REQUIRE(failed.failures.size() == 1);
  CHECK_THAT(failed.failures[0].failure.message, ContainsSubstring("division by zero"));
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "1");
  bench.options().preflight = true;
  bench.db().execute("delete from t1.users where id = 3");
  REQUIRE_FALSE(bench.open(*database)->plan(with_theirs.files()).preflight.empty());
  const Folder without = Folder::of({{"0001_part.sql", kPartial}});
  CHECK(bench.open(*database)->plan(without.files()).preflight.empty());
  CHECK(bench.apply_through(*database, without).outcome == ApplyOutcome::kDone);
}

TEST_CASE("a backfill that changed rows before it failed is begun") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1"));
  as_if_large(bench);
  bench.options().execution.backfill.first_batch = 1;
  const File bad{"0001_fill.sql",
                 kExpand + "UPDATE users SET note = (1 / (id - 3))::text WHERE note IS NULL;"};
  const File good{"0001_fill.sql", kExpand + "UPDATE users SET note = 'y' WHERE note IS NULL;"};
  REQUIRE(bench.apply(Folder::of({bad})).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from t1.users where note is not null") != "0");
  CHECK_THROWS_WITH(bench.apply(Folder::of({good})),
                    ContainsSubstring("1 tenant is half way (t1)"));
  CHECK_THROWS_WITH(repair(bench, Folder::of({good})), ContainsSubstring("half way (t1)"));
}

TEST_CASE("twins in the way of an index are merged in an earlier statement of its migration") {
  FleetBench bench(tenants(2, kUsers) + twins_in("t1") + twins_in("t2"));
  as_if_large(bench);
  REQUIRE(bench.apply(Folder::of({{"0001_unique.sql", kExpand + kUnique}})).outcome ==
          ApplyOutcome::kFailed);
  const Folder edited =
      Folder::of({{"0001_unique.sql", kExpand + "DELETE FROM users WHERE id = 2;\n" + kUnique}});
  CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select count(*) from pg_index where indisvalid and indexrelid ="
                       " any ('{t1.users_name, t2.users_name}'::regclass[])") == "2");
}

TEST_CASE("an index build that failed may be edited once its leftover is gone") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1"));
  as_if_large(bench);
  const auto index = [](const std::string& on) {
    return Folder::of(
        {{"0001_index.sql", "CREATE INDEX users_part ON users ((10 / (" + on + ")));"}});
  };
  REQUIRE(bench.apply(index("id - 3")).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.intent where definition = ''") == "1");
  SECTION("it is gone") {
    CHECK(bench.apply(index("id + 3")).outcome == ApplyOutcome::kDone);
    CHECK(bench.db().ask("select indisvalid from pg_index where indexrelid ="
                         " 't1.users_part'::regclass") == "t");
  }
  SECTION("it is still claimed") {
    bench.db().execute("update lockstep.intent set definition = 'claimed'");
    CHECK_THROWS_WITH(bench.apply(index("id + 3")), ContainsSubstring("half way (t1)"));
  }
}

TEST_CASE("a check that is done is nothing that stands") {
  FleetBench bench(tenants(1, kUsers) +
                   "insert into t1.users select 1, 'n', string_agg(md5(i::text), '') from"
                   " generate_series(1, 1000) i;");  // too long for an index
  as_if_large(bench);
  const auto unique = [](const std::string& on) {
    return Folder::of(
        {{"0001_note.sql", kExpand + "CREATE UNIQUE INDEX users_note ON users (" + on + ");"}});
  };
  REQUIRE(bench.apply(unique("note")).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.step where state = 'done'") == "1");
  CHECK(bench.apply(unique("md5(note)")).outcome == ApplyOutcome::kDone);
}

TEST_CASE("what is edited later waits its turn, and is planned anew") {
  FleetBench bench(tenants(1, kUsers) + twins_in("t1"));
  as_if_large(bench);
  const File first{"0001_key.sql", kAddKey + kExpand + kUnique};
  // Both are started with the first step; nothing of the second stands.
  REQUIRE(bench.apply(Folder::of({first, {"0002_note.sql", "ALTER TABLE users DROP COLUMN note;"}}))
              .outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "2");
  const Folder edited =
      Folder::of({first, {"0002_note.sql", "ALTER TABLE users DROP COLUMN name;"}});
  CHECK(bench.status(edited).files.empty());
  bench.db().execute("delete from t1.users where id = 2");
  CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "note") == "t1");
  CHECK(columns_named(bench, "name").empty());
}

TEST_CASE("a contract that waits for its deploy may be edited, and comes by expand again") {
  FleetBench bench(tenants(1, kUsers));
  const Folder before = Folder::of({{"0001_note.sql", "ALTER TABLE users DROP COLUMN note;"}});
  REQUIRE(bench.apply(before, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.standings(before) == "t1:expanded");
  const Folder edited = Folder::of({{"0001_note.sql", "ALTER TABLE users DROP COLUMN name;"}});
  CHECK(bench.standings(edited) == "t1:pending");
  CHECK_THROWS_WITH(bench.apply(edited, PhaseChoice::kContract), ContainsSubstring("t1"));
  REQUIRE(bench.apply(edited, PhaseChoice::kExpand).outcome == ApplyOutcome::kDone);
  CHECK(bench.apply(edited, PhaseChoice::kContract).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "note") == "t1");
  CHECK(columns_named(bench, "name").empty());
}

TEST_CASE("an edit that is taken back goes on with what was stored first") {
  FleetBench bench(tenants(1, kUsers) + rows_in("t1"));
  as_if_large(bench);
  const File index{"0001_index.sql", "CREATE INDEX users_part ON users ((10 / (id - 3)));"};
  REQUIRE(bench.apply(Folder::of({index})).outcome == ApplyOutcome::kFailed);
  REQUIRE(bench.db().ask("select count(*) from lockstep.tenant_migration") == "1");
  const File check{"0001_index.sql", kExpand + "ALTER TABLE users ADD CHECK (name <> 'n3');"};
  REQUIRE(bench.apply(Folder::of({check})).outcome == ApplyOutcome::kFailed);
  bench.db().execute("delete from t1.users where id = 3");
  const Folder again = Folder::of({index});
  CHECK(bench.apply(again).outcome == ApplyOutcome::kDone);
  CHECK(bench.status(again).files.empty());
  CHECK(bench.standings(again) == "t1:current");
}

TEST_CASE("a repeatable that failed beside other migrations is mended in its file") {
  FleetBench bench(tenants(1, kUsers));
  bench.options().rollout.max_failures = 0;
  const File phone{"0001_phone.sql", "ALTER TABLE users ADD COLUMN phone text;"};
  const auto function = [](const std::string& column) {
    return File{"repeatable/f.sql",
                "CREATE OR REPLACE FUNCTION f() RETURNS bigint LANGUAGE sql AS"
                " 'SELECT max(" +
                    column + ") FROM users';"};
  };
  const File bad = function("nosuch");
  const File good = function("id");
  REQUIRE(bench.apply(Folder::of({phone, bad})).outcome == ApplyOutcome::kFailed);
  CHECK(bench.apply(Folder::of({phone, good})).outcome == ApplyOutcome::kDone);
  CHECK(bench.db().ask("select to_regprocedure('t1.f()') is not null") == "t");
}

/// t1 has the column of 0001 and lacks its index; t2 and t3 have not begun it.
struct HalfWay {
  FleetBench bench{tenants(3, kUsers) + twins_in("t1")};
  const std::string text = kAddKey + kExpand + kUnique;
  const std::string other =
      "ALTER TABLE users ADD COLUMN q text;\nCREATE INDEX users_name ON users (name);\n";

  HalfWay() {
    as_if_large(bench);
    REQUIRE(apply_only(bench, "t1", folder(text)).outcome == ApplyOutcome::kFailed);
    REQUIRE(columns_named(bench, "k") == "t1");
  }
  static Folder folder(const std::string& text) { return Folder::of({{"0001_key.sql", text}}); }
};

TEST_CASE_METHOD(HalfWay, "an edit of what is half way is refused, and says where it stands") {
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(bench.apply(folder(other)),
                      ContainsSubstring("1 tenant is half way (t1) and 2 tenants have not begun"));
    CHECK_THROWS_WITH(repair(bench, folder(other)), ContainsSubstring("half way (t1)"));
  }
  CHECK(columns_named(bench, "q").empty());
  bench.options().tenants.only = "t2";  // whoever is selected
  CHECK_THROWS_WITH(repair(bench, folder(other)), ContainsSubstring("half way (t1)"));
}

TEST_CASE_METHOD(HalfWay, "an edit that says the same is accepted while tenants are half way") {
  const Folder commented = folder("-- why\n" + text);
  CHECK_THROWS_AS(bench.apply(commented), core::Refused);
  const fleet::RepairResult result = repair(bench, commented);
  REQUIRE(result.edits.size() == 1);
  CHECK(result.edits[0].same_statements);
  CHECK(result.edits[0].standing.half_way == Names{"t1"});
  CHECK(result.edits[0].standing.not_begun == Names{"t2", "t3"});
  bench.db().execute("delete from t1.users where id = 2");
  CHECK(bench.apply(commented).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "k") == "t1 t2 t3");
}

TEST_CASE_METHOD(HalfWay, "who accepts that tenants differ is told who has what") {
  const fleet::RepairResult result = repair(bench, folder(other), {false, true});
  REQUIRE(result.edits.size() == 1);
  CHECK_FALSE(result.edits[0].same_statements);
  CHECK(result.edits[0].standing.half_way == Names{"t1"});
  bench.db().execute("delete from t1.users where id = 2");
  CHECK(bench.apply(folder(other)).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "k") == "t1");
  CHECK(columns_named(bench, "q") == "t2 t3");
  CHECK(bench.status(folder(other)).files.empty());
}

TEST_CASE("who has only stored steps of the old text begins with the accepted one") {
  FleetBench bench(tenants(2, kUsers) + twins_in("t1"));
  as_if_large(bench);
  const File first{"0001_key.sql", kAddKey + kExpand + kUnique};
  const auto with = [&](const std::string& column) {
    return Folder::of(
        {first, {"0002_fax.sql", "ALTER TABLE users ADD COLUMN " + column + " text;"}});
  };
  REQUIRE(bench.apply(with("fax")).outcome == ApplyOutcome::kFailed);
  REQUIRE(columns_named(bench, "fax") == "t2");
  CHECK_THROWS_WITH(repair(bench, with("fix")), ContainsSubstring("1 tenant has not begun it"));
  CHECK(repair(bench, with("fix"), {false, true}).accepted == Names{"0002"});
  bench.db().execute("delete from t1.users where id = 2");
  CHECK(bench.apply(with("fix")).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "fix") == "t1");
  CHECK(columns_named(bench, "fax") == "t2");
}

TEST_CASE_METHOD(HalfWay, "what is half way is not forgotten without a word") {
  const Folder gone = Folder::of({});
  CHECK_THROWS_WITH(repair(bench, gone, {true, false}), ContainsSubstring("half way (t1)"));
  CHECK(repair(bench, gone, {true, true}).forgotten == Names{"0001"});
  const Folder next =
      Folder::of({{"0002_key.sql", "ALTER TABLE users ADD COLUMN IF NOT EXISTS k text;"}});
  CHECK(bench.apply(next).outcome == ApplyOutcome::kDone);
  CHECK(columns_named(bench, "k") == "t1 t2 t3");
  CHECK(bench.standings(next) == "t1:current t2:current t3:current");
}

TEST_CASE("what all have finished may say something else, for tenants to come") {
  FleetBench bench(tenants(2, kUsers));
  const File before{"0001_key.sql", kAddKey};
  REQUIRE(bench.apply(Folder::of({before})).outcome == ApplyOutcome::kDone);
  const Folder edited = Folder::of({{"0001_key.sql", "ALTER TABLE users ADD COLUMN q text;"}});
  SECTION("there is nobody else") {
    const fleet::RepairResult result = repair(bench, edited);
    REQUIRE(result.edits.size() == 1);
    CHECK(result.edits[0].standing.finished == Names{"t1", "t2"});
    bench.db().execute(tenants(3, kUsers).substr(tenants(2, kUsers).size()));
    CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);
    CHECK(columns_named(bench, "q") == "t3");
  }
  SECTION("somebody has not begun it") {
    bench.db().execute(tenants(3, kUsers).substr(tenants(2, kUsers).size()));
    CHECK_THROWS_WITH(
        bench.apply(edited),
        ContainsSubstring("2 tenants have finished it and 1 tenant has not begun it"));
    CHECK_THROWS_WITH(repair(bench, edited), ContainsSubstring("1 tenant has not begun it"));
    CHECK_THROWS_AS(repair(bench, Folder::of({}), {true, false}), core::Refused);
    CHECK(repair(bench, edited, {false, true}).accepted == Names{"0001"});
    CHECK(bench.apply(edited).outcome == ApplyOutcome::kDone);
    CHECK(columns_named(bench, "q") == "t3");
  }
}

TEST_CASE("a step that fits into no max_hold is for somebody to look at") {
  FleetBench bench(tenants(2, kUsers));
  bench.options().rollout.max_failures = 0;
  bench.options().execution.locks.max_hold = std::chrono::milliseconds(50);
  const ApplyResult result =
      bench.apply(Folder::of({{"0001_slow.sql",
                               "-- lockstep: allow = opaque-statement, reason = \"slow\"\n"
                               "-- lockstep: locks = users:AccessExclusiveLock\nDO $$ BEGIN "
                               "PERFORM pg_sleep(1); END $$;"}}));
  CHECK(result.outcome == ApplyOutcome::kStuck);
  CHECK(result.tenants.blocked == 2);
  REQUIRE(result.failures.size() == 2);
  CHECK(result.failures[0].outcome == execution::TenantOutcome::kStuck);
  CHECK_THAT(result.failures[0].failure.message, ContainsSubstring("needs-hold"));
}

TEST_CASE_METHOD(HalfWay, "contract is refused with the tenants that are in the middle of expand") {
  CHECK_THROWS_WITH(bench.apply(folder(text), PhaseChoice::kContract),
                    ContainsSubstring("was begun and is not finished in 1 tenant (t1)"));
  const plan::Plan plan = bench.plan(folder(text)).plan;
  REQUIRE(plan.half_way.size() == 1);
  CHECK(plan.half_way[0].tenant == "t1");
  CHECK(plan.half_way[0].expand.size() == 2);  // a check, and the build
  CHECK_THAT(plan::to_json(plan), ContainsSubstring("\"half_way\""));
}

}  // namespace
}  // namespace lockstep::test
