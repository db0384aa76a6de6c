#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backfill_sql.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "step_runner.h"
#include "throttle.h"

namespace lockstep::execution {
namespace {

using database::Checkpoint;
using database::DatabaseError;
using plan::BackfillBody;

// A row that another transaction holds: a batch holds its own rows meanwhile, so not for long.
constexpr milliseconds kRowLockTimeout{1000};
constexpr milliseconds kBatchTimeout{5000};
constexpr milliseconds kThrottleEvery{1000};
constexpr std::int64_t kFirstBlocks = 64;
constexpr std::int64_t kMostBlocks = 2000;
// The pass, and sweeps of what the application wrote meanwhile. Each is shorter than the one before
// and leaves less; an application that always writes rows of the old kind is never caught up with.
constexpr int kMostPasses = 4;
constexpr double kShrink = 0.5;
constexpr double kGrow = 1.5;

class BackfillRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    StepItem& item = unit.first();
    const auto& body = std::get<BackfillBody>(item.step->body);
    const BackfillSql sql(*context.session, context.render, body);
    try {
      if (!begun_) {
        begin(context, item, sql);
      }
      if (std::optional<Advance> held = held_back(context)) {
        return *std::move(held);
      }
      return batch(context, item, sql);
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      return settle(context, item, sql, error);
    }
  }

 private:
  void begin(StepContext& context, StepItem& item, const BackfillSql& sql) {
    const BackfillOptions& options = context.options.backfill;
    limit_ = sql.by_key() ? options.first_batch : kFirstBlocks;
    most_ = sql.by_key() ? options.max_batch : kMostBlocks;
    if (context.waiting.batch > 0) {
      limit_ = context.waiting.batch;
    }
    checkpoint_ = item.attempt == 0
                      ? Checkpoint{}
                      : context.ledger.checkpoint(*context.session, context.tenant, item.step->id);
    const bool fresh = checkpoint_.version == 0;
    const bool anew = !fresh && table_was_rewritten(context, item, sql);
    if (anew) {
      checkpoint_.cursor.clear();  // ctids mean other rows now
    }
    if (fresh || anew) {
      take_bound(context, item, sql);
    }
    Message message = ledger_message(context, item);
    message.prelude().add(
        context.ledger.running_sql(*context.session, context.tenant, context.run, write_of(item)));
    if (fresh || anew) {
      message.add(checkpoint_write(context, item, sql));
    }
    context.session->execute(message.text());
    checkpoint_.version += fresh || anew ? 1 : 0;
    context.prelude.clear();
    item.state = database::StepState::kRunning;
    ++item.attempt;
    begun_ = true;
  }

  static Message ledger_message(const StepContext& context, const StepItem& item) {
    return Message(context, *item.step, kRowLockTimeout, kBatchTimeout);
  }

  /// Stores cursor, bound and pass as they are in memory.
  std::string checkpoint_write(const StepContext& context, const StepItem& item,
                               const BackfillSql& sql) const {
    return context.ledger.checkpoint_sql(*context.session, context.tenant, item.step->id,
                                         checkpoint_, sql.cursor_expression(checkpoint_.cursor),
                                         std::to_string(checkpoint_.rows));
  }

  /// The range is fixed before its pass begins; rows that come later are the application's own
  /// business, or the sweep's.
  void take_bound(const StepContext& context, const StepItem& item, const BackfillSql& sql) {
    const database::Result row = read(context, item, sql.bound());
    checkpoint_.bound.clear();
    if (!row.empty()) {
      for (std::size_t i = 0; i + 1 < row.columns.size(); ++i) {
        checkpoint_.bound.push_back(row.at(0, i));
      }
      checkpoint_.relfilenode = std::stoll(row.at(0, row.columns.size() - 1));
    }
  }

  bool table_was_rewritten(const StepContext& context, const StepItem& item,
                           const BackfillSql& sql) {
    if (sql.by_key()) {
      return false;
    }
    const database::Result row = read(context, item, sql.bound());
    return !row.empty() && std::stoll(row.at(0, row.columns.size() - 1)) != checkpoint_.relfilenode;
  }

