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

/// The statements of one backfill in one tenant. Pure text.
class BackfillSql {
 public:
  BackfillSql(const database::Session& session, const Renderer& render,
              const plan::BackfillBody& body);

  bool by_key() const noexcept { return !body_.key.empty(); }

  /// The last key (or the number of blocks), one column a key column, and the table's relfilenode
  /// last: where it is partitioned, one number for all of theirs. No row: there is nothing to do.
  std::string bound() const;
  /// By key only: the last of the next `limit` keys, one column a key column, and how many they
  /// are. No row: the pass is over.
  std::string last_key(const database::Checkpoint& checkpoint, std::int64_t limit) const;
  /// Locks the rows between cursor and `end` that need the change, in the key's order, so that two
  /// writers meet in the same order. A statement of its own: what others changed while it waited is
  /// only seen by a snapshot taken afterwards.
  std::string lock(const database::Checkpoint& checkpoint, const Position& end) const;
  /// Changes them and stores the checkpoint. Answers rows changed, and nothing. It finds the rows
  /// by their place in the range and by nothing that was read before: then whatever others do
  /// meanwhile is the server's own business, as with any UPDATE.
  std::string change(const database::Checkpoint& checkpoint, const Position& end,
                     const std::string& checkpoint_call) const;
  /// The SQL that change() offers to `checkpoint_call`.
  std::string cursor_expression(const Position& end) const;
  std::string rows_expression(const database::Checkpoint& checkpoint) const;
  /// How many rows still need the change, counted to kCountedTo. Empty where that cannot be asked.
  static constexpr int kCountedTo = 1000;
  std::string remaining() const;
  /// The next key, as text; for the report of a row that cannot be changed.
  std::string next_key(const database::Checkpoint& checkpoint) const;
  std::string analyze() const { return "analyze " + table_; }

 private:
  std::string from() const;
  std::string reference() const;
  std::string key_list() const;
  std::string descending() const;
  std::string key_texts() const;
  std::string literal_row(const std::vector<std::string>& values) const;
  /// Keys (or blocks) after the cursor, up to `end`.
  std::string range(const database::Checkpoint& checkpoint, const Position& end) const;
  std::string conditions() const;

  const database::Session& session_;
  const Renderer& render_;
  const plan::BackfillBody& body_;
  std::string table_;
  std::vector<std::string> key_;  ///< quoted
};

/// First block not done yet.
std::int64_t first_block(const database::Checkpoint& checkpoint);

}  // namespace lockstep::execution
