#pragma once

#include <cstdint>
#include <optional>

#include "backfill_sql.h"
#include "step_runner.h"

namespace lockstep::execution {

/// Whether the next chunk of a backfill is changed in strides. An update needs room on its page to
/// stay HOT, and a page whose rows are changed one after the other has none until somebody prunes
/// it. In strides, each of them a transaction, every stride finds the room that the one before it
/// has left behind (RULES.md 19). That only works where no index uses what is written, and while
/// nobody's snapshot still needs the old rows.
class Strides {
 public:
  /// A prime, so that whole numbers fall to all of them whatever their step. The first has to leave
  /// its page: the more there are, the less the table grows, and the more often each row is passed.
  static constexpr int kMost = 11;

  /// What facts() has told. Forgets what was learnt before.
  void begin(const BackfillSql& sql, bool written_is_indexed);
  /// How many strides the next chunk has; 1: the key's order. Asks the server now and then.
  int next(const StepContext& context);
  /// What became of a batch of a chunk with so many strides: of `keys` (0: unknown) it changed so
  /// many, and so many of those updates were HOT.
  void learn(int strides, std::int64_t keys, std::int64_t changed, std::int64_t hot);
  /// The chunk that learn() was told of is over.
  void chunk_is_over(int strides);

 private:
  struct Mark {
    core::Clock::TimePoint at;
    std::int64_t next = 0;  ///< transaction id
  };

  bool snapshots_are_young(const StepContext& context);

  bool possible_ = false;
  bool sparse_ = false;      ///< few rows need the change: a page has room for them anyway
  bool hot_anyway_ = false;  ///< updates in the key's order are HOT: rows lie in another order
  int rest_ = 0;             ///< chunks to go in the key's order, as strides were of no use
  int next_rest_ = 0;
  std::int64_t chunk_changed_ = 0;
  std::int64_t chunk_hot_ = 0;
  std::optional<Mark> mark_;
  bool young_ = false;
};

}  // namespace lockstep::execution
