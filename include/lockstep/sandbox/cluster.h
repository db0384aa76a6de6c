#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::sandbox {

struct ClusterOptions {
  /// Where initdb and postgres are. Empty: $LOCKSTEP_TEST_PG_BIN, else what pg_config says, else
  /// the newest /usr/lib/postgresql/*/bin, else PATH.
  std::string bin_dir;
  /// Lines of postgresql.conf, name and value, after our own.
  std::vector<std::pair<std::string, std::string>> settings;
  /// A folder that keeps a fresh data folder for each server version, so that later clusters copy
  /// it (0.1 s) instead of running initdb (0.8 s). Several processes may use it at once. Empty:
  /// none.
  std::filesystem::path template_folder;
};

/// A throwaway PostgreSQL: its own data in a temporary folder, reachable only through a unix
/// socket in there, durable against nothing. Runs as another user where we are root. It ends with
/// this object, and also where the process is killed without a chance to clean up.
///
/// Threads: one at a time. Errors: std::runtime_error, with the end of the server's log.
class Cluster {
 public:
  /// Creates and starts it; it takes connections when this returns.
  explicit Cluster(ClusterOptions options = {});
  /// Stops the server and removes its folder.
  ~Cluster();
  Cluster(Cluster&&) noexcept;
  Cluster& operator=(Cluster&&) noexcept;

  /// libpq's key=value form, for a superuser.
  std::string connection_string(const std::string& database = "postgres") const;
  /// The folder of the socket (port 5432), for PGHOST.
  const std::filesystem::path& socket_folder() const;
  const std::filesystem::path& data_folder() const;
  const std::filesystem::path& bin_dir() const;
  /// server_version_num's first part: 15.
  int major_version() const;

  /// Copies `template_database`, to which nobody may be connected.
  void create_database(const std::string& name, const std::string& template_database = "template1");
  /// Disconnects whoever is still there.
  void drop_database(const std::string& name);

  /// Adds a line to postgresql.conf, for the next start.
  void configure(const std::string& name, const std::string& value);
  void start();
  /// Ends all sessions, rolls back what they did, writes everything out.
  void stop();
  void restart();
  /// Ends the server at once, as a power cut would: the next start recovers from the log.
  void crash();
  bool running() const;

  /// The postmaster's process id; 0 while stopped.
  int pid() const;
  /// The server's log so far.
  std::string log() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::sandbox
