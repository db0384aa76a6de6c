#include "tenant_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backlog.h"
#include "kept_work.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "patience.h"
#include "pause_look.h"
#include "retry_policy.h"
#include "way_back.h"

namespace lockstep::execution {
namespace {

using database::DatabaseError;
using database::StepState;

// Somebody else wrote the tenant's rows in spite of our lease: read again, but not for ever.
constexpr int kMostConflicts = 3;
constexpr std::string_view kOpaque = "sql";

/// Nobody knows what it does to its session: settings, temporary tables, locks of its own.
bool is_opaque(const Unit& unit) {
  return std::any_of(unit.items.begin(), unit.items.end(),
                     [](const StepItem* item) { return item->step->operation == kOpaque; });
}

bool keeps_table(const Unit& unit) {
  return std::any_of(unit.items.begin(), unit.items.end(), [](const StepItem* item) {
    return item->step->keeps && item->step->keeps->is_table();
  });
}

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

TenantRun::TenantRun(Executor& executor, Watchdog& watchdog,
                     std::shared_ptr<database::Session> session, TenantWork& work,
                     const Stops& stops)
    : executor_(executor),
      watchdog_(watchdog),
      session_(std::move(session)),
      work_(work),
      stops_(stops),
      lease_key_{executor.ledger_.schema(), work.tenant.schema_oid},
      agenda_(work.phase) {}

TenantResult TenantRun::run() {
  TenantResult result;
  try {
    result = run_with_lease();
  } catch (const DatabaseError& error) {
    if (!error.is(core::sqlstate::kQueryCanceled) || !stops_.cancel.stop_requested()) {
      throw;
    }
    // The second signal came between two steps. The lease ends with the session.
    result = ended(TenantOutcome::kInterrupted, nullptr, "stopped by a signal");
    session_spent_ = true;
  }
  result.session_spent = session_spent_;
  result.steps_done = steps_done_;
  result.retried = retried_;
  result.longest_lock_wait = longest_lock_wait_;
  return result;
}

TenantResult TenantRun::run_with_lease() {
  if (const std::optional<Busy> pause = paused()) {
    return paused_before_it_began(*pause);
  }
  if (!executor_.lease_.try_take(*session_, lease_key_)) {
    const auto holder = executor_.lease_.holder(*session_, lease_key_);
    TenantResult result =
        ended(TenantOutcome::kBusy, nullptr,
              "another session works on it: " + holder.value_or("it has just finished"));
    result.retry_in = census_delay(1, executor_.jitter());
    return result;
  }
  TenantResult result = work_through();
  if (!session_left_) {
    executor_.lease_.release(*session_, lease_key_);
  }
  return result;
}

TenantResult TenantRun::work_through() {
  for (int conflicts = 1;; ++conflicts) {
    try {
      return attempt();
    } catch (const DatabaseError& error) {
      if (error.is(database::kOtherText)) {
        return refused(nullptr, failure_of(error, {}));
      }
      if (!error.is(database::kLedgerConflict)) {
        throw;
      }
      if (conflicts == kMostConflicts) {
        TenantResult result = ended(TenantOutcome::kBusy, nullptr, error.what());
        result.retry_in = census_delay(conflicts, executor_.jitter());
        return result;
      }
      work_.resumes = true;
    }
  }
}

TenantResult TenantRun::attempt() {
  agenda_.clear();
  next_ = 0;
  if (work_.back) {
    return attempt_back();
  }
  if (work_.grace) {
    return attempt_grace();
  }
  if (work_.waiting) {  // the more relations, the less likely all of them are given in time
    declined_.across.insert(work_.waiting->step);
  }
  Backlog backlog(executor_.ledger_, *session_, work_, [this](const std::string& hash) {
    return executor_.stored_list(*session_, hash);
  });
  switch (backlog.put_into(agenda_)) {
    case Backlog::Found::kNoSchema:
      return vanished();
    case Backlog::Found::kOtherText:
      return refused(nullptr, backlog.other_text());
    case Backlog::Found::kWork:
      break;
  }
  if (work_.phase == core::Phase::kContract && agenda_.expand_is_left()) {
    return ended(TenantOutcome::kWaiting, nullptr, "its expand steps are not all done");
  }
  return run_steps();
}

TenantResult TenantRun::attempt_back() {
  if (!schema_exists()) {
    return vanished();
  }
  const WayBack way(
      executor_.ledger_, *session_, work_.tenant.id, *work_.back,
      [this](const std::string& hash) { return executor_.stored_list(*session_, hash); });
  if (const std::optional<database::Failure> why = way.forbidden()) {
    return refused(nullptr, *why);
  }
  way.put_into(agenda_);
  // First: once no step stands any more, nobody comes back for these.
  if (const std::vector<std::string> keys = way.without_steps(); !keys.empty()) {
    session_->execute(
        executor_.ledger_.undone_sql(*session_, work_.tenant.id, executor_.run_, {}, keys));
  }
  return run_steps();
}

TenantResult TenantRun::attempt_grace() {
  // Kept tables of a tenant that is gone are still there to be removed.
  if (!purges() && !schema_exists()) {
    return vanished();
  }
  const KeptWork kept(
      executor_.ledger_, *session_, work_.tenant.id, *work_.grace,
      [this](const std::string& hash) { return executor_.stored_list(*session_, hash); });
  if (const std::optional<database::Failure> why = kept.forbidden()) {
    return refused(nullptr, *why);
  }
  parts_ = kept.put_into(agenda_);
  return run_steps();
}

bool TenantRun::purges() const noexcept {
  return work_.grace && work_.grace->what == GraceWork::What::kPurge;
}

Way TenantRun::way() const noexcept {
  if (work_.grace) {
    return purges() ? Way::kPurge : Way::kRestore;
  }
  return work_.back ? Way::kBack : Way::kForward;
}

TenantResult TenantRun::run_steps() {
  for (const StepItem& item : agenda_.items()) {
    if (!can_be_rendered(*item.step, work_.tenant.name)) {
      return ended(
          TenantOutcome::kFailed, nullptr,
          fmt::format("the schema's name has a $ in it, and {} puts it into a "
                      "dollar-quoted body, which that could end; rename the schema, or write the "
                      "body without ${{schema}}",
                      item.step->id));
    }
  }
  const Renderer render(*session_, work_.tenant.name, work_.tenant.id);
  StepContext context{session_,
                      render,
                      executor_.options_,
                      executor_.ledger_,
                      executor_.lease_,
                      work_.tenant.id,
                      executor_.run_,
                      executor_.clock_,
                      executor_.events_,
                      watchdog_,
                      stops_,
                      executor_.connect_,
                      {},
                      {},
                      {},
                      way(),
                      parts_};
  std::vector<database::MigrationStart> starts;
  for (const PlannedMigration& planned : work_.planned) {
    starts.push_back(planned.start);
  }
  if (!starts.empty()) {
    context.prelude =
        executor_.ledger_.start_sql(*session_, work_.tenant.id, executor_.run_, starts);
  }
  const bool to_start = !context.prelude.empty();
  try {
    TenantResult result = run_steps_with(context);
    work_.resumes = work_.resumes || (to_start && context.prelude.empty());
    session_left_ = context.session == nullptr;
    return result;
  } catch (const DatabaseError&) {
    work_.resumes = true;  // what was committed is for the ledger to say
    throw;
  }
}

TenantResult TenantRun::run_steps_with(StepContext& context) {
  executor_.events_.on(event::TenantStarted{work_.tenant.name, work_.phase, agenda_.items().size(),
                                            work_.back.has_value()});
  TenantResult result;
  while (next_ < agenda_.items().size()) {
    if (stops_.finish.stop_requested()) {
      return ended(TenantOutcome::kInterrupted, nullptr, "stopped by a signal");
    }
    const Unit unit = next_unit(agenda_.items(), next_, declined_, executor_.options_);
    if (const std::optional<Busy> pause = paused()) {
      return busy(context, unit, *pause);
    }
    if (!run_unit(context, unit, result)) {
      return result;
    }
    if (session_spent_ && next_ < agenda_.items().size()) {
      // What such code has left there (a role, settings, temporary tables) is for no other step.
      result = ended(TenantOutcome::kBusy, &unit, "goes on on a session of its own");
      result.retry_in = milliseconds(0);
      return result;
    }
  }
  if (!context.prelude.empty()) {
    start_without_steps(context);
  }
  return ended(TenantOutcome::kDone, nullptr, {});
}

/// False: the attempt is over, with `result`.
bool TenantRun::run_unit(StepContext& context, const Unit& unit, TenantResult& result) {
  announce(unit);
  if (context.way == Way::kForward && keeps_table(unit)) {
    executor_.ledger_.prepare_grace(*session_);
  }
  session_spent_ = session_spent_ || is_opaque(unit);
  const std::unique_ptr<StepRunner> runner =
      unit.how == Unit::How::kSingle ? make_runner(unit.first().step->body) : transaction_runner();
  const bool waited = work_.waiting && work_.waiting->step == unit.first().step->id;
  context.waiting = waited ? *work_.waiting : TenantWork::Waiting{};
  const auto begun = executor_.clock_.now();
  auto batch_begun = begun;
  for (;;) {
    const Advance advance = advance_by(*runner, context, unit);
    pass_on_notices(context, unit);
    longest_lock_wait_ = std::max(longest_lock_wait_, context.longest_lock_wait);
    const auto* progress = std::get_if<Progress>(&advance);
    if (progress == nullptr) {
      return settle(context, unit, advance, result, begun);
    }
    const auto now = executor_.clock_.now();
    executor_.events_.on(event::StepProgress{
        work_.tenant.name, unit.first().step->id, progress->rows, unit.first().step->estimate.rows,
        progress->batch, std::chrono::duration_cast<milliseconds>(now - batch_begun)});
    batch_begun = now;
    work_.waiting.reset();  // patience is for waits in which nothing moves
    if (stops_.finish.stop_requested()) {
      result = ended(TenantOutcome::kInterrupted, &unit, "stopped by a signal");
      return false;
    }
    if (const std::optional<Busy> pause = paused()) {
      result = busy(context, unit, *pause);
      return false;
    }
  }
}

/// By somebody, with `lockstep pause`.
std::optional<Busy> TenantRun::paused() const {
  const std::optional<database::Pause> pause = executor_.pause_look_->look(*session_);
  return pause ? std::optional(Busy{Busy::Why::kThrottle, to_string(*pause), {}}) : std::nullopt;
}

/// Nothing is told of it: it would be told of every tenant.
TenantResult TenantRun::paused_before_it_began(const Busy& pause) {
  TenantResult result = ended(TenantOutcome::kPaused, nullptr, pause.why);
  result.failure.hint = "lockstep resume, then run it again";
  result.retry_in = wait_again(work_.waiting, {}, pause, executor_.options_.locks,
                               executor_.clock_.now(), executor_.jitter());
  return result;
}

/// What the server remarked on: warnings, each only once however many rows raise it.
void TenantRun::pass_on_notices(const StepContext& context, const Unit& unit) {
  if (!context.session) {
    return;
  }
  for (const std::string& notice : context.session->take_notices()) {
    if (told_.insert(notice).second) {
      executor_.events_.on(event::Notice{
          fmt::format("{}: {}: {}", work_.tenant.name, unit.first().step->id, notice)});
    }
  }
}

/// What a runner asks besides (sizes, who holds locks) can fail too, where a privilege is missing
/// for instance. That is this tenant's failure, not the whole run's.
Advance TenantRun::advance_by(StepRunner& runner, StepContext& context, const Unit& unit) const {
  try {
    return runner.advance(context, unit);
  } catch (const DatabaseError& error) {
    rethrow_unless_server(error);
    if (error.is_transient() || context.session == nullptr || stops_.cancel.stop_requested()) {
      throw;
    }
    return Failed{failure_of(error, {})};
  }
}

bool TenantRun::settle(StepContext& context, const Unit& unit, const Advance& advance,
                       TenantResult& result, core::Clock::TimePoint begun) {
  return std::visit(
      Overloaded{[&](const Done& done) {
                   succeeded(unit, done, begun);
                   return true;
                 },
                 [&](const Progress&) { return true; },
                 [&](const Fallback&) {
                   auto& declined = unit.how == Unit::How::kDirect   ? declined_.direct
                                    : unit.how == Unit::How::kAcross ? declined_.across
                                                                     : declined_.merged;
                   for (const StepItem* item : unit.items) {
                     declined.insert(item->step->id);
                   }
                   return true;
                 },
                 [&](const Busy& why) {
                   result = busy(context, unit, why);
                   return false;
                 },
                 [&](const Waiting& why) {
                   result = ended(TenantOutcome::kWaiting, &unit, why.why);
                   return false;
                 },
                 [&](const Failed& why) {
                   if (why.failure.sqlstate == database::kOtherText) {
                     result = refused(&unit, why.failure);
                     return false;
                   }
                   result = failed(context, unit, why.failure, TenantOutcome::kFailed);
                   return false;
                 },
                 [&](const NeedsHold& why) {
                   result = failed(context, unit, why.failure, TenantOutcome::kStuck);
                   return false;
                 },
                 [&](const GaveUp& why) {
                   result = failed(context, unit, why.failure, TenantOutcome::kBlocked);
                   return false;
                 },
                 [&](const Interrupted&) {
                   result = ended(TenantOutcome::kInterrupted, &unit, "stopped by a signal");
                   return false;
                 }},
      advance);
}

/// Migrations of which this phase has no step are begun all the same: their steps are stored from
/// now on.
void TenantRun::start_without_steps(StepContext& context) {
  context.session->execute(context.prelude);
  context.prelude.clear();
}

void TenantRun::announce(const Unit& unit) const {
  for (const StepItem* item : unit.items) {
    executor_.events_.on(event::StepStarted{work_.tenant.name, item->step->id, item->step->title,
                                            std::string(plan::kind_name(item->step->body))});
  }
}

void TenantRun::succeeded(const Unit& unit, const Done& done, core::Clock::TimePoint begun) {
  const auto took = std::chrono::duration_cast<milliseconds>(executor_.clock_.now() - begun);
  for (const StepItem* item : unit.items) {
    executor_.events_.on(event::StepDone{
        work_.tenant.name, item->step->id, item->step->title,
        unit.how == Unit::How::kDirect ? database::Via::kDirect : database::Via::kStaged, done.rows,
        took});
  }
  work_.waiting.reset();
  steps_done_ += unit.items.size();
  next_ += unit.items.size();
}

TenantResult TenantRun::ended(TenantOutcome outcome, const Unit* unit, std::string why) const {
  TenantResult result;
  result.outcome = outcome;
  if (unit != nullptr) {
    result.step = unit->first().step->id;
    result.migration = unit->first().step->migration;
  }
  result.why = std::move(why);
  result.failure.message = result.why;
  return result;
}

void TenantRun::tell_of_hidden() {
  if (!work_.waiting->seen.empty() && !executor_.told_of_hidden_.exchange(true)) {
    executor_.events_.on(
        event::Notice{"this role may not see what other roles' sessions do: a transaction in the "
                      "way counts as long once it was seen for that long; GRANT pg_read_all_stats "
                      "to the role, and Lockstep sees it at once"});
  }
}

TenantResult TenantRun::busy(StepContext& context, const Unit& unit, const Busy& busy) {
  ++retried_;
  const std::optional<milliseconds> retry_in =
      wait_again(work_.waiting, unit.first().step->id, busy, context.options.locks,
                 executor_.clock_.now(), executor_.jitter());
  tell_of_hidden();
  if (!retry_in) {
    if (busy.reason == Busy::Why::kThrottle) {
      TenantResult result = ended(TenantOutcome::kPaused, &unit, busy.why);
      result.failure.hint = "run it again when that is over; the step goes on from here";
      return result;
    }
    database::Failure failure;
    failure.sqlstate = std::string(core::sqlstate::kLockNotAvailable);
    failure.message = "gave up: " + busy.why;
    failure.hint = (busy.blockers.empty() ? "end what holds the lock"
                                          : remedy_against(busy.blockers.front())) +
                   "; or run again when it is over: the step goes on from here";
    return failed(context, unit, failure, TenantOutcome::kBlocked);
  }
  executor_.events_.on(event::StepWaiting{work_.tenant.name, unit.first().step->id, busy.why,
                                          busy.blockers, *retry_in});
  TenantResult result =
      ended(busy.reason == Busy::Why::kThrottle ? TenantOutcome::kPaused : TenantOutcome::kBusy,
            &unit, busy.why);
  result.retry_in = retry_in;
  return result;
}

bool TenantRun::schema_exists() const {
  if (work_.tenant.schema_oid == 0) {
    return true;
  }
  return session_
      ->execute(
          fmt::format("select exists (select from pg_namespace where oid = {} and nspname = {})",
                      work_.tenant.schema_oid, session_->quote_literal(work_.tenant.name)))
      .as_bool();
}

TenantResult TenantRun::vanished() const {
  return ended(TenantOutcome::kSkipped, nullptr, "the schema is gone, or was renamed or made anew");
}

/// Two runs with different files: no failure of the step, so nothing is recorded of it.
TenantResult TenantRun::refused(const Unit* unit, const database::Failure& failure) const {
  TenantResult result = ended(TenantOutcome::kRefused, unit, failure.message);
  result.failure = failure;
  return result;
}

TenantResult TenantRun::failed(StepContext& context, const Unit& unit,
                               const database::Failure& failure, TenantOutcome outcome) {
  if (!purges() && !schema_exists()) {
    return vanished();
  }
  const StepItem& item = unit.first();
  try {
    record(context, item, failure,
           outcome == TenantOutcome::kFailed ? StepState::kFailed : StepState::kBlocked);
  } catch (const DatabaseError& error) {
    // Other tenants go on, and this one's failure is told all the same.
    rethrow_unless_server(error);
    executor_.events_.on(
        event::Notice{fmt::format("{}: that {} failed is not in the ledger: {}", work_.tenant.name,
                                  item.step->id, error.what())});
  }
  executor_.events_.on(
      event::StepFailed{work_.tenant.name, item.step->id, item.step->title, failure, outcome});
  TenantResult result = ended(outcome, &unit, failure.message);
  result.failure = failure;
  return result;
}

void TenantRun::record(const StepContext& context, const StepItem& item,
                       const database::Failure& failure, StepState state) {
  database::StepWrite write = write_of(item);
  if (context.way == Way::kPurge) {
    context.session->execute(executor_.ledger_.purge_failed_sql(*context.session, work_.tenant.id,
                                                                executor_.run_, write, failure));
    return;
  }
  if (context.way != Way::kForward) {
    context.session->execute(executor_.ledger_.undo_failed_sql(*context.session, work_.tenant.id,
                                                               executor_.run_, write, failure));
    return;
  }
  if (item.attempt == 0) {  // a migration that has not begun may have failed at this step before
    for (const database::StepRecord& known :
         executor_.ledger_.tenant_state(*context.session, work_.tenant.id).steps) {
      if (known.step == write.step) {
        write.attempt = known.attempt;
      }
    }
  }
  context.session->execute(executor_.ledger_.failed_sql(*context.session, work_.tenant.id,
                                                        executor_.run_, write, state, failure));
}

}  // namespace lockstep::execution
