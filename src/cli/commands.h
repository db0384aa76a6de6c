#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "context.h"
#include "exit_code.h"
#include "lockstep/fleet/fleet.h"

namespace lockstep::cli {

// One function and one file for each command. They throw core::InvalidInput, core::Refused and
// database::DatabaseError, which main turns into exit codes.

struct NewOptions {
  std::string name;
  bool yaml = false;
};
struct LintOptions {
  std::vector<std::string> files;  ///< "-" is stdin; none: the whole folder
};
struct PlanOptions {
  std::optional<std::string> out;
  bool preflight = true;
  bool detailed_exit_code = false;
  bool out_of_order = false;
};
struct ApplyOptions {
  std::optional<std::string> plan;
  std::optional<fleet::PhaseChoice> phase;
  bool preflight = true;
  bool yes = false;
  bool strict_tenants = false;
  bool out_of_order = false;
};
struct RollbackOptions {
  std::optional<std::string> to;
  bool accept_loss = false;
  bool yes = false;
};
struct PurgeOptions {
  bool list = false;
  bool dry_run = false;
  bool now = false;
  std::vector<std::string> restore;  ///< names of what is to come back
  std::string fill;
  bool yes = false;
};
struct StatusOptions {
  bool watch = false;
};
struct HistoryOptions {
  std::optional<std::string> tenant;
  std::size_t limit = 100;
};
struct BaselineOptions {
  std::string version;
};
struct RepairOptions {
  bool forget_deleted = false;
  bool accept_different = false;
};

struct PauseOptions {
  std::optional<std::string> reason;
};

ExitCode run_init(Context& context);
ExitCode run_new(Context& context, const NewOptions& options);
ExitCode run_lint(Context& context, const LintOptions& options);
ExitCode run_plan(Context& context, const PlanOptions& options);
ExitCode run_apply(Context& context, const ApplyOptions& options);
ExitCode run_rollback(Context& context, const RollbackOptions& options);
ExitCode run_purge(Context& context, const PurgeOptions& options);
ExitCode run_status(Context& context, const StatusOptions& options);
ExitCode run_history(Context& context, const HistoryOptions& options);
ExitCode run_baseline(Context& context, const BaselineOptions& options);
ExitCode run_repair(Context& context, const RepairOptions& options);
ExitCode run_pause(Context& context, const PauseOptions& options);
ExitCode run_resume(Context& context);
ExitCode run_demo(Context& context);

}  // namespace lockstep::cli
