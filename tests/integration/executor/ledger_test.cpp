#include <thread>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/core/sha256.h"
#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using database::MigrationState;

constexpr const char* kSetup =
    "create schema acme; create schema globex; create table acme.users (id int)";

std::string error_of(Bench& bench, const std::string& sql) {
  try {
    bench.worker()->execute(sql);
  } catch (const database::DatabaseError& error) {
    return error.sqlstate();
  }
  return "none";
}

TEST_CASE("every write is a compare-and-set that hits one row") {
  Bench bench(kSetup);
  const auto worker = bench.worker();
  execution::TenantWork work =
      bench.work("acme", {{create("0001", 1, "select 1"), create("0001", 2, "select 1")}});
  const database::TenantId tenant = work.tenant.id;
  const std::vector<database::MigrationStart> starts = {work.planned[0].start};
  const auto& ledger = bench.ledger();
  database::StepWrite step{"0001.1", "0001", 1, core::Phase::kExpand, "transaction", 0};
  const auto done = [&] {
    return error_of(bench,
                    ledger.done_sql(*worker, tenant, 1, database::Via::kStaged, {step}, "0"));
  };

  CHECK(done() == "LS001");  // not begun
  CHECK(error_of(bench, ledger.start_sql(*worker, tenant, 1, starts)) == "none");
  CHECK(error_of(bench, ledger.start_sql(*worker, tenant, 1, starts)) == "LS001");
  CHECK(error_of(bench, ledger.running_sql(*worker, tenant, 1, step)) == "none");
  CHECK(error_of(bench, ledger.running_sql(*worker, tenant, 1, step)) == "LS001");
  CHECK(done() == "LS001");  // an attempt behind
  step.attempt = 1;
  CHECK(done() == "none");
  step.attempt = 2;
  CHECK(done() == "LS001");  // done is done
  CHECK(error_of(bench, ledger.failed_sql(*worker, tenant, 1, step, database::StepState::kFailed,
                                          {"22000", "m", "", ""})) == "LS001");
  CHECK(bench.state_of("acme", "0001") == "running");
  step = {"0001.2", "0001", 2, core::Phase::kExpand, "transaction", 0};
  CHECK(done() == "none");
  CHECK(bench.state_of("acme", "0001") == "done");
}

TEST_CASE("a checkpoint advances from the version that was read, or not at all") {
  Bench bench(kSetup);
  const auto worker = bench.worker();
  execution::TenantWork work = bench.work("acme", {{backfill("0001", 1, "users", "id", "1", "")}});
  const database::TenantId tenant = work.tenant.id;
  const auto& ledger = bench.ledger();
  worker->execute(ledger.start_sql(*worker, tenant, 1, {work.planned[0].start}));
  worker->execute(ledger.running_sql(*worker, tenant, 1,
                                     {"0001.1", "0001", 1, core::Phase::kExpand, "backfill", 0}));
  database::Checkpoint checkpoint;
  checkpoint.bound = {"9", "it's \"odd\""};
  const auto write = [&](int rows) {
    return error_of(
        bench, ledger.checkpoint_sql(*worker, tenant, "0001.1", checkpoint, std::to_string(rows)));
  };
  CHECK(write(0) == "none");
  CHECK(write(0) == "LS001");
  checkpoint.version = 1;
  checkpoint.cursor = {"5", "x"};
  checkpoint.chunk = database::Chunk{{"7", "'"}, 11, 3, {"6", "\""}};
  CHECK(write(5) == "none");
  CHECK(write(5) == "LS001");
  const database::Checkpoint stored = bench.ledger().checkpoint(*worker, tenant, "0001.1");
  CHECK(stored.version == 2);
  CHECK(stored.cursor == std::vector<std::string>{"5", "x"});
  CHECK(stored.bound == checkpoint.bound);
  CHECK(stored.rows == 5);
  CHECK(stored.chunk == checkpoint.chunk);
  checkpoint.version = 2;
  checkpoint.chunk->stride = 11;
  CHECK(write(5) == "23514");
}

