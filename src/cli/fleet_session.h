#pragma once

#include <memory>
#include <vector>

#include "context.h"
#include "lockstep/database/session.h"
#include "lockstep/fleet/fleet.h"
#include "lockstep/migration/migration.h"
#include "lockstep/planner/planner.h"

namespace lockstep::cli {

/// Everything that a command on a database works with, put together from the options: the files,
/// read and recognised, and the fleet.
class FleetSession {
 public:
  /// Throws core::InvalidInput for problems of options or files, and where --tenants selects
  /// nobody. `events` outlives it. `out_of_order`: versions below one that is applied may run;
  /// `preflight`: the role's rights are asked for before anything is changed.
  FleetSession(Context& context, execution::Events& events, bool out_of_order = false,
               bool preflight = true);

  fleet::Fleet& fleet() { return *fleet_; }
  const fleet::Files& files() const { return files_; }
  /// The newest version among the files, as written; empty for none.
  std::string head() const;
  const config::Options& options() const { return options_; }
  /// The folder of migrations if it has none, else empty.
  std::string empty_folder() const {
    return migrations_.empty() ? options_.migrations : std::string();
  }
  /// Why there is no tenant, where there is none: "no schema matches tenants.pattern \"x_*\"".
  std::string no_tenants() const;
  /// "orders on db1:5432 as deploy".
  std::string database_description() const { return database_->description(); }

 private:
  void read_files(Context& context);
  void check_tenants();

  config::Options options_;
  std::vector<migration::Migration> migrations_;
  fleet::Files files_;
  std::unique_ptr<database::Database> database_;
  std::unique_ptr<database::Ledger> ledger_;
  std::unique_ptr<database::Lease> lease_;
  std::unique_ptr<fleet::Fleet> fleet_;
};

/// Events that nobody listens to, for commands that run nothing.
execution::Events& no_events();

}  // namespace lockstep::cli
