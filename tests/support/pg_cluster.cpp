#include "tests/support/pg_cluster.h"

#include <unistd.h>

#include <atomic>

#include "lockstep/postgres/database.h"

namespace lockstep::test {

sandbox::ClusterOptions fast_start() {
  return {{}, {}, LOCKSTEP_TEST_DATA_FOLDERS};
}

sandbox::Cluster& shared_cluster() {
  static sandbox::Cluster cluster(fast_start());
  return cluster;
}

TestDatabase::TestDatabase(std::string_view setup) {
  static std::atomic<int> count{0};
  // Equally long ones: recorded text breaks its lines by them.
  name_ = "test_" + std::to_string(1000 + ++count);
  shared_cluster().create_database(name_);
  database_ = postgres::open_database({connection_string(), {}});
  if (!setup.empty()) execute(setup);
}

TestDatabase::~TestDatabase() {
  session_.reset();
  try {
    shared_cluster().drop_database(name_);
  } catch (const std::exception&) {
    // It ends with the server.
  }
}

std::string TestDatabase::connection_string() const {
  return shared_cluster().connection_string(name_);
}

std::unique_ptr<database::Session> TestDatabase::connect(const database::SessionOptions& options) {
  return database_->connect(options);
}

database::Result TestDatabase::execute(std::string_view sql) {
  if (!session_) session_ = connect();
  return session_->execute(sql);
}

std::string TestDatabase::ask(std::string_view query) {
  return execute(query).at(0, 0);
}

}  // namespace lockstep::test
