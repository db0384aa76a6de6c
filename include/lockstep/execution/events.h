#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lockstep/core/phase.h"
#include "lockstep/database/ledger.h"

namespace lockstep::execution {

using std::chrono::milliseconds;

/// A session that keeps us from a lock, for people.
struct Blocker {
  int pid = 0;  ///< 0: a prepared transaction
  std::string application_name;
  std::string user;
  std::string state;  ///< "idle in transaction", "active", "prepared transaction", "autovacuum"
  std::string relation;
  std::string mode;        ///< "AccessShareLock"
  double age_seconds = 0;  ///< of its transaction
  std::string query;       ///< its beginning, without literals and comments
  /// Names the transaction among all of the server.
  std::string transaction;
  /// Our role may not see what that session does, nor since when (it lacks pg_read_all_stats):
  /// `age_seconds` is how long we have seen the same transaction.
  bool hidden = false;
};
/// "pid 4711 (psql, idle in transaction for 12 s) holds AccessShareLock on users: SELECT ..."
std::string to_string(const Blocker& blocker);
/// How to be rid of it, with the statement to type: "to end that session: select
/// pg_terminate_backend(4711)". Nobody but an operator does that.
std::string remedy_against(const Blocker& blocker);

enum class TenantOutcome {
  kDone,  ///< reached the phase
  kFailed,
  kBlocked,      ///< gave up waiting for a lock
  kStuck,        ///< a step does not fit into max_hold: repeating it is of no use
  kBusy,         ///< leased by somebody else to the end of our patience
  kSkipped,      ///< the schema vanished
  kPaused,       ///< a throttle or an operator holds it
  kWaiting,      ///< a gate is closed, or others must finish first
  kInterrupted,  ///< stopped by a signal, resumable
  kRefused,      ///< its structure is not the plan's
};
std::string_view to_string(TenantOutcome outcome) noexcept;  ///< "done", "failed", ...

namespace event {

struct RunStarted {
  database::RunId run = 0;
  std::size_t tenants = 0;  ///< with something to do
  std::size_t steps = 0;    ///< of all of them
};
struct WaveStarted {
  std::string name;
  core::Phase phase = core::Phase::kExpand;
  std::size_t tenants = 0;
  bool back = false;  ///< steps are taken back, whatever the phase
};
struct TenantStarted {
  std::string tenant;
  core::Phase phase = core::Phase::kExpand;
  std::size_t steps = 0;
  bool back = false;
};
struct StepStarted {
  std::string tenant;
  std::string step;
  std::string title;
  std::string kind;
};
struct StepProgress {
  std::string tenant;
  std::string step;
  std::int64_t rows = 0;      ///< done so far
  double estimated_rows = 0;  ///< 0: unknown
  std::int64_t batch = 0;     ///< rows of the last batch
  milliseconds took{0};       ///< by the last batch
};
/// The step waits; it is tried again, or where `retry_in` is 0, goes on by itself.
struct StepWaiting {
  std::string tenant;
  std::string step;
  std::string why;
  std::vector<Blocker> blockers;
  milliseconds retry_in{0};
};
struct StepDone {
  std::string tenant;
  std::string step;
  std::string title;
  database::Via via = database::Via::kStaged;
  std::int64_t rows = 0;
  milliseconds took{0};
};
struct StepFailed {
  std::string tenant;
  std::string step;
  std::string title;
  database::Failure failure;
  TenantOutcome outcome = TenantOutcome::kFailed;  ///< or kBlocked, kStuck
};
struct TenantFinished {
  std::string tenant;
  core::Phase phase = core::Phase::kExpand;
  TenantOutcome outcome = TenantOutcome::kDone;
  std::string why;  ///< for every outcome but kDone
  bool back = false;
};
struct Reconnecting {
  std::string why;
  milliseconds in{0};
  std::optional<std::string> tenant = std::nullopt;  ///< none: the session that looks at them all
};
struct Notice {
  std::string text;
};
struct RunFinished {
  std::string outcome;
};

}  // namespace event

using Event =
    std::variant<event::RunStarted, event::WaveStarted, event::TenantStarted, event::StepStarted,
                 event::StepProgress, event::StepWaiting, event::StepDone, event::StepFailed,
                 event::TenantFinished, event::Reconnecting, event::Notice, event::RunFinished>;

/// Carries the news. Called from several threads at once: implementations lock.
class Events {
 public:
  virtual ~Events() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace lockstep::execution
