#include "throttle.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "lockstep/postgres/database.h"
#include "tests/integration/executor/bench.h"
#include "tests/support/catch.h"

// What keeps backfills from going on, as servers really show it.

namespace fs = std::filesystem;

namespace lockstep::test {
namespace {

using execution::BackfillOptions;
using execution::Throttle;
using std::chrono::milliseconds;

std::unique_ptr<database::Session> connect(const sandbox::Cluster& cluster,
                                           bool reads_only = false) {
  database::SessionOptions options;
  options.reads_only = reads_only;
  return postgres::open_database({cluster.connection_string(), {}})->connect(options);
}

std::string why(database::Session& session, const BackfillOptions& options) {
  const std::optional<Throttle> held = execution::throttle(session, options);
  return held ? held->why : "";
}

/// Until it begins with `text`, or says nothing where that is empty; the server writes meanwhile.
bool comes_to(database::Session& session, const BackfillOptions& options, const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    session.execute("select pg_logical_emit_message(false, 'test', 'x')");
    const std::string said = why(session, options);
    if (text.empty() ? said.empty() : said.rfind(text, 0) == 0) {
      return true;
    }
  }
  UNSCOPED_INFO("it says: " << why(session, options));
  return false;
}

/// A streaming standby of a server, made by pg_basebackup.
class Standby {
 public:
  explicit Standby(const sandbox::Cluster& primary) : server_(fast_start()) {
    server_.stop();
    const fs::path data = server_.data_folder();
    struct stat owner {};
    REQUIRE(::stat(data.c_str(), &owner) == 0);
    for (const fs::directory_entry& entry : fs::directory_iterator(data)) {
      fs::remove_all(entry.path());
    }
    const std::string copy =
        fmt::format("'{}' --checkpoint=fast -D '{}' -d \"{}\" && chown -R {}:{} '{}'",
                    (primary.bin_dir() / "pg_basebackup").string(), data.string(),
                    primary.connection_string(), owner.st_uid, owner.st_gid, data.string());
    REQUIRE(std::system(copy.c_str()) == 0);
    std::ofstream(data / "standby.signal").flush();
    server_.configure("unix_socket_directories", server_.socket_folder().string());
    server_.configure("primary_conninfo", fmt::format("host={} port=5432 user=postgres",
                                                      primary.socket_folder().string()));
    server_.configure("wal_receiver_status_interval", "1s");
    server_.start();
  }

  sandbox::Cluster& server() { return server_; }

 private:
  sandbox::Cluster server_;
};

TEST_CASE("a standby that replays late pauses backfills, until it has caught up") {
  const sandbox::Cluster primary(fast_start());
  const auto session = connect(primary);
  BackfillOptions options;
  options.max_replica_lag = milliseconds(300);
  CHECK(why(*session, options) == "");
  Standby standby(primary);
  REQUIRE(comes_to(*session, options, ""));
  const auto replica = connect(standby.server(), true);
  replica->execute("select pg_wal_replay_pause()");
  CHECK(comes_to(*session, options, "a standby replays late"));
  options.max_replica_lag = milliseconds(0);
  CHECK(why(*session, options) == "");
  options.max_replica_lag = milliseconds(300);
  replica->execute("select pg_wal_replay_resume()");
  CHECK(comes_to(*session, options, ""));
}

TEST_CASE("a slot for which too much log is kept pauses backfills, and is named") {
  sandbox::ClusterOptions settings = fast_start();
  settings.settings.emplace_back("max_wal_size", "32MB");
  settings.settings.emplace_back("min_wal_size", "32MB");
  const sandbox::Cluster server(settings);
  const auto session = connect(server);
  session->execute("select pg_create_physical_replication_slot('nobody_reads', true)");
  CHECK(why(*session, {}) == "");
  for (int i = 0; i < 5; ++i) {
    session->execute("select pg_logical_emit_message(false, 'test', 'x')");
    session->execute("select pg_switch_wal()");
  }
  CHECK_THAT(why(*session, {}), Catch::Matchers::ContainsSubstring("nobody_reads keeps"));
  session->execute("select pg_drop_replication_slot('nobody_reads')");
  CHECK(why(*session, {}) == "");
}

TEST_CASE("log that is not archived pauses backfills") {
  sandbox::ClusterOptions settings = fast_start();
  settings.settings.emplace_back("archive_mode", "on");
  settings.settings.emplace_back("archive_command", "false");
  const sandbox::Cluster server(settings);
  const auto session = connect(server);
  BackfillOptions options;
  options.max_unarchived = 2;
  CHECK(why(*session, options) == "");
  for (int i = 0; i < 4; ++i) {
    session->execute("select pg_logical_emit_message(false, 'test', 'x')");
    session->execute("select pg_switch_wal()");
  }
  CHECK(comes_to(*session, options, "4 segments of the log wait to be archived"));
  session->execute("alter system set archive_command = 'true'");
  session->execute("select pg_reload_conf()");
  CHECK(comes_to(*session, options, ""));
}

TEST_CASE("more active sessions than allowed pause backfills") {
  TestDatabase db;
  const auto session = db.connect();
  BackfillOptions options;
  options.max_active_sessions = 1;
  CHECK(why(*session, options) == "");
  const auto locker = db.connect();
  locker->execute("select pg_advisory_lock(1)");
  const auto waits = [&] {
    const auto other = db.connect();
    other->execute("select pg_advisory_lock(1)");
  };
  std::jthread one(waits);
  std::jthread two(waits);
  CHECK(comes_to(*session, options, "2 sessions are active"));
  options.max_active_sessions = 2;
  CHECK(why(*session, options) == "");
  locker->execute("select pg_advisory_unlock(1)");
}

}  // namespace
}  // namespace lockstep::test