TEST_CASE("constraints state what must hold, whoever writes") {
  Bench bench(kSetup);
  execution::TenantWork work = bench.work("acme", {{create("0001", 1, "select 1")}});
  REQUIRE(bench.run(work).outcome == execution::TenantOutcome::kDone);
  const std::string broken = GENERATE(
      as<std::string>(), "update lockstep.tenant_migration set state = 'running'",
      "update lockstep.tenant_migration set expand_left = 1",
      "update lockstep.tenant_migration set finished = null",
      "update lockstep.tenant_migration set step_list = null",
      "update lockstep.step set state = 'running'", "update lockstep.step set state = 'failed'",
      "update lockstep.step set attempt = 0", "update lockstep.step set rows = -1",
      "insert into lockstep.step select * from lockstep.step",
      "update lockstep.step_list set steps = steps || ' '",
      "insert into lockstep.meta select * from lockstep.meta",
      "update lockstep.tenant set name = ''", "update lockstep.run set outcome = 'done'",
      "insert into lockstep.checkpoint values (1, 'none', 1, '[]', '[]', 0, 0, 0)");
  const std::string state = error_of(bench, broken);
  CAPTURE(broken);
  CHECK((state == "23514" || state == "23505" || state == "23503"));
}

TEST_CASE("equal tenants are one profile, whatever their number") {
  Bench bench(kSetup);
  execution::TenantWork work = bench.work("acme", {{create("0001", 1, "select 1")}});
  REQUIRE(bench.run(work).outcome == execution::TenantOutcome::kDone);
  bench.db().execute("create schema third");
  const database::Profiles found =
      bench.ledger().profiles(*bench.worker(), {"third", "acme", "nobody", "globex", ""});
  CHECK(found.missing == std::vector<std::string>{"nobody"});
  REQUIRE(found.profiles.size() == 2);
  CHECK(found.profiles[0].migrations.empty());
  REQUIRE(found.profiles[0].tenants.size() == 3);
  CHECK(found.profiles[0].tenants[0].name == "third");
  CHECK(found.profiles[0].tenants[1].name == "globex");
  CHECK(found.profiles[0].tenants[2].name == "");
  REQUIRE(found.profiles[1].migrations.size() == 1);
  CHECK(found.profiles[1].migrations[0].state == MigrationState::kDone);
  CHECK(found.profiles[1].tenants[0].id == work.tenant.id);
}

TEST_CASE("a tenant is its schema's oid: renamed it is the same, made anew it is another") {
  Bench bench(kSetup);
  execution::TenantWork work = bench.work("acme", {{create("0001", 1, "select 1")}});
  REQUIRE(bench.run(work).outcome == execution::TenantOutcome::kDone);
  const auto worker = bench.worker();
  bench.db().execute("alter schema acme rename to renamed; create schema acme");
  CHECK(bench.ledger().profiles(*worker, {"renamed"}).profiles.at(0).migrations.size() == 1);
  CHECK(bench.ledger().profiles(*worker, {"acme"}).profiles.at(0).migrations.empty());
  const auto known = bench.ledger().register_tenants(*worker, {"renamed", "acme"});
  CHECK(known.at("renamed").id == work.tenant.id);
  CHECK(known.at("acme").id != work.tenant.id);
}

TEST_CASE("several runners may create the ledger at once, and a newer one is refused") {
  TestDatabase db;
  const auto ledger = postgres::open_ledger("my \"ledger\"");
  CHECK_FALSE(ledger->present(*db.connect()));
  {
    std::vector<std::jthread> runners;
    for (int i = 0; i < 4; ++i) {
      runners.emplace_back([&] { ledger->prepare(*db.connect()); });
    }
  }
  CHECK(ledger->present(*db.connect()));
  db.execute("update \"my \"\"ledger\"\"\".meta set schema_version = 99");
  CHECK_THROWS_AS(ledger->present(*db.connect()), core::Refused);
  CHECK_THROWS_AS(ledger->prepare(*db.connect()), core::Refused);
}

