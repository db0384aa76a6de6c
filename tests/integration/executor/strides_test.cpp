#include <set>

#include <fmt/format.h>

#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

// Backfills in strides: where they go so, what they leave, and that each row is changed once,
// wherever they are stopped.

namespace lockstep::test {
namespace {

using execution::TenantOutcome;
using execution::TenantResult;
using execution::TenantWork;

constexpr int kRows = 6000;
constexpr int kBatch = 200;

/// `key` is the definition of the columns of the key, `values` gives them from g.
std::string table(const std::string& key, const std::string& values, const std::string& primary) {
  return fmt::format(
      "create schema acme; create table acme.acc ({}, bal integer default 1, seen integer,"
      " pad text default repeat('x', 60){});"
      "insert into acme.acc select {} from generate_series(1, {}) g;"
      "create index acc_seen on acme.acc (seen); analyze acme.acc",
      key, primary.empty() ? "" : ", primary key (" + primary + ")", values, kRows);
}

std::string integers() {
  return table("id bigint", "g", "id");
}

/// Each row once more, and nothing tells those that are done: twice on one of them would show.
plan::Step add_one(const std::vector<std::string>& key = {"id"},
                   const std::vector<std::string>& types = {"bigint"}) {
  plan::Step step =
      backfill("0001", 1, "acc", "bal", "bal + 1", key.empty() ? "bal = 1" : "", key, types);
  std::get<plan::BackfillBody>(step.body).key_grows = !key.empty();
  return step;
}

/// Batches of 200 rows, and a second of the bench's clock between them.
void pace(Bench& bench) {
  bench.options().backfill.first_batch = kBatch;
  bench.options().backfill.max_batch = kBatch;
  bench.options().backfill.max_rows_per_second = kBatch;
}

/// What the checkpoint says after each batch: how many strides its chunk has, 1 for none.
class Watch {
 public:
  explicit Watch(Bench& bench) {
    bench.clock().on_sleep([this, &bench] {
      seen_.insert(std::stoi(bench.db().ask(
          "select coalesce((chunk ->> 'strides')::integer, 1) from lockstep.checkpoint")));
    });
  }
  bool strided() const { return *seen_.rbegin() > 1; }

