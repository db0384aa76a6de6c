#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lockstep/core/file_reader.h"
#include "lockstep/core/problem.h"

namespace lockstep::config {

/// Where tenants come from: at most one of query, pattern and schemas is set.
struct TenantOptions {
  std::string query;
  std::string pattern;  ///< a glob over schema names
  std::vector<std::string> schemas;
  std::vector<std::string> exclude;  ///< names or globs
  std::string only;                  ///< --tenants: a glob; empty: all

  bool configured() const noexcept {
    return !query.empty() || !pattern.empty() || !schemas.empty();
  }
};

/// Tenants rolled out together: named ones, a share, or (neither given) the rest.
struct WaveOptions {
  std::string name;
  std::vector<std::string> tenants;
  double percent = 0;
};

struct RolloutOptions {
  std::vector<WaveOptions> waves;
  std::size_t jobs = 4;
  std::size_t max_failures = 1;     ///< stop starting new tenants after this many; 0: never stop
  std::chrono::seconds wait{1800};  ///< for tenants that others hold
};

struct LockOptions {
  std::chrono::milliseconds lock_timeout{50};
  std::chrono::milliseconds max_hold{100};
  std::chrono::seconds give_up_after{600};
  std::int64_t direct_below = 8LL << 20U;  ///< bytes
};

struct BackfillOptions {
  std::chrono::milliseconds batch_duration{50};
  std::int64_t max_rows_per_second = 0;              ///< 0: no cap
  std::chrono::milliseconds max_replica_lag{10000};  ///< 0: not looked at
  int max_active_sessions = 0;                       ///< 0: not looked at
  std::string pause_when;                            ///< a query; true pauses
};

/// All that lockstep.yaml, the environment and flags can set (docs/configuration.md), with its
/// defaults. Unchangeable once loaded.
struct Options {
  std::string file;      ///< the configuration file that was read; empty: none
  std::string database;  ///< connection string, with any password; empty: libpq's own PG* variables
  std::string migrations = "migrations";
  TenantOptions tenants;
  std::vector<std::string> shared_schemas{"public"};
  std::string ledger_schema = "lockstep";
  std::string role;
  RolloutOptions rollout;
  LockOptions locks;
  BackfillOptions backfill;
  std::chrono::seconds drop_grace{0};            ///< how long dropped columns and tables are kept
  std::map<std::string, std::string> variables;  ///< what ${name} in migrations stands for
};

/// What the command line gave, as text; nothing where a flag was not given.
struct Flags {
  std::optional<std::string> config;
  std::optional<std::string> database;
  std::optional<std::string> migrations;
  std::optional<std::string> tenants;
  std::optional<std::string> jobs;
  std::optional<std::string> max_failures;
  std::optional<std::string> wait;
  std::vector<std::string> variables;  ///< --var: "name=value" each
};

struct Sources {
  const core::FileReader& files;
  std::map<std::string, std::string> environment;
  Flags flags;
  /// False for commands that work offline: a variable of `database:` that is not set is then no
  /// problem.
  bool needs_database = true;
};

struct Loaded {
  Options options;
  core::Problems problems;  ///< all of them at once; never holds a password
};

/// Flag, then environment (LOCKSTEP_ROLLOUT_JOBS for rollout.jobs), then file, then default; each
/// variable of migrations by itself (LOCKSTEP_VAR_REGION for region).
/// Without --config and LOCKSTEP_CONFIG, reads lockstep.yaml where there is one.
Loaded load(const Sources& sources);

/// A commented lockstep.yaml with every key, for `init`. Loading it gives the defaults.
std::string example_file();

}  // namespace lockstep::config
