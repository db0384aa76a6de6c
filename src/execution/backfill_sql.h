#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lockstep/database/ledger.h"
#include "lockstep/plan/step.h"
#include "render.h"

namespace lockstep::execution {

/// The statements of one backfill in one tenant. Pure text.
class BackfillSql {
 public:
  BackfillSql(const database::Session& session, const Renderer& render,
              const plan::BackfillBody& body);

  bool by_key() const noexcept { return !body_.key.empty(); }

  /// The last key (or the number of blocks), one column a key column, and the table's relfilenode
  /// last. No row: there is nothing to do.
  std::string bound() const;
  /// Changes the rows of the next `limit` keys (or blocks) and stores the checkpoint. Answers rows
  /// changed, keys passed, nothing, and then the new cursor's columns; no row: the pass is over.
  static constexpr std::size_t kCursorColumn = 3;
  std::string batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                    const std::string& checkpoint_call) const;
  /// The SQL that batch() offers to `checkpoint_call`.
  std::string cursor_expression(const database::Checkpoint& checkpoint, std::int64_t limit) const;
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
  std::string key_texts() const;
  std::string literal_row(const std::vector<std::string>& values) const;
  /// Keys after the cursor, up to the bound.
  std::string range(const database::Checkpoint& checkpoint) const;
  std::string conditions() const;
  std::string change() const;
  std::int64_t last_block(const database::Checkpoint& checkpoint, std::int64_t limit) const;
  std::string keyed_batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                          const std::string& checkpoint_call) const;
  std::string block_batch(const database::Checkpoint& checkpoint, std::int64_t limit,
                          const std::string& checkpoint_call) const;

  const database::Session& session_;
  const Renderer& render_;
  const plan::BackfillBody& body_;
  std::string table_;
  std::vector<std::string> key_;  ///< quoted
};

/// First block not done yet.
std::int64_t first_block(const database::Checkpoint& checkpoint);

}  // namespace lockstep::execution
