#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backfill_sql.h"
#include "backfill_strides.h"
#include "batch_size.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "step_runner.h"
#include "throttle.h"

namespace lockstep::execution {
namespace {

using database::Checkpoint;
using database::DatabaseError;
using plan::BackfillBody;

// A batch is over long before: something is in its way, or it is too large. Of one row it may take
// that long.
constexpr milliseconds kRowTimeout{5000};
constexpr int kSlowest = 10;  // batches, as long as they should be
constexpr milliseconds kLedgerLockTimeout{1000};
constexpr milliseconds kThrottleEvery{1000};
constexpr std::int64_t kFirstBlocks = 64;
constexpr std::int64_t kMostBlocks = 2000;
// Strides come back to the same pages: a chunk has to stay in memory.
constexpr std::int64_t kMostOfChunk = 100000;  // keys
constexpr std::int64_t kMostBlocksOfChunk = 4000;
// The pass, and sweeps of what the application wrote meanwhile. Each is shorter than the one before
// and leaves less; an application that always writes rows of the old kind is never caught up with.
constexpr int kMostPasses = 4;

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
    const std::int64_t first = sql.by_key() ? options.first_batch : kFirstBlocks;
    size_.begin(context.waiting.batch > 0 ? context.waiting.batch : first,
                sql.by_key() ? options.max_batch : kMostBlocks, options.batch_duration);
    checkpoint_ = item.attempt == 0
                      ? Checkpoint{}
                      : context.ledger.checkpoint(*context.session, context.tenant, item.step->id);
    const bool fresh = checkpoint_.version == 0;
    const bool anew = !fresh && table_was_rewritten(context, item, sql);
    if (anew) {
      checkpoint_.cursor.clear();  // ctids mean other rows now
      checkpoint_.chunk.reset();
    }
    if (fresh || anew) {
      take_bound(context, item, sql);
    }
    learn_facts(context, item, sql);
    Message message = ledger_message(context, item);
    message.prelude().add(begun_sql(context, item));
    if (fresh || anew) {
      message.add(checkpoint_write(context, item));
    }
    context.session->execute(message.text());
    checkpoint_.version += fresh || anew ? 1 : 0;
    context.prelude.clear();
    item.state = database::StepState::kRunning;
    ++item.attempt;
    begun_ = true;
  }

  void learn_facts(const StepContext& context, const StepItem& item, const BackfillSql& sql) {
    const database::Result facts = read(context, item, sql.facts());
    strides_.begin(sql, facts.at(0, 0) == "t");
    // Where we and the application wait for each other's rows, we give up before the server looks
    // for a deadlock: it may choose the application.
    row_lock_timeout_ = std::max(milliseconds(std::stoll(facts.at(0, 1)) / 2), milliseconds(1));
  }

  /// Rows and checkpoint are lost together if at all; the run's last write waits for the disk.
  static Message ledger_message(const StepContext& context, const StepItem& item,
                                milliseconds lock_timeout = kLedgerLockTimeout,
                                milliseconds statement_timeout = kRowTimeout) {
    Message message(context, *item.step, lock_timeout, statement_timeout);
    message.commit_without_waiting();
    return message;
  }

  Message batch_message(const StepContext& context, const StepItem& item) const {
    const milliseconds most =
        row_lock_timeout_ + kSlowest * context.options.backfill.batch_duration;
    return ledger_message(context, item, row_lock_timeout_,
                          size_.can_shrink() ? std::min(most, kRowTimeout) : kRowTimeout);
  }

  /// Stores cursor, bound and pass as they are in memory.
  std::string checkpoint_write(const StepContext& context, const StepItem& item) const {
    return context.ledger.checkpoint_sql(*context.session, context.tenant, item.step->id,
                                         checkpoint_, std::to_string(checkpoint_.rows));
  }

  /// The range is fixed before its pass begins; rows that come later are the application's own
  /// business, or the sweep's.
  void take_bound(const StepContext& context, const StepItem& item, const BackfillSql& sql) {
    const database::Result row = read(context, item, sql.bound());
    checkpoint_.bound.clear();
    if (!row.empty()) {
      checkpoint_.bound = values_of(row, row.columns.size() - 1);
      checkpoint_.relfilenode = std::stoll(row.at(0, row.columns.size() - 1));
    }
  }

