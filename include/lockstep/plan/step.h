#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lockstep/catalog/lock_mode.h"
#include "lockstep/core/names.h"
#include "lockstep/core/phase.h"

// A step carries all that its runner needs (DESIGN.md 4): what was reviewed is what runs, also by
// a newer Lockstep. SQL in steps names the tenant's schema by core::kTenantSchema.

namespace lockstep::plan {

using core::QualifiedName;

struct LockClaim {
  QualifiedName relation;
  catalog::LockMode mode = catalog::LockMode::kAccessExclusive;
  friend bool operator==(const LockClaim&, const LockClaim&) = default;
};

/// Runs in one transaction, together with its ledger row.
struct TransactionBody {
  std::vector<std::string> sql;
  /// Taken by LOCK TABLE before the first statement, in this order; tables that exist already only.
  std::vector<LockClaim> lock_first;
  /// VALIDATE and the like: it scans under locks that block nobody, so neither max_hold nor merging
  /// applies.
  bool long_running = false;
  /// Never in one transaction with another step: nobody knows how long it holds what the other has
  /// locked (opaque code), or its effect is only there after its commit (a new enum value).
  bool alone = false;
  friend bool operator==(const TransactionBody&, const TransactionBody&) = default;
};

/// One statement that PostgreSQL refuses inside a transaction block. Settled by the catalog.
struct ConcurrentBody {
  std::string sql;
  enum class Kind { kCreateIndex, kDropIndex, kDetachPartition };
  Kind kind = Kind::kCreateIndex;
  QualifiedName index;  ///< kDetachPartition: the partition
  QualifiedName table;
  bool unique = false;
  /// kCreateIndex: pg_get_indexdef() of the finished index as the planner expects it is not
  /// predicted; the runner compares the definition with that of its own intent.
  friend bool operator==(const ConcurrentBody&, const ConcurrentBody&) = default;
};

/// An UPDATE or DELETE in batches, resumable.
struct BackfillBody {
  QualifiedName table;
  bool is_delete = false;
  struct Assignment {
    std::string column;
    std::string value;  ///< SQL expression over the row
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };
  std::vector<Assignment> assignments;
  std::string alias;      ///< the author's alias for the table, or empty
  std::string predicate;  ///< the author's WHERE, or empty for every row
  /// True of a row that still needs the change, e.g. "phone IS NULL"; makes the backfill idempotent
  /// and its end verifiable. Empty where none is derivable.
  std::string remaining;
  /// Columns of the key to walk by: the primary key, else a NOT NULL unique key; empty: by ctid.
  std::vector<std::string> key;
  std::vector<std::string> key_types;  ///< format_type() of each, for the checkpoint's casts
  /// The key only grows with insertion, so a bound taken at the start covers every old row.
  bool key_grows = false;
  friend bool operator==(const BackfillBody&, const BackfillBody&) = default;
};

/// A question whose answer must be empty, asked before the step it protects.
struct CheckBody {
  /// Gives the offending rows' keys as one text column; must give none. At most 5 are read.
  std::string query;
  std::string failure;  ///< "users.phone has NULLs": the message, the sample is added
  std::string hint;
  std::string sqlstate;  ///< what the protected step would fail with
  friend bool operator==(const CheckBody&, const CheckBody&) = default;
};

/// Stops until something outside has happened.
struct GateBody {
  std::string reason;
  std::string query;  ///< true opens the gate; empty: only an operator does
  friend bool operator==(const GateBody&, const GateBody&) = default;
};

using StepBody = std::variant<TransactionBody, ConcurrentBody, BackfillBody, CheckBody, GateBody>;

/// RULES.md 12: what undoing the step gives back.
enum class UndoGives { kExact, kLosesNewData, kStructureOnly, kNone };

struct Undo {
  UndoGives gives = UndoGives::kNone;
  std::vector<std::string> sql;  ///< one transaction, unless `concurrent`
  bool concurrent = false;  ///< a single statement outside a transaction (DROP INDEX CONCURRENTLY)
  std::string loses;        ///< what is not given back, in words
  /// Queries, each giving one statement (or NULL for none) that restores what the step is about to
  /// replace. Asked in the step's own transaction before it changes anything, with the tenant's
  /// search_path; the ledger keeps the statements, and they run after `sql`.
  std::vector<std::string> former = {};
  /// Where that is not what undo_step() makes of the step's own locks: every lock on a relation
  /// that is there when it is undone, and those that are taken first. Both empty otherwise.
  std::vector<LockClaim> locks = {};
  std::vector<LockClaim> lock_first = {};
  friend bool operator==(const Undo&, const Undo&) = default;
};

/// The plain statement, tried first where the table is small (RULES.md 14). Stands on the first of
/// the run of steps that it replaces; all of them lie in one phase.
struct Direct {
  std::vector<std::string> sql;
  std::vector<LockClaim> lock_first;
  std::vector<LockClaim> locks;       ///< declared, like Step::locks
  std::vector<std::string> replaces;  ///< ids of the steps it does the work of, its own first
  QualifiedName table;                ///< whose size decides
  friend bool operator==(const Direct&, const Direct&) = default;
};

/// An object as steps depend on it (RULES.md 4): blocking is by object, not by table.
struct Touch {
  enum class How { kNeeds, kChanges, kCreates, kDrops, kRenames };
  How how = How::kNeeds;
  std::string kind;    ///< "relation", "column", "constraint", "index", "function", "type"
  QualifiedName name;  ///< the relation for columns, constraints
  std::string sub_name;
  friend bool operator==(const Touch&, const Touch&) = default;
};

/// What a step puts out of the application's sight instead of dropping it (drop_grace); `purge`
/// removes it, or brings it back by Step::restore.
struct Keep {
  QualifiedName table;  ///< that is dropped, or whose column is
  std::string column;   ///< empty: the table itself
  QualifiedName
      kept_as;  ///< a table's new name; of a column its table, and in `column_as` its name
  std::string column_as;
  std::int64_t seconds = 0;  ///< how long `purge` leaves it alone
  std::vector<std::string>
      together;  ///< ids of the steps that are taken back with it, its own last

