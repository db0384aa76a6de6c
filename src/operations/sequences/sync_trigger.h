#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sequences/steps.h"

// A trigger that keeps a column in step with others while two forms of it stand side by side
// (RULES.md 9, 10). It fires BEFORE every INSERT and UPDATE, without a list of columns: `UPDATE OF
// c` would not fire when another BEFORE trigger sets NEW.c. It fires whatever
// session_replication_role says, and after every other BEFORE row trigger, whose results it so
// sees. Its function finds names as Lockstep's own session does, not as the client's.

namespace lockstep::operations {

struct SyncTrigger {
  const catalog::Relation& table;
  std::string name;                 ///< of the trigger, and of its function beside the table
  std::string statements;           ///< PL/pgSQL over NEW and, in an UPDATE, OLD
  std::vector<std::string> reads;   ///< columns
  std::vector<std::string> writes;  ///< columns
};

/// "zz_users_age_sync_lockstep_0007_1", derived from the migration and within 63 bytes. Two of one
/// column in one migration have two ordinals. `reads_others`: it fires behind those that may set
/// the columns that it reads, "zzz_...".
std::string sync_trigger_name(const Operation& operation, const catalog::Relation& table,
                              std::string_view column, int ordinal, bool reads_others = false);

/// One column from others.
struct ColumnCopy {
  std::string to;
  std::string from;
  /// Over the table's columns by their names, as the author wrote it. Empty: `from` itself,
  /// converted as an assignment converts, which raises where a value does not fit.
  std::string expression;
  std::vector<std::string> reads;  ///< by `expression`, or only `from`
  /// A value that cannot be converted is stored as NULL instead of failing the client's statement.
  /// Then a value that was written together with unchanged sources stays as it is.
  bool may_fail = false;
};
std::string copy_statements(const catalog::Relation& table, const ColumnCopy& copy);

/// Two names of one column: the changed side wins, and changing both to different values raises. A
/// row that comes with neither gets `fill`, where there is one.
std::string two_way_statements(const std::string& one, const std::string& other,
                               const std::optional<std::string>& fill);
/// The same where `one` is an identity: a row that comes with the other has drawn a number for
/// nothing.
std::string two_way_identity_statements(const std::string& one, const std::string& other);

/// The statements that make it and take it away, for a transaction that does more.
std::vector<std::string> create_sync_trigger(const SyncTrigger& trigger,
                                             const catalog::Catalog& catalog);
std::vector<std::string> drop_sync_trigger(const SyncTrigger& trigger);

plan::Step create_sync_trigger_step(const Maker& make, core::Phase natural,
                                    const SyncTrigger& trigger);
plan::Step drop_sync_trigger_step(const Maker& make, core::Phase natural,
                                  const SyncTrigger& trigger);

/// False, and refused: another BEFORE row trigger of the table would fire after it. Triggers of
/// this kind may: they write no column that anybody reads yet.
bool judge_sync_trigger(Judge& judge, const catalog::Relation& table, const std::string& name);

/// Whether it is one of these.
bool is_sync_trigger(const catalog::Trigger& trigger);

}  // namespace lockstep::operations