  static database::Result read(const StepContext& context, const StepItem& item,
                               const std::string& query) {
    Message message(context, *item.step, kRowLockTimeout, milliseconds(0));
    message.work(query);
    return context.session->execute(message.text());
  }

  /// The next attempt goes on with the batch size that this one has come to.
  Busy busy(Busy::Why reason, std::string why) const {
    Busy busy{reason, std::move(why), {}};
    busy.batch = limit_;
    return busy;
  }

  std::optional<Advance> held_back(const StepContext& context) {
    const auto now = context.clock.now();
    if (looked_ && now - *looked_ < kThrottleEvery) {
      return std::nullopt;
    }
    looked_ = now;
    const std::optional<Throttle> held = throttle(context);
    if (!held) {
      return std::nullopt;
    }
    if (held->blind) {
      return Failed{{std::string(core::sqlstate::kInsufficientPrivilege),
                     held->why,
                     "GRANT pg_read_all_stats to the role, or set that limit to 0",
                     {}}};
    }
    return busy(Busy::Why::kThrottle, "backfill pauses: " + held->why);
  }

  struct Span {
    Position end;           ///< empty: the pass is over
    std::int64_t keys = 0;  ///< or blocks
  };

  Span next_span(const StepContext& context, const StepItem& item, const BackfillSql& sql) const {
    if (checkpoint_.bound.empty()) {
      return {};
    }
    if (!sql.by_key()) {
      const std::int64_t begin = first_block(checkpoint_);
      const std::int64_t end =
          std::min<std::int64_t>(begin + limit_, std::stoll(checkpoint_.bound.front()));
      return begin < end ? Span{{std::to_string(end)}, end - begin} : Span{};
    }
    const database::Result last = read(context, item, sql.last_key(checkpoint_, limit_));
    Span span;
    if (!last.empty()) {
      const std::size_t count = last.columns.size() - 1;
      for (std::size_t i = 0; i < count; ++i) {
        span.end.push_back(last.at(0, i));
      }
      span.keys = std::stoll(last.at(0, count));
    }
    return span;
  }

  Advance batch(StepContext& context, StepItem& item, const BackfillSql& sql) {
    Span span = next_span(context, item, sql);
    if (span.end.empty()) {
      return pass_over(context, item, sql);
    }
    const std::string call = context.ledger.checkpoint_sql(
        *context.session, context.tenant, item.step->id, checkpoint_,
        sql.cursor_expression(span.end), sql.rows_expression(checkpoint_));
    Message message = ledger_message(context, item);
    message.work(sql.lock(checkpoint_, span.end)).work(sql.change(checkpoint_, span.end, call));
    const auto begun = context.clock.now();
    const database::Result answer = context.session->execute(message.text());
    const auto took = std::chrono::duration_cast<milliseconds>(context.clock.now() - begun);
    const std::int64_t changed = std::stoll(answer.at(0, 0));
    checkpoint_.cursor = std::move(span.end);
    checkpoint_.rows += changed;
    ++checkpoint_.version;
    suspect_ = std::max<std::int64_t>(suspect_ - span.keys, 0);
    if (span.keys == limit_ && suspect_ == 0) {
      adapt(context, took);
    }
    pace(context, changed, took);
    return Progress{checkpoint_.rows, changed};
  }

  void adapt(const StepContext& context, milliseconds took) {
    const auto target = static_cast<double>(context.options.backfill.batch_duration.count());
    const double ratio = target / std::max(1.0, static_cast<double>(took.count()));
    const double next = static_cast<double>(limit_) * std::clamp(ratio, kShrink, kGrow);
    limit_ = std::clamp(static_cast<std::int64_t>(next), std::int64_t{1}, most_);
  }

  static void pace(const StepContext& context, std::int64_t changed, milliseconds took) {
    const std::int64_t cap = context.options.backfill.max_rows_per_second;
    if (cap <= 0) {
      return;
    }
    const milliseconds due(changed * 1000 / cap);
    if (due > took) {
      [[maybe_unused]] const bool all = context.clock.sleep_for(due - took, context.stops.finish);
    }
  }

