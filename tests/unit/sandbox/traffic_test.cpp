#include "lockstep/sandbox/traffic.h"

#include <atomic>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/pg_cluster.h"

namespace lockstep::sandbox {

namespace {

using std::chrono::milliseconds;

/// Requests that say how many were made.
struct Counted {
  std::atomic<std::size_t> made{0};

  NextRequest request(std::string sql, std::string label = "ask") {
    return [this, sql = std::move(sql), label = std::move(label)](std::mt19937_64&) {
      ++made;
      return Request{sql, label};
    };
  }
  void wait_for(std::size_t count) const {
    while (made < count) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("clients ask until they are stopped, and every request is counted") {
  test::TestDatabase db;
  Counted counted;
  Traffic traffic(db.database(), counted.request("SELECT 1"), {3, std::chrono::microseconds(100)});
  CHECK(db.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'application'") ==
        "3");
  counted.wait_for(100);
  const auto first = traffic.take_report();
  counted.wait_for(200);
  const auto rest = traffic.stop();
  CHECK(first.requests + rest.requests == counted.made);
  CHECK(first.requests > 0);
  CHECK(first.failed == 0);
  CHECK(first.p50 > milliseconds(0));
  CHECK(first.p50 <= first.p99);
  CHECK(first.p99 <= first.slowest);
  CHECK(first.slowest_label == "ask");
  CHECK(traffic.stop().requests == 0);
}

TEST_CASE("failures are counted with their first messages, and a lost session is opened again") {
  test::TestDatabase db;
  Counted counted;
  Traffic traffic(db.database(), counted.request("SELECT 1/0", "divide"), {2, milliseconds(0)});
  counted.wait_for(20);
  db.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE application_name = 'application'");
  counted.wait_for(counted.made + 20);
  const auto report = traffic.stop();
  CHECK(report.requests == counted.made);
  CHECK(report.failed == report.requests);
  REQUIRE_FALSE(report.failures.empty());
  CHECK(report.failures.size() <= 5);
  CHECK(report.failures.front() == "divide: division by zero");
}

TEST_CASE("at a fixed rate a slow answer counts for those who wait behind it") {
  test::TestDatabase db("CREATE TABLE t (a int)");
  Counted counted;
  TrafficOptions options;
  options.clients = 1;
  options.requests_per_second = 100;
  Traffic traffic(db.database(), counted.request("SELECT count(*) FROM t"), options);
  counted.wait_for(5);
  traffic.take_report();
  db.execute("BEGIN; LOCK TABLE t; SELECT pg_sleep(0.5)");
  db.execute("COMMIT");
  counted.wait_for(counted.made + 60);
  const auto report = traffic.stop();
  CHECK(report.failed == 0);
  CHECK(report.slowest >= milliseconds(300));
  // About 50 requests were due in that time, each waiting 10 ms less than the one before. Counted
  // from when it was sent, only the first would be slow.
  CHECK(report.p99 >= milliseconds(100));
}

TEST_CASE("traffic to a database that is not there fails at once") {
  test::TestDatabase db;
  const auto name = db.name();
  Counted counted;
  test::shared_cluster().drop_database(name);
  CHECK_THROWS_AS(Traffic(db.database(), counted.request("SELECT 1")), database::DatabaseError);
  test::shared_cluster().create_database(name);
}

}  // namespace lockstep::sandbox
