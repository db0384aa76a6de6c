#include "backfill_strides.h"

#include <algorithm>

namespace lockstep::execution {
namespace {

// A snapshot that lives longer than so many batches keeps the rows that they leave behind.
constexpr int kOldSnapshot = 5;
// Strides that were of no use (a trigger writes what an index has, rows fill their pages alone, a
// snapshot that this role may not see) are tried again after so many chunks, then twice as many.
constexpr int kFirstRest = 8;
constexpr int kLongestRest = 64;
constexpr std::int64_t kSparse = 4;         // one row of so many keys
constexpr std::int64_t kTooFewToTell = 50;  // rows

}  // namespace

void Strides::begin(const BackfillSql& sql, bool written_is_indexed) {
  *this = Strides{};
  possible_ = sql.can_stride() && !written_is_indexed;
  next_rest_ = kFirstRest;
}

int Strides::next(const StepContext& context) {
  if (!possible_) {
    return 1;
  }
  const bool young = snapshots_are_young(context);
  if (rest_ > 0) {
    --rest_;
    return 1;
  }
  return young && !sparse_ && !hot_anyway_ ? kMost : 1;
}

void Strides::learn(int strides, std::int64_t keys, std::int64_t changed, std::int64_t hot) {
  if (strides == 1) {
    sparse_ = changed * kSparse < keys;
    hot_anyway_ = changed >= kTooFewToTell && hot * 2 >= changed;
    return;
  }
  chunk_changed_ += changed;
  chunk_hot_ += hot;
}

void Strides::chunk_is_over(int strides) {
  if (strides == 1) {
    return;
  }
  const bool of_use = chunk_hot_ * 2 >= chunk_changed_;
  rest_ = of_use ? 0 : next_rest_;
  next_rest_ = of_use ? kFirstRest : std::min(next_rest_ * 2, kLongestRest);
  chunk_changed_ = 0;
  chunk_hot_ = 0;
}

/// Whether nobody has a snapshot from before we last looked, a while ago.
bool Strides::snapshots_are_young(const StepContext& context) {
  const auto now = context.clock.now();
  if (mark_ && now - mark_->at < kOldSnapshot * context.options.backfill.batch_duration) {
    return young_;
  }
  const database::Result row = context.session->execute(BackfillSql::horizon());
  const std::int64_t oldest = std::stoll(row.at(0, 0));
  young_ = mark_ && oldest >= mark_->next;
  mark_ = Mark{now, std::stoll(row.at(0, 1))};
  return young_;
}

}  // namespace lockstep::execution