  bool is_table() const noexcept { return column.empty(); }
  friend bool operator==(const Keep&, const Keep&) = default;
};

struct Estimate {
  double rows = 0;
  double seconds = 0;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

struct Step {
  std::string id;         ///< "0007.3": the migration's key and an ordinal from 1
  std::string migration;  ///< MigrationId::key
  std::string operation;  ///< "set_not_null": its page in docs/operations
  core::Phase phase = core::Phase::kExpand;
  std::string title;  ///< "validate users_phone_nn"
  StepBody body;
  /// Every lock on a relation that exists before the step and is held to its end.
  std::vector<LockClaim> locks;
  bool rewrite = false;  ///< rewrites a table while holding those locks
  bool scan = false;     ///< reads a whole table while holding those locks
  /// Query whose one boolean column is true once the effect is there; empty where the ledger row
  /// alone decides (transaction steps).
  std::string done_when;
  /// Concurrent: removes what a failed try leaves; kDetachPartition: finishes it.
  std::vector<std::string> cleanup;
  Undo undo;
  bool irreversible = false;  ///< undo gives nothing, and something is lost by it
  std::optional<Direct> direct;
  std::optional<Keep> keeps;
  /// Where it keeps something: what brings that back, in order. Its parts have no ids of their own.
  std::vector<Step> restore;
  std::vector<Touch> touches;
  std::string note;  ///< "is contract because 0007.4 drops users.phone"; may be empty
  Estimate estimate;

  friend bool operator==(const Step&, const Step&) = default;
};

std::string_view kind_name(const StepBody& body) noexcept;  ///< "transaction", "concurrent", ...
std::string_view to_string(UndoGives gives) noexcept;       ///< "exact", "loses-new-data", ...
std::string_view to_string(Touch::How how) noexcept;        ///< "needs", "changes", "creates", ...
std::string_view to_string(
    ConcurrentBody::Kind kind) noexcept;  ///< "create-index", "drop-index", ...

}  // namespace lockstep::plan
