#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/events.h"
#include "lockstep/plan/plan.h"

// What the commands report. Values; `report` renders them.

namespace lockstep::fleet {

// ---- status

enum class StandingState { kCurrent, kPending, kExpanded, kRunning, kBlocked, kFailed };
std::string_view to_string(StandingState state) noexcept;  ///< "current", "pending", ...

/// Where one tenant stands against the files.
struct Standing {
  std::string schema;   ///< "" for the shared scope
  std::string version;  ///< all versions up to it are done, in both phases; empty for none
  StandingState state = StandingState::kCurrent;
  std::vector<std::string> pending;  ///< keys of migrations that are not done
  bool expand_left = false;          ///< not only contract is
  std::string step;                  ///< the running, failed, blocked or interrupted one
  bool interrupted = false;          ///< in the middle of something, and no run is at work on it
  std::string sqlstate;
  std::string error;
  std::string hint;
  std::int64_t rows = 0;  ///< of a running backfill
  std::string since;      ///< server time of `step`'s state
};

/// Who stands where with one migration, of those that exist; kSharedTenant is the shared scope.
struct Spread {
  std::vector<std::string> finished;
  std::vector<std::string> half_way;   ///< begun, and something is left to do
  std::vector<std::string> not_begun;  ///< nothing of it stands there
  /// Of those who have begun it: who has the file's text already,
  std::vector<std::string> with_new_text;
  /// and who has neither that nor the recorded one, as two runs with different files leave it.
  std::vector<std::string> with_third_text;
};

/// A difference between the files and what was applied.
struct FileVerdict {
  enum class Kind { kEdited, kDeleted, kOutOfOrder };
  Kind kind = Kind::kEdited;
  std::string migration;
  std::string file;     ///< empty for a deleted one
  std::string message;  ///< what, where, why
  std::string remedy;
};

struct Status {
  std::string head;                       ///< the newest version among the files; empty for none
  bool ledger = false;                    ///< whether the database has one
  std::optional<database::Pause> paused;  ///< all runs of this database
  std::vector<Standing> tenants;
  std::optional<Standing> shared;  ///< where any file or row has scope = shared
  std::vector<FileVerdict> files;
  std::vector<std::string> missing;  ///< named by configuration, but no such schema (any more)
  std::map<StandingState, std::size_t> summary() const;
};

// ---- plan

using HalfWayTenant = plan::HalfWayTenant;

/// What a step would fail for (RULES.md 26): a right that the role has not, or what stands in its
/// way.
struct PreflightFailure {
  std::string tenant;   ///< "": the shared scope, or the ledger where there is no step
  std::string step;     ///< the first that needs it; empty for the ledger
  std::string object;   ///< "table users"
  std::string message;  ///< what is missing; the same for all tenants that miss the same
  std::string remedy;   ///< the statement that mends it
  std::string sqlstate{core::sqlstate::kInsufficientPrivilege};  ///< what the step would fail with
};

struct Planned {
  plan::Plan plan;          ///< sealed, with half_way
  core::Problems problems;  ///< exit 4: of all tenants; those of some are in plan.refused
  core::Problems refusals;  ///< exit 3: unsafe, edited, deleted, out of order; of all tenants
  std::vector<HalfWayTenant> half_way;
  std::vector<std::string> missing;         ///< named by configuration, but no such schema
  std::vector<PreflightFailure> preflight;  ///< exit 1: what would not be permitted
  std::size_t tenants = 0;                  ///< selected and existing
  std::size_t current = 0;                  ///< of them with nothing to do
  bool nothing_to_do() const noexcept;
};

// ---- apply

enum class ApplyOutcome {
  kDone,
  kFailed,
  kInterrupted,
  kRefused,
  kStuck,
  kBlocked,
  kBusy,
  kPaused,
  kWaiting
};
std::string_view to_string(ApplyOutcome outcome) noexcept;  ///< "done", "failed", ...

struct TenantFailure {
  std::string tenant;
  std::string step;
  execution::TenantOutcome outcome = execution::TenantOutcome::kFailed;
  database::Failure failure;   ///< for other outcomes: message and hint only
  std::string migration = {};  ///< the step's
};

struct ApplyResult {
  database::RunId run = 0;  ///< 0: nothing was run
  ApplyOutcome outcome = ApplyOutcome::kDone;
  struct Tenants {
    std::size_t total = 0;  ///< selected
    std::size_t done = 0;   ///< have reached the phase, whoever did it
    std::size_t failed = 0;
    std::size_t blocked = 0;  ///< also stuck
    std::size_t busy = 0;
    std::size_t skipped = 0;      ///< vanished
    std::size_t not_started = 0;  ///< left when the run stopped
  } tenants;
  struct Steps {
    std::size_t done = 0;
    std::size_t retried = 0;
  } steps;
  bool wave_withheld = false;      ///< a wave did not begin, for somebody in one before it
  bool too_many_failures = false;  ///< nobody else began, as max_failures was reached
  bool contract_left = false;      ///< some tenants have expanded what they have not contracted
  std::vector<TenantFailure> failures;  ///< of every tenant that is not done
  std::vector<std::string> vanished;
  core::Problems refusals;                  ///< why, where the outcome is kRefused
  std::vector<PreflightFailure> preflight;  ///< why it was not begun; each is a failure too
  std::chrono::milliseconds longest_lock_wait{0};
  std::chrono::milliseconds duration{0};
};

}  // namespace lockstep::fleet
