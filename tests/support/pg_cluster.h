#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lockstep/database/session.h"
#include "lockstep/sandbox/cluster.h"

namespace lockstep::test {

/// The one private server of this test process, started when first asked for and gone at its end.
/// Not for tests that stop or crash it: those start their own.
sandbox::Cluster& shared_cluster();

/// Options for a server of one's own that starts as fast as the shared one.
sandbox::ClusterOptions fast_start();

/// An empty database of its own on the shared server, dropped at the end with whoever is still
/// connected. The text `setup` is run in it first.
class TestDatabase {
 public:
  explicit TestDatabase(std::string_view setup = {});
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const noexcept { return name_; }
  std::string connection_string() const;
  database::Database& database() noexcept { return *database_; }
  std::unique_ptr<database::Session> connect(const database::SessionOptions& options = {});

  /// Runs it on a session that the test keeps for such things.
  database::Result execute(std::string_view sql);
  /// The one value that a query gives.
  std::string ask(std::string_view query);

 private:
  std::string name_;
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<database::Session> session_;
};

}  // namespace lockstep::test
