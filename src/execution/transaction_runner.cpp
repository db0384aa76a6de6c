#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "lock_census.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "relation_leases.h"
#include "step_runner.h"

namespace lockstep::execution {
namespace {

using database::DatabaseError;
using plan::LockClaim;

// Ledger rows are written before any strong lock; nobody but a second runner could hold them.
constexpr milliseconds kLedgerTimeout{5000};
// How long the client may be slower than the server's own timeouts before the watchdog acts.
constexpr milliseconds kWatchdogSlack{100};
// One attempt may fail because the machine was busy; this many in a row mean that the step is too
// long.
constexpr int kTooLongAttempts = 3;

/// What a transaction does, whichever steps it stands for.
struct Work {
  std::vector<std::string> sql;  ///< rendered
  std::vector<LockClaim> lock_first;
  std::vector<LockClaim> locks;  ///< all that it takes
  bool long_running = false;
};

void strengthen(std::vector<LockClaim>& claims, const LockClaim& claim) {
  const auto known = std::find_if(claims.begin(), claims.end(),
                                  [&](const LockClaim& c) { return c.relation == claim.relation; });
  if (known == claims.end()) {
    claims.push_back(claim);
  } else {
    known->mode = std::max(known->mode, claim.mode);
  }
}

Work direct_work(const StepContext& context, const plan::Direct& direct) {
  Work work;
  for (const std::string& statement : direct.sql) {
    work.sql.push_back(context.render(statement));
  }
  work.lock_first = direct.lock_first;
  work.locks = direct.locks;
  for (const LockClaim& claim : direct.lock_first) {
    strengthen(work.locks, claim);
  }
  return work;
}

Work work_of(const StepContext& context, const Unit& unit) {
  if (unit.how == Unit::How::kDirect) {
    return direct_work(context, *unit.first().step->direct);
  }
  Work work;
  for (const StepItem* item : unit.items) {
    const auto& body = std::get<plan::TransactionBody>(item->step->body);
    for (const std::string& statement : body.sql) {
      work.sql.push_back(context.render(statement));
    }
    for (const LockClaim& claim : body.lock_first) {
      strengthen(work.lock_first, claim);
      strengthen(work.locks, claim);
    }
    for (const LockClaim& claim : item->step->locks) {
      strengthen(work.locks, claim);
    }
    work.long_running = work.long_running || body.long_running;
  }
  return work;
}

std::string lock_statement(const StepContext& context, const LockClaim& claim) {
  return fmt::format("lock table {} in {} mode", context.render.name(claim.relation),
                     catalog::sql_words(claim.mode));
}

void take_locks(const StepContext& context, Message& message, const Work& work,
                milliseconds evict_autovacuum) {
  const LockOptions& options = context.options.locks;
  if (evict_autovacuum.count() > 0) {
    // The long wait is in a mode that stops no reader and no writer; only then the strong one.
    message.lock_timeout_past_autovacuum().statement_timeout(evict_autovacuum * 2);
    for (LockClaim claim : work.lock_first) {
      claim.mode = catalog::LockMode::kShareUpdateExclusive;
      message.add(lock_statement(context, claim));
    }
  }
  if (work.long_running) {
    message.statement_timeout(milliseconds(0));
  } else {
    // Each relation has its share of the whole. lock_timeout comes first, and so tells a lock that
    // was not given from work that took too long; statement_timeout bounds the partitions of one
    // relation together, each of which lock_timeout counts alone.
    const auto parts = static_cast<milliseconds::rep>(work.lock_first.size());
    const milliseconds share = std::max(options.lock_timeout / parts, milliseconds(1));
    if (parts > 1 || evict_autovacuum.count() > 0) {
      message.lock_timeout(share);
    }
    message.statement_timeout(share * 2);
  }
  for (const LockClaim& claim : work.lock_first) {
    message.add(lock_statement(context, claim));
  }
}

/// What is left of max_hold becomes the next statement's limit, by the server's clock.
std::string remaining_hold(milliseconds max_hold) {
  return fmt::format(
      "select set_config('statement_timeout', greatest(1, ceil({} - 1000 * extract(epoch"
      " from clock_timestamp() - current_setting('lockstep.held')::timestamptz)))::text,"
      " true)",
      max_hold.count());
}

void add_statements(const StepContext& context, Message& message, const Work& work, Unit::How how) {
  const milliseconds max_hold = context.options.locks.max_hold;
  if (work.long_running) {
    message.statement_timeout(milliseconds(0));
    for (const std::string& statement : work.sql) {
      message.work(statement);
    }
    return;
  }
  const auto count = static_cast<milliseconds::rep>(std::max<std::size_t>(work.sql.size(), 1));
  const bool even_shares = how == Unit::How::kMerged || how == Unit::How::kAcross || count == 1;
  if (even_shares) {
    // Instant statements: an even share each costs nothing, and is far more than any of them needs.
    message.statement_timeout(std::max(max_hold / count, milliseconds(1)));
  } else {
    message.add("select set_config('lockstep.held', clock_timestamp()::text, true)");
  }
  for (const std::string& statement : work.sql) {
    if (!even_shares) {
      message.add(remaining_hold(max_hold));
    }
    message.work(statement);
  }
  // A timer that runs out just after its statement is noticed by the next one. Without these two
  // that could be the next message's, which would hear of an error that is not its own.
  message.statement_timeout(milliseconds(0)).add("select");
}

/// What steps are about to replace, while it is there.
void keep_former(const StepContext& context, Message& message, const Unit& unit) {
  for (const StepItem* item : unit.items) {
    std::vector<std::string> queries;
    for (const std::string& query : item->step->undo.former) {
      queries.push_back(context.render(query));
    }
    if (!queries.empty() && context.way == Way::kForward) {
      message.work(context.ledger.keep_former_sql(*context.session, context.tenant, item->step->id,
                                                  queries));
    }
  }
}

/// What steps put out of sight instead of dropping it.
void note_kept(const StepContext& context, Message& message, const Unit& unit) {
  for (const StepItem* item : unit.items) {
    if (!item->step->keeps || context.way != Way::kForward) {
      continue;
    }
    plan::Keep keep = *item->step->keeps;
    keep.kept_as.name = context.render(keep.kept_as.name);
    message.add(context.ledger.keep_sql(*context.session, context.tenant, context.run,
                                        write_of(*item), keep));
  }
}

/// Its own statements may take long, so how long its locks took is asked of the server.
bool tells_its_wait(const Work& work) {
  return work.long_running && !work.lock_first.empty();
}

std::string build(const StepContext& context, const Unit& unit, const Work& work,
                  milliseconds evict_autovacuum) {
  const LockOptions& options = context.options.locks;
  std::vector<database::StepWrite> writes;
  for (const StepItem* item : unit.items) {
    writes.push_back(write_of(*item));
  }
  Message message(context, *unit.first().step, options.lock_timeout, kLedgerTimeout);
  message.commit_without_waiting().prelude();
  message.add(settled_sql(
      context, unit.how == Unit::How::kDirect ? database::Via::kDirect : database::Via::kStaged,
      writes));
  note_kept(context, message, unit);
  keep_former(context, message, unit);
  if (work.long_running) {
    // It queues in modes that block nobody, so it may wait until an autovacuum yields.
    message.lock_timeout_past_autovacuum();
  } else {
    message.transaction_timeout(options.lock_timeout + options.max_hold + kLedgerTimeout);
  }
  if (!work.lock_first.empty()) {
    take_locks(context, message, work, evict_autovacuum);
  }
  if (tells_its_wait(work)) {
    message.add(
        "select set_config('lockstep.held', extract(epoch from clock_timestamp())::text, true)");
  }
  add_statements(context, message, work, unit.how);
  if (tells_its_wait(work)) {
    message.add(
        "select coalesce(pg_catalog.ceil(1000 * (nullif(pg_catalog.current_setting('lockstep.held',"
        " true), '')::numeric - extract(epoch from pg_catalog.now())::numeric)), 0)");
  }
  return message.text();
}

std::string joined(const std::vector<std::string>& statements) {
  std::string all;
  for (const std::string& statement : statements) {
    all += (all.empty() ? "" : ";\n") + statement;
  }
  return all;
}

Busy lock_not_given(const StepContext& context, const Work& work) {
  LockCensus census = take_census(context.on(), context.render, work.locks, context.options.locks,
                                  context.waiting.seen, context.clock.now());
  Busy busy;
  busy.reason = census.hopeless ? Busy::Why::kLongHolder : Busy::Why::kLock;
  busy.why = census.blockers.empty()
                 ? fmt::format("a lock was not given within {} ms; nobody holds one for long",
                               context.options.locks.lock_timeout.count())
                 : to_string(census.blockers.front());
  busy.blockers = std::move(census.blockers);
  return busy;
}

bool has_partitions(const StepContext& context, const Work& work) {
  std::string names;
  for (const LockClaim& claim : work.lock_first) {
    names += (names.empty() ? "" : ", ") +
             context.session->quote_literal(context.render.name(claim.relation));
  }
  return context.session
      ->execute(fmt::format("select exists (select from pg_inherits where inhparent = any (select"
                            " to_regclass(name)::oid from unnest(array[{}]::text[]) as n (name)))",
                            names))
      .as_bool();
}

/// Whether the table is small enough for the plain statement.
bool small_enough(const StepContext& context, const plan::Direct& direct) {
  const std::string table = context.session->quote_literal(context.render.name(direct.table));
  const database::Result size = context.session->execute(
      fmt::format("select coalesce(greatest(pg_relation_size(to_regclass({0})), (select"
                  " sum(pg_relation_size(relid)) from pg_partition_tree(to_regclass({0})))), 0)",
                  table));
  return std::stod(size.at(0, 0)) < static_cast<double>(context.options.locks.direct_below);
}

class TransactionRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    const Work work = work_of(context, unit);
    milliseconds evict_autovacuum{0};
    if (context.waiting.attempts > 0) {
      const LockCensus census =
          take_census(context.on(), context.render, work.locks, context.options.locks,
                      context.waiting.seen, context.clock.now());
      if (census.hopeless) {
        return Busy{Busy::Why::kLongHolder,
                    "does not queue behind a long lock: " + to_string(census.blockers.front()),
                    census.blockers};
      }
      if (census.autovacuum) {
        evict_autovacuum = census.autovacuum_yields;
      }
    }
    if (unit.how == Unit::How::kDirect && !small_enough(context, *unit.first().step->direct)) {
      return Fallback{"the table is larger than direct_below"};
    }
    // What is purged is one tenant's, though its name is not under the tenant's placeholder.
    RelationLeases leases(context,
                          context.way == Way::kPurge ? std::vector<LockClaim>{} : work.locks);
    if (std::optional<Busy> others = leases.take()) {
      return *others;
    }
    const auto begun = context.clock.now();
    Advance advance = attempt(context, unit, work, evict_autovacuum);
    leases.rest(context.clock.now() - begun);
    return advance;
  }