  static Position values_of(const database::Result& row, std::size_t columns) {
    Position values;
    for (std::size_t i = 0; i < columns; ++i) {
      values.push_back(row.at(0, i));
    }
    return values;
  }

  bool table_was_rewritten(const StepContext& context, const StepItem& item,
                           const BackfillSql& sql) const {
    if (sql.by_key()) {
      return false;
    }
    const database::Result row = read(context, item, sql.bound());
    return !row.empty() && std::stoll(row.at(0, row.columns.size() - 1)) != checkpoint_.relfilenode;
  }

  static database::Result read(const StepContext& context, const StepItem& item,
                               const std::string& query) {
    Message message(context, *item.step, kLedgerLockTimeout, milliseconds(0));
    message.work(query);
    return context.session->execute(message.text());
  }

  /// The next attempt goes on with the batch size that this one has come to.
  Busy busy(Busy::Why reason, std::string why) const {
    Busy busy{reason, std::move(why), {}};
    busy.batch = size_.limit();
    return busy;
  }

  std::optional<Advance> held_back(const StepContext& context) {
    const auto now = context.clock.now();
    if (looked_ && now - *looked_ < kThrottleEvery) {
      return std::nullopt;
    }
    looked_ = now;
    const std::optional<Throttle> held = throttle(*context.session, context.options.backfill);
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

  /// The rows that the next strides come from; false: the pass is over. It is stored with its first
  /// batch, and until then may still be chosen anew.
  bool open_chunk(const StepContext& context, const StepItem& item, const BackfillSql& sql) {
    if (checkpoint_.bound.empty() || checkpoint_.cursor == checkpoint_.bound) {
      return false;
    }
    // A sweep finds few rows, and a row that cannot be changed is looked for in the key's order.
    const bool strided = checkpoint_.pass == 0 && !size_.suspicious() && size_.can_shrink();
    const int strides = strided ? strides_.next(context) : 1;
    const std::int64_t most = sql.by_key() ? kMostOfChunk : kMostBlocksOfChunk;
    const std::int64_t keys =
        strides == 1 ? size_.limit() : std::min(size_.limit() * strides, most);
    database::Chunk chunk;
    chunk.strides = strides;
    chunk.end = checkpoint_.bound;
    keys_of_chunk_ = 0;
    if (!sql.by_key()) {
      const std::int64_t end =
          std::min<std::int64_t>(block_at(checkpoint_.cursor) + keys, block_at(checkpoint_.bound));
      keys_of_chunk_ = end - block_at(checkpoint_.cursor);
      chunk.end = {std::to_string(end)};
    } else {
      const database::Result last =
          read(context, item, sql.key_at({checkpoint_.cursor, checkpoint_.bound}, keys));
      if (!last.empty()) {
        keys_of_chunk_ = keys;
        chunk.end = values_of(last, last.columns.size());
      }
    }
    size_.open(keys / strides, strides, keys_of_chunk_ == keys);
    checkpoint_.chunk = std::move(chunk);
    return true;
  }

  /// What is left of the stride in work.
  Range rest_of_stride() const {
    const database::Chunk& chunk = *checkpoint_.chunk;
    return {chunk.at.empty() ? checkpoint_.cursor : chunk.at, chunk.end, chunk.strides,
            chunk.stride};
  }

  /// All of it, or as much as a batch may be.
  Range next_range(const StepContext& context, const StepItem& item, const BackfillSql& sql) const {
    Range range = rest_of_stride();
    if (!size_.splits_strides()) {
      return range;
    }
    if (!sql.by_key()) {
      range.end = {
          std::to_string(std::min(block_at(range.after) + size_.limit(), block_at(range.end)))};
      return range;
    }
    const database::Result last = read(context, item, sql.key_at(range, size_.limit()));
    if (!last.empty()) {
      range.end = values_of(last, last.columns.size());
    }
    return range;
  }

  /// Where the backfill is once a range is done.
  Checkpoint behind(const Range& range) const {
    Checkpoint after = checkpoint_;
    database::Chunk& chunk = *after.chunk;
    chunk.at = range.end;
    if (range.end == chunk.end) {
      chunk.at.clear();
      ++chunk.stride;
    }
    if (chunk.stride == chunk.strides) {
      after.cursor = chunk.end;
      after.chunk.reset();
    }
    return after;
  }

  Advance batch(StepContext& context, StepItem& item, const BackfillSql& sql) {
    if (!checkpoint_.chunk && !open_chunk(context, item, sql)) {
      return pass_over(context, item, sql);
    }
    const int strides = checkpoint_.chunk->strides;
    const Range range = next_range(context, item, sql);
    Checkpoint after = behind(range);
    Message message = batch_message(context, item);
    message.work(sql.count_from_here())
        .work(sql.change(
            range, context.ledger.checkpoint_sql(*context.session, context.tenant, item.step->id,
                                                 after, sql.rows_expression(after.rows))));
    const auto begun = context.clock.now();
    const database::Result answer = context.session->execute(message.text());
    const auto took = std::chrono::duration_cast<milliseconds>(context.clock.now() - begun);
    const std::int64_t changed = std::stoll(answer.at(0, 0));
    after.rows += changed;
    ++after.version;
    strides_.learn(strides, keys_of_chunk_, changed, std::stoll(answer.at(0, 1)));
    size_.took(took, range.end == checkpoint_.chunk->end, !after.chunk);
    if (!after.chunk) {
      strides_.chunk_is_over(strides);
    }
    checkpoint_ = std::move(after);
    pace(context, changed, took);
    return Progress{checkpoint_.rows, changed};
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
    message.add(checkpoint_write(context, item));
    context.session->execute(message.text());
    ++checkpoint_.version;
    return Progress{checkpoint_.rows, 0};
  }

  Advance finish(StepContext& context, StepItem& item, const BackfillSql& sql) {
    if (checkpoint_.rows > 0) {
      refresh_statistics(context, item, sql);
    }
    Message message = ledger_message(context, item);
    message.add(settled_sql(context, database::Via::kStaged, {write_of(item)},
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
    if (error.is(kQueryCanceled) && context.stops.cancel.stop_requested()) {
      return Interrupted{};
    }
    if (error.is(kDiskFull)) {
      return busy(Busy::Why::kThrottle, std::string("the disk is full: ") + error.what());
    }
    if (is_transient(error.sqlstate())) {
      take_half(false);
      return busy(Busy::Why::kLock, error.what());
    }
    if (begun_ && size_.can_shrink()) {
      // Too much at once (57014, out of memory), or a row that cannot be changed: go on with half
      // until the row stands alone.
      take_half(!error.is(kQueryCanceled));
      return Progress{checkpoint_.rows, 0};
    }
    database::Failure failure = failure_of(error, context.render(item.step->title));
    if (begun_) {
      const Range range =
          checkpoint_.chunk ? rest_of_stride() : Range{checkpoint_.cursor, checkpoint_.bound};
      const database::Result key =
          range.end.empty() ? database::Result{} : read(context, item, sql.first_key(range));
      if (!key.empty()) {
        failure.message += "; at " + key_names(item) + " = " + key.at(0, 0);
      }
    }
    return Failed{std::move(failure)};
  }

  /// A chunk of which nothing is stored is chosen anew.
  void take_half(bool suspect) {
    size_.halve(suspect);
    const auto& chunk = checkpoint_.chunk;
    if (chunk && chunk->stride == 0 && chunk->at.empty()) {
      checkpoint_.chunk.reset();
    }
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
  BatchSize size_;
  milliseconds row_lock_timeout_{500};
  Checkpoint checkpoint_;
  Strides strides_;
  std::int64_t keys_of_chunk_ = 0;                ///< or blocks, of the one in work; 0: not counted
  std::optional<core::Clock::TimePoint> looked_;  ///< when the throttles were last asked
};

}  // namespace

std::unique_ptr<StepRunner> backfill_runner() {
  return std::make_unique<BackfillRunner>();
}

}  // namespace lockstep::execution