 private:
  std::set<int> seen_;
};

std::string wrong(Bench& bench) {
  return bench.db().ask("select count(*) from acme.acc where bal <> 2");
}

TEST_CASE("strides change each row once, keep updates HOT, and the table its size") {
  Bench bench(integers());
  pace(bench);
  const Watch watch(bench);
  const std::string before = bench.db().ask("select pg_relation_size('acme.acc')");
  TenantWork work = bench.work("acme", {{add_one()}});
  CHECK(bench.run(work).why == "");
  CHECK(watch.strided());
  CHECK(wrong(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") == std::to_string(kRows));
  CHECK(bench.db().ask("select chunk is null from lockstep.checkpoint") == "t");
  CHECK(bench.db().ask("select pg_relation_size('acme.acc') < 1.35 * " + before) == "t");
}

TEST_CASE("keys of any type fall to strides") {
  struct Case {
    std::string key;
    std::string values;
    std::vector<std::string> columns;
    std::vector<std::string> types;
    bool strided = true;
  };
  const Case each = GENERATE(Case{"id smallint", "g - 3000", {"id"}, {"smallint"}},
                             Case{"id integer", "-g * 11", {"id"}, {"integer"}},
                             Case{"id numeric(12,2)", "g / 4.0", {"id"}, {"numeric(12,2)"}},
                             Case{"id text collate \"C\"", "'it''s ' || g", {"id"}, {"text"}},
                             Case{"a integer, at timestamptz",
                                  "g / 100, '2020-01-01'::timestamptz + g * interval '1 hour'",
                                  {"a", "at"},
                                  {"integer", "timestamp with time zone"}},
                             // Printed as settings say, and read from that.
                             Case{"id daterange",
                                  "daterange('2020-01-01', date '2020-01-02' + g)",
                                  {"id"},
                                  {"daterange"},
                                  false},
                             Case{"nothing integer", "g", {}, {}});
  INFO(each.key);
  std::string columns;
  for (const std::string& column : each.columns) {
    columns += (columns.empty() ? "" : ", ") + column;
  }
  Bench bench(table(each.key, each.values, columns));
  pace(bench);
  if (each.columns.empty()) {  // 64 blocks at first: 5,000 rows and more
    bench.db().execute("insert into acme.acc select g from generate_series(1, 20000) g");
  }
  const Watch watch(bench);
  TenantWork work = bench.work("acme", {{add_one(each.columns, each.types)}});
  CHECK(bench.run(work).why == "");
  CHECK(watch.strided() == each.strided);
  CHECK(wrong(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") ==
        bench.db().ask("select count(*) from acme.acc"));
  CHECK(bench.db().ask("select pass from lockstep.checkpoint") == "0");
}

TEST_CASE("stopped after any batch, within a chunk or a stride, it goes on there") {
  const bool keyed = GENERATE(true, false);
  Bench bench(integers());
  pace(bench);
  TenantWork work = bench.work("acme", {{keyed ? add_one() : add_one({}, {})}});
  int runs = 0;
  int inside = 0;
  for (TenantOutcome outcome = TenantOutcome::kInterrupted; outcome != TenantOutcome::kDone;) {
    REQUIRE(++runs < 400);
    // Now and then a few go by, so that chunks are opened; parts of a stride by turns.
    bench.options().backfill.first_batch = runs % 3 == 0 ? kBatch : kBatch / 3;
    std::stop_source finish;
    std::size_t batches = runs % 2 == 0 ? 1U : 4U;
    bench.clock().on_sleep([&] {
      if (--batches == 0) {
        finish.request_stop();
      }
    });
    const TenantResult result = bench.run(work, {finish.get_token(), {}}, bench.worker());
    outcome = result.outcome;
    REQUIRE((outcome == TenantOutcome::kDone || outcome == TenantOutcome::kInterrupted));
    inside += bench.db().ask(
                  "select coalesce(chunk -> 'at' <> '[]', false) from lockstep.checkpoint") == "t"
                  ? 1
                  : 0;
    // The application changes rows of its own accord meanwhile.
    bench.db().execute(
        fmt::format("update acme.acc set seen = {0} where id % 97 = {0}", runs % 97));
    work = bench.resumed("acme");
  }
  CHECK((inside > 0 || !keyed));
  CHECK((runs > 10 || !keyed));
  CHECK(wrong(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") == std::to_string(kRows));
}

TEST_CASE("a checkpoint from before there were strides is gone on with") {
  Bench bench(integers());
  pace(bench);
  std::stop_source finish;
  bench.clock().on_sleep([&] { finish.request_stop(); });
  TenantWork work = bench.work("acme", {{add_one()}});
  REQUIRE(bench.run(work, {finish.get_token(), {}}, bench.worker()).outcome ==
          TenantOutcome::kInterrupted);
  REQUIRE(bench.db().ask("select cursor from lockstep.checkpoint where chunk is null") ==
          fmt::format("[\"{}\"]", kBatch));
  bench.clock().on_sleep({});
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(wrong(bench) == "0");
}

TEST_CASE("while a snapshot is held, it goes in the key's order, and strides once it is gone") {
  Bench bench(integers());
  pace(bench);
  const auto reader = bench.db().connect();
  reader->execute("begin isolation level repeatable read; select count(*) from acme.acc");
  const bool ends = GENERATE(false, true);
  std::set<std::string> seen;
  bench.clock().on_sleep([&] {
    seen.insert(bench.db().ask(
        "select coalesce((chunk ->> 'strides')::integer, 1) from lockstep.checkpoint"));
    if (ends && bench.clock().sleeps().size() == 10) {
      CHECK(seen == std::set<std::string>{"1"});
      reader->execute("commit");
    }
  });
  TenantWork work = bench.work("acme", {{add_one()}});
  CHECK(bench.run(work).why == "");
  CHECK((seen.size() > 1) == ends);
  CHECK(wrong(bench) == "0");
}

TEST_CASE("no strides where an index has what is written") {
  const std::string index = GENERATE(as<std::string>(), "create index on acme.acc (bal)",
                                     "create index on acme.acc (seen) where bal > 0",
                                     "create index on acme.acc ((bal + 1))");
  Bench bench(integers() + ";" + index);
  pace(bench);
  const Watch watch(bench);
  TenantWork work = bench.work("acme", {{add_one()}});
  CHECK(bench.run(work).why == "");
  CHECK_FALSE(watch.strided());
  CHECK(wrong(bench) == "0");
}

TEST_CASE("strides that turn out to be of no use are left for a while") {
  Bench bench(
      integers() +
      "; create function acme.see() returns trigger language plpgsql as $$ begin"
      " new.seen := new.id; return new; end $$;"
      "create trigger see before update on acme.acc for each row execute function acme.see()");
  pace(bench);
  std::vector<int> strides;
  bench.clock().on_sleep([&] {
    strides.push_back(std::stoi(bench.db().ask(
        "select coalesce((chunk ->> 'strides')::integer, 1) from lockstep.checkpoint")));
  });
  TenantWork work = bench.work("acme", {{add_one()}});
  CHECK(bench.run(work).why == "");
  // A chunk is over with its last stride; then eight of the key's order.
  int times = 0;
  for (std::size_t i = 1; i < strides.size(); ++i) {
    times += strides[i] > 1 && strides[i - 1] == 1 ? 1 : 0;
  }
  CHECK(times > 0);
  CHECK(times <= 2);
  CHECK(wrong(bench) == "0");
}

TEST_CASE("a row that cannot be changed is named wherever in a stride it lies") {
  Bench bench(integers() +
              "; alter table acme.acc add check (bal <> 101);"
              "update acme.acc set bal = 100 where id = 2345");
  pace(bench);
  const Watch watch(bench);
  TenantWork work = bench.work("acme", {{add_one()}});
  const TenantResult result = bench.run(work);
  CHECK(watch.strided());
  CHECK(result.outcome == TenantOutcome::kFailed);
  CHECK(result.failure.sqlstate == "23514");
  CHECK_THAT(result.failure.message, Catch::Matchers::ContainsSubstring("id = 2345"));
  CHECK(bench.db().ask("select count(*) from acme.acc where bal not in (1, 2, 100)") == "0");

  bench.clock().on_sleep({});
  bench.db().execute("update acme.acc set bal = 1 where id = 2345");
  TenantWork again = bench.resumed("acme");
  CHECK(bench.run(again).outcome == TenantOutcome::kDone);
  CHECK(wrong(bench) == "0");
  CHECK(bench.db().ask("select rows from lockstep.step") == std::to_string(kRows));
}

}  // namespace
}  // namespace lockstep::test