 private:
  static Advance attempt(StepContext& context, const Unit& unit, const Work& work,
                         milliseconds evict_autovacuum) {
    const std::string message = build(context, unit, work, evict_autovacuum);
    const LockOptions& options = context.options.locks;
    const auto begun = context.clock.now();
    std::unique_ptr<Watchdog::Guard> guard;
    if (!work.long_running) {
      guard = context.watchdog.watch(context.session, options.lock_timeout + options.max_hold +
                                                          kWatchdogSlack + evict_autovacuum * 2);
    }
    const auto took = [&] {
      return std::chrono::duration_cast<milliseconds>(context.clock.now() - begun);
    };
    try {
      const database::Result result = context.session->execute(message);
      note_wait(context, work, evict_autovacuum,
                tells_its_wait(work) ? milliseconds(std::stoll(result.at(0, 0))) : took());
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      if (!work.long_running || error.is(core::sqlstate::kLockNotAvailable) ||
          error.is(core::sqlstate::kDeadlockDetected)) {
        note_wait(context, work, evict_autovacuum, took());
      }
      return settle(context, unit, work, error);
    }
    context.prelude.clear();
    return Done{};
  }

  /// An upper bound: of a short message, the wait is at most all of it, and at most as long as its
  /// timeouts allow. Of a long one `took` is from its beginning until it had its locks.
  static void note_wait(StepContext& context, const Work& work, milliseconds evict_autovacuum,
                        milliseconds took) {
    if (!work.lock_first.empty()) {
      const auto relations = static_cast<milliseconds::rep>(work.lock_first.size());
      const milliseconds allowed = work.long_running ? took
                                                     : context.options.locks.lock_timeout * 2 +
                                                           evict_autovacuum * 2 * relations;
      context.longest_lock_wait = std::max(context.longest_lock_wait, std::min(took, allowed));
    }
  }