  /// Every key was passed. Rows that still need the change were written meanwhile: sweep again.
  Advance pass_over(StepContext& context, StepItem& item, const BackfillSql& sql) {
    const std::string question = sql.remaining();
    const std::int64_t still =
        question.empty() ? 0 : std::stoll(read(context, item, question).at(0, 0));
    if (still == 0) {
      return finish(context, item, sql);
    }
    if (checkpoint_.pass + 1 >= kMostPasses) {
      context.events.on(event::Notice{fmt::format(
          "{}: {}: after {} passes {}{} rows need the change again: the application goes on"
          " writing them in the old form",
          item.step->id, context.render.schema(), kMostPasses, still,
          still == BackfillSql::kCountedTo ? " or more" : "")});
      return finish(context, item, sql);
    }
    take_bound(context, item, sql);
    checkpoint_.cursor.clear();
    ++checkpoint_.pass;
    Message message = ledger_message(context, item);
    message.add(checkpoint_write(context, item, sql));
    context.session->execute(message.text());
    ++checkpoint_.version;
    return Progress{checkpoint_.rows, 0};
  }

  Advance finish(StepContext& context, StepItem& item, const BackfillSql& sql) {
    if (checkpoint_.rows > 0) {
      refresh_statistics(context, item, sql);
    }
    Message message = ledger_message(context, item);
    message.add(context.ledger.done_sql(*context.session, context.tenant, context.run,
                                        database::Via::kStaged, {write_of(item)},
                                        std::to_string(checkpoint_.rows)));
    context.session->execute(message.text());
    return Done{checkpoint_.rows};
  }

  static void refresh_statistics(const StepContext& context, const StepItem& item,
                                 const BackfillSql& sql) {
    try {
      Message message(context, *item.step, context.options.locks.lock_timeout, milliseconds(0));
      message.work(sql.analyze());
      context.session->execute(message.text());
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      context.events.on(event::Notice{fmt::format("{}: {} was not analysed: {}", item.step->id,
                                                  context.render.schema(), error.what())});
    }
  }

  Advance settle(const StepContext& context, const StepItem& item, const BackfillSql& sql,
                 const DatabaseError& error) {
    using namespace core::sqlstate;
    const bool can_shrink = limit_ > 1;
    const auto halve = [&] { limit_ = std::max<std::int64_t>(limit_ / 2, 1); };
    if (error.is(kQueryCanceled) && context.stops.cancel.stop_requested()) {
      return Interrupted{};
    }
    if (error.is(kDiskFull)) {
      return busy(Busy::Why::kThrottle, std::string("the disk is full: ") + error.what());
    }
    if (is_transient(error.sqlstate())) {
      halve();
      return busy(Busy::Why::kLock, error.what());
    }
    if (begun_ && can_shrink) {
      // Too much at once (57014, out of memory), or a row that cannot be changed: go on with half
      // until the row stands alone.
      suspect_ = error.is(kQueryCanceled) ? 0 : limit_;
      halve();
      return Progress{checkpoint_.rows, 0};
    }
    database::Failure failure = failure_of(error, context.render(item.step->title));
    if (begun_) {
      const database::Result key = read(context, item, sql.next_key(checkpoint_));
      if (!key.empty()) {
        failure.message += "; at " + key_names(item) + " = " + key.at(0, 0);
      }
    }
    return Failed{std::move(failure)};
  }

  static std::string key_names(const StepItem& item) {
    const auto& body = std::get<BackfillBody>(item.step->body);
    std::string names;
    for (const std::string& column : body.key) {
      names += (names.empty() ? "" : ", ") + column;
    }
    return names.empty() ? "place" : names;
  }

  bool begun_ = false;
  /// One of so many keys ahead cannot be changed: batches do not grow until they are passed.
  std::int64_t suspect_ = 0;
  std::int64_t limit_ = 0;  ///< keys, or blocks, of the next batch
  std::int64_t most_ = 0;
  Checkpoint checkpoint_;
  std::optional<core::Clock::TimePoint> looked_;  ///< when the throttles were last asked
};

}  // namespace

std::unique_ptr<StepRunner> backfill_runner() {
  return std::make_unique<BackfillRunner>();
}

}  // namespace lockstep::execution
