#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/support/pg_cluster.h"

namespace lockstep::test {

/// A database of eight tenants, one of them large, and a folder with migrations that use every kind
/// of step on it.
class Scene {
 public:
  static constexpr int kTenants = 8;
  static constexpr int kLargeTenantRows = 30'000;

  Scene();
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  TestDatabase& db() noexcept { return db_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }

  /// Changes whenever a step starts, moves on or ends; "" before there is a ledger.
  std::string progress();
  /// Whether another session runs a statement like this, by ILIKE.
  bool somebody_runs(const std::string& pattern);
  /// Until nobody else is connected: backends outlive their killed client for a moment. False if
  /// they are still there after half a minute.
  bool left_alone();

  /// Each tenant's structure as pg_dump prints it.
  std::map<std::string, std::string> structure();
  std::map<std::string, std::string> fingerprints();
  /// Every row of every tenant but for the values that each run makes anew.
  std::map<std::string, std::string> rows();
  /// What the ledger says of every step and migration, without what differs from run to run.
  std::string ledger();

 private:
  TestDatabase db_;
  std::filesystem::path folder_;
};

}  // namespace lockstep::test
