#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "lockstep/core/clock.h"
#include "lockstep/database/lease.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/events.h"
#include "lockstep/execution/executor.h"
#include "lockstep/execution/options.h"
#include "lockstep/plan/step.h"
#include "render.h"
#include "watchdog.h"

namespace lockstep::execution {

/// A step of one tenant with what the ledger knows of it.
struct StepItem {
  const plan::Step* step = nullptr;
  int ordinal = 0;
  int attempt = 0;  ///< as last read or written; 0: no record
  database::StepState state = database::StepState::kRunning;  ///< meaningful with attempt > 0
  /// On the way back: the step that `step` takes back.
  const plan::Step* undoes = nullptr;
  std::string finished = {};  ///< when that one had
};

/// Steps that are done together, or one.
struct Unit {
  /// kAcross: merged, over several relations, which are all locked before the first statement.
  enum class How { kSingle, kMerged, kAcross, kDirect };
  How how = How::kSingle;
  std::vector<StepItem*> items;

  StepItem& first() const { return *items.front(); }
};

/// How one attempt at a unit ended.
struct Done {
  std::int64_t rows = 0;
};
/// Something was committed, more is left.
struct Progress {
  std::int64_t rows = 0;   ///< so far
  std::int64_t batch = 0;  ///< of them just now
};
/// Not possible now; try again later.
struct Busy {
  /// kRelation: its turn on a relation of all tenants comes, however long it takes.
  enum class Why { kLock, kHold, kLongHolder, kThrottle, kElsewhere, kRelation };
  Why reason = Why::kLock;
  std::string why;
  std::vector<Blocker> blockers;
  std::int64_t batch = 0;  ///< of a backfill: how many keys the next attempt begins with
};
/// Others have to act first.
struct Waiting {
  std::string why;
};
/// Not possible in this way: its steps are to be done one by one.
struct Fallback {
  std::string why;
};
struct Failed {
  database::Failure failure;
};
/// Does not fit into max_hold: a human must look (RULES.md 13).
struct NeedsHold {
  database::Failure failure;
};
/// Waited for others as long as it may: its step is blocked.
struct GaveUp {
  database::Failure failure;
};
struct Interrupted {};

using Advance =
    std::variant<Done, Progress, Busy, Waiting, Fallback, Failed, NeedsHold, GaveUp, Interrupted>;

/// What the ledger is to say once a step is done.
enum class Way {
  kForward,
  kBack,     ///< it is no longer done
  kRestore,  ///< a part of bringing back what it has kept is
  kPurge,    ///< what it has kept is gone
};

/// What a runner works with.
struct StepContext {
  std::shared_ptr<database::Session> session;
  const Renderer& render;
  const ExecutionOptions& options;
  database::Ledger& ledger;
  database::Lease& lease;
  database::TenantId tenant = 0;
  database::RunId run = 0;
  core::Clock& clock;
  Events& events;
  Watchdog& watchdog;
  const Stops& stops;
  /// Opens another session, to look at what this one waits for. Empty: nobody looks.
  const ConnectFunction& connect;
  /// Ledger writes that start the tenant's migrations; they go into the first message that commits,
  /// and are then empty.
  std::string prelude;
  TenantWork::Waiting waiting;  ///< of this unit: what was tried just before
  milliseconds longest_lock_wait{0};
  Way way = Way::kForward;
  /// kRestore: how many parts each step has; an item's ordinal is its part.
  std::map<std::string, int> parts;

  database::Session& on() const { return *session; }
};

/// One per kind of step. Each call commits something or nothing, and says which.
class StepRunner {
 public:
  virtual ~StepRunner() = default;
  /// Throws DatabaseError if the session is lost or the ledger is not as it was read
  /// (kLedgerConflict).
  virtual Advance advance(StepContext& context, const Unit& unit) = 0;
};

std::unique_ptr<StepRunner> transaction_runner();
std::unique_ptr<StepRunner> concurrent_runner();
std::unique_ptr<StepRunner> backfill_runner();
std::unique_ptr<StepRunner> check_runner();
std::unique_ptr<StepRunner> gate_runner();

/// The runner of a step's kind.
std::unique_ptr<StepRunner> make_runner(const plan::StepBody& body);

database::StepWrite write_of(const StepItem& item);
/// Ledger writes in the direction of the work: these steps are done, or undone. `rows`: as in
/// Ledger::done_sql.
std::string settled_sql(const StepContext& context, database::Via via,
                        const std::vector<database::StepWrite>& steps,
                        const std::string& rows = "0");
/// One begins, or begins to be undone, that takes more than one transaction.
std::string begun_sql(const StepContext& context, const StepItem& item);
database::Failure failure_of(const database::DatabaseError& error, const std::string& statement);
/// Lost sessions and ledger conflicts are not a step's business: throws those on.
void rethrow_unless_server(const database::DatabaseError& error);

}  // namespace lockstep::execution