TEST_CASE("a ledger that was restored elsewhere finds its tenants again by name") {
  Bench bench(kSetup);
  execution::TenantWork work = bench.work("acme", {{create("0001", 1, "select 1")}});
  REQUIRE(bench.run(work).outcome == execution::TenantOutcome::kDone);
  bench.db().execute(
      "update lockstep.tenant set schema_oid = 1 where name = 'acme';"
      "update lockstep.meta set system_identifier = '7'");
  const auto worker = bench.worker();
  bench.ledger().prepare(*worker);
  const database::Profiles found = bench.ledger().profiles(*worker, {"acme"});
  REQUIRE(found.profiles.size() == 1);
  CHECK(found.profiles[0].migrations.size() == 1);
}

TEST_CASE("files are recorded when first applied; edits need a repair") {
  Bench bench(kSetup);
  const auto worker = bench.worker();
  database::RecordedMigration file{"0001", "first", core::Scope::kTenant, core::sha256_hex("a"),
                                   "a",    false};
  bench.ledger().register_migrations(*worker, {file});
  file.checksum = core::sha256_hex("b");
  file.source = "b";
  bench.ledger().register_migrations(*worker, {file});  // nobody has begun it
  CHECK(bench.ledger().migrations(*worker, true).at(0).source == "b");

  execution::TenantWork work = bench.work("acme", {{create("0001", 1, "select 1")}});
  REQUIRE(bench.run(work).outcome == execution::TenantOutcome::kDone);
  const std::string applied = bench.ledger().migrations(*worker).at(0).checksum;
  bench.ledger().register_migrations(*worker, {file});
  CHECK(bench.ledger().migrations(*worker).at(0).checksum == applied);
  CHECK(bench.ledger().migrations(*worker).at(0).applied);
  bench.ledger().replace_checksums(*worker, 1, {file});
  CHECK(bench.ledger().migrations(*worker).at(0).checksum == file.checksum);
  bench.ledger().forget_migrations(*worker, 1, {"0001"});
  CHECK(bench.ledger().migrations(*worker).empty());
  CHECK(bench.state_of("acme", "0001") == "not begun");
  const auto history = bench.ledger().history(*worker, std::nullopt, 10);
  CHECK(history.size() == 2);
}

TEST_CASE("a text stays as it is from the moment that something of it comes to stand") {
  Bench bench(kSetup);
  const auto worker = bench.worker();
  const auto& ledger = bench.ledger();
  execution::TenantWork work =
      bench.work("acme", {{create("0001", 1, "select 1"), create("0001", 2, "select 1")}});
  const std::string ours = bench.ledger().migrations(*worker).at(0).checksum;
  const database::TenantId tenant = work.tenant.id;
  const database::StepWrite step{"0001.1", "0001", 1, core::Phase::kExpand, "transaction", 0};
  worker->execute("begin");
  worker->execute(ledger.start_sql(*worker, tenant, 1, {work.planned[0].start}));
  worker->execute(ledger.done_sql(*worker, tenant, 1, database::Via::kStaged, {step}, "0"));

  const auto other = bench.db().connect();
  other->execute("set lock_timeout = '50ms'");
  const database::RecordedMigration file{
      "0001", "first", core::Scope::kTenant, core::sha256_hex("b"), "b", false};
  CHECK_THROWS_AS(bench.ledger().register_migrations(*other, {file}), database::DatabaseError);
  worker->execute("commit");
  bench.ledger().register_migrations(*other, {file});
  CHECK(bench.ledger().migrations(*other).at(0).checksum == ours);

  // The other way round: who has another text than the recorded one writes nothing more.
  other->execute("update lockstep.migration set checksum = 'other'");
  const database::StepWrite next{"0001.2", "0001", 2, core::Phase::kExpand, "transaction", 0};
  CHECK(error_of(bench, ledger.done_sql(*worker, tenant, 1, database::Via::kStaged, {next}, "0")) ==
        "LS002");
}

}  // namespace
}  // namespace lockstep::test
