#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lockstep/fleet/fleet.h"
#include "lockstep/postgres/ledger.h"
#include "tests/support/pg_cluster.h"
#include "tests/support/recorded_events.h"

namespace lockstep::test {

struct File {
  std::string name;  ///< "0001_users.sql"
  std::string text;
};

/// Migration files, and what they are recognised as.
class Folder {
 public:
  static Folder of(std::initializer_list<File> files);
  Folder(Folder&&) = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder& operator=(Folder&&) = delete;
  ~Folder() = default;

  const fleet::Files& files() const { return files_; }

 private:
  Folder() = default;

  std::vector<migration::Migration> migrations_;
  fleet::Files files_;
};

/// A database with tenants and everything a fleet needs.
class FleetBench {
 public:
  explicit FleetBench(std::string_view setup, const std::string& pattern = "t*");

  TestDatabase& db() { return db_; }
  fleet::FleetOptions& options() { return options_; }
  RecordedEvents& events() { return events_; }
  /// Runs go by this one instead of the system's.
  void use(std::unique_ptr<core::Clock> clock) { clock_ = std::move(clock); }

  fleet::Planned plan(const Folder& folder);
  fleet::ApplyResult apply(const Folder& folder,
                           std::optional<fleet::PhaseChoice> phase = fleet::PhaseChoice::kAll);
  fleet::ApplyResult apply(const Folder& folder, const fleet::ApplyRequest& request,
                           const fleet::StopTokens& stop);
  /// Another way to the same database, for tests that break connections.
  fleet::ApplyResult apply_through(database::Database& database, const Folder& folder);
  fleet::Status status(const Folder& folder);
  std::unique_ptr<fleet::Fleet> open(database::Database& database);
  std::unique_ptr<fleet::Fleet> open() { return open(db_.database()); }

  /// "t1:current t2:pending ..."
  std::string standings(const Folder& folder);

 private:
  TestDatabase db_;
  std::unique_ptr<database::Ledger> ledger_;
  std::unique_ptr<database::Lease> lease_;
  std::unique_ptr<core::Clock> clock_;
  RecordedEvents events_;
  fleet::FleetOptions options_;
};

/// Schemas t1 to tn, each set up by `each` with its name for %s.
std::string tenants(int count, const std::string& each);

}  // namespace lockstep::test