  static Advance settle(const StepContext& context, const Unit& unit, const Work& work,
                        const DatabaseError& error) {
    using namespace core::sqlstate;
    if (error.is(kQueryCanceled) && context.stops.cancel.stop_requested()) {
      return Interrupted{};
    }
    if (unit.how != Unit::How::kSingle && !error.is(kLockNotAvailable) &&
        !error.is(kDeadlockDetected)) {
      return Fallback{error.what()};
    }
    if (unit.how == Unit::How::kDirect) {
      return Fallback{"the lock was not given at once"};
    }
    if (error.is(kQueryCanceled)) {
      return too_long(context, work, error);
    }
    if (error.is(kLockNotAvailable) || error.is(kDeadlockDetected)) {
      return lock_not_given(context, work);
    }
    if (is_transient(error.sqlstate())) {
      return Busy{Busy::Why::kElsewhere, error.what(), {}};
    }
    return Failed{failure_of(error, joined(work.sql))};
  }

  static Advance too_long(const StepContext& context, const Work& work,
                          const DatabaseError& error) {
    // Of a relation with partitions it may as well have been the wait for all of them together.
    if (has_partitions(context, work)) {
      Busy busy = lock_not_given(context, work);
      if (!busy.blockers.empty()) {
        return busy;
      }
    }
    if (context.waiting.too_long + 1 < kTooLongAttempts) {
      return Busy{
          Busy::Why::kHold,
          fmt::format("did not fit into max_hold, {} ms", context.options.locks.max_hold.count()),
          {}};
    }
    database::Failure failure = failure_of(error, joined(work.sql));
    failure.message = fmt::format("needs-hold: {} times the step did not fit into max_hold, {} ms",
                                  kTooLongAttempts, context.options.locks.max_hold.count());
    // Code that declares no locks may take any.
    failure.hint = work.locks.empty()
                       ? "declare what it locks (locks = users:RowExclusiveLock): what blocks no "
                         "writer has no time limit; or raise locks.max_hold for this run"
                       : "raise locks.max_hold for this run, or run it when the table is used less";
    return NeedsHold{std::move(failure)};
  }
};

}  // namespace

std::unique_ptr<StepRunner> transaction_runner() {
  return std::make_unique<TransactionRunner>();
}

}  // namespace lockstep::execution
