#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/plan/step.h"
#include "render.h"

namespace lockstep::execution {

/// Where a cursor stands: a key's values, or the first block that is not done yet.
using Position = std::vector<std::string>;

/// Rows of which a statement changes those that need it.
struct Range {
  Position after;  ///< empty: from the first
  Position end;    ///< by key the last, by ctid the first behind
  int strides = 1;
  int stride = 0;  ///< only rows whose key's hash leaves this, divided by `strides`
};

/// The statements of one backfill in one tenant. Pure text.
class BackfillSql {
 public:
  BackfillSql(const database::Session& session, const Renderer& render,
              const plan::BackfillBody& body);

  bool by_key() const noexcept { return !body_.key.empty(); }
  /// An UPDATE whose rows fall to strides by what no setting of a session can change.
  bool can_stride() const noexcept { return !body_.is_delete && (!by_key() || !hash_.empty()); }

  /// The last key (or the number of blocks), one column a key column, and the table's relfilenode
  /// last: where it is partitioned, one number for all of theirs. No row: there is nothing to do.
  std::string bound() const;
  /// Whether an index uses a column that is written, so that no update can be HOT, and the server's
  /// deadlock_timeout in milliseconds.
  std::string facts() const;
  /// The oldest transaction id that somebody's snapshot still needs, as far as this role may see
  /// it, and the next one that will be given.
  static std::string horizon();
  /// By key only: the `count`th key of a range. No row: it has fewer.
  std::string key_at(const Range& range, std::int64_t count) const;
  /// Counts the HOT updates of change(), in the same transaction before it.
  std::string count_from_here() const;
  /// Changes the rows of a range that need it, and stores the checkpoint. Answers rows changed, how
  /// many of those updates were HOT, and nothing. It finds the rows by their place in the range and
  /// by nothing that was read before: then whatever others do meanwhile is the server's own
  /// business, as with any UPDATE.
  std::string change(const Range& range, const std::string& checkpoint_call) const;
  /// The SQL that change() offers to `checkpoint_call`.
  static std::string rows_expression(std::int64_t before);
  /// How many rows still need the change, counted to kCountedTo. Empty where that cannot be asked.
  static constexpr int kCountedTo = 1000;
  std::string remaining() const;
  /// The first key of a range, as text; for the report of a row that cannot be changed.
  std::string first_key(const Range& range) const;
  std::string analyze() const { return "analyze " + table_; }

 private:
  std::string from() const;
  std::string reference() const;
  std::string key_list() const;
  std::string descending() const;
  std::string key_texts() const;
  std::string literal_row(const std::vector<std::string>& values) const;
  std::string hash_of_key() const;
  std::string hot_updates() const;
  std::string where(const Range& range) const;
  std::string stride(const Range& range) const;
  std::string keys(const Range& range) const;  ///< the condition of all in a range
  std::string rows(const Range& range) const;  ///< of those that need the change
  std::string conditions() const;

  const database::Session& session_;
  const Renderer& render_;
  const plan::BackfillBody& body_;
  std::string table_;
  std::vector<std::string> key_;  ///< quoted
  std::string hash_;              ///< of the key; empty: unknown, or by ctid
};

/// The block that a position of a table without a key begins with.
std::int64_t block_at(const Position& position);

}  // namespace lockstep::execution
