#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/migration_key.h"
#include "lockstep/core/phase.h"
#include "lockstep/database/session.h"
#include "lockstep/plan/step.h"

// The bookkeeping of one database, stored in that database (docs/ledger.md). Everything that must
// be true together with a piece of work is SQL text that the executor puts into the work's own
// message; everything else is a method with a session.

namespace lockstep::database {

using RunId = std::int64_t;
using TenantId = std::int32_t;

/// The name under which the shared scope (a migration with scope = shared) has its row.
inline constexpr std::string_view kSharedTenant = "";

/// SQLSTATE that ledger writes raise when the row is not as the writer believed: somebody else
/// wrote it. The whole message is rolled back; read the tenant again.
inline constexpr std::string_view kLedgerConflict = "LS001";

/// SQLSTATE of a write by which something of a migration would stand in a tenant with another text
/// than the recorded one: two runners with different files. Trying again is of no use.
inline constexpr std::string_view kOtherText = "LS002";

/// One migration in one tenant. A migration that was never started there has no row.
enum class MigrationState {
  kRunning,   ///< expand steps are left
  kExpanded,  ///< only contract steps are left
  kDone,
  kBaseline,  ///< declared applied by `baseline`; no steps
};
std::string_view to_string(
    MigrationState state) noexcept;  ///< "running", "expanded", "done", "baseline"

/// A step that nobody has begun has no row.
enum class StepState { kRunning, kDone, kFailed, kBlocked };
std::string_view to_string(StepState state) noexcept;  ///< "running", "done", "failed", "blocked"

enum class Via { kStaged, kDirect };
std::string_view to_string(Via via) noexcept;  ///< "staged", "direct"

/// Who starts a run. Database user, server time and process are added by the server.
struct RunInfo {
  std::string host;
  std::string os_user;
  std::string version;  ///< Lockstep's
  std::string plan_id;  ///< empty where there is no plan
  std::string command;  ///< "apply"
  std::string phase;    ///< "expand", "contract", "all" or empty
};

/// A migration file as it was when it was first applied, or last repaired.
struct RecordedMigration {
  std::string key;  ///< MigrationId::key
  std::string name;
  core::Scope scope = core::Scope::kTenant;
  std::string checksum;
  std::string source;    ///< the file's text; empty where it was not asked for
  bool applied = false;  ///< some tenant has a row of it; read only
  bool begun = false;    ///< in one of them TenantMigration::begun; read only
  bool repeatable() const noexcept { return core::is_repeatable(key); }
};

struct TenantMigration {
  std::string migration;
  MigrationState state = MigrationState::kRunning;
  std::string checksum;   ///< of the file as applied in this tenant
  std::string step_list;  ///< content hash; empty for a baseline
  /// Something of it stands there: a step that changes something is done, a backfill has changed
  /// rows, or an index build left something to adopt or to clear away. False: its steps are stored,
  /// and not more; they may be replaced.
  bool begun = true;

  /// Nothing is left to do.
  bool over() const noexcept;
  /// Its steps are stored, and not more: as good as no row at all. The one meaning of it.
  bool only_stored() const noexcept { return !begun && !over(); }
  friend bool operator==(const TenantMigration&, const TenantMigration&) = default;
};

struct LedgerTenant {
  TenantId id = 0;  ///< 0: the ledger has never seen it
  std::string name;
  std::int64_t schema_oid = 0;
  friend bool operator==(const LedgerTenant&, const LedgerTenant&) = default;
};

/// Tenants whose migrations are in equal states: 10,000 equal tenants are one profile.
struct Profile {
  std::vector<TenantMigration> migrations;  ///< in order of their keys' text
  std::vector<LedgerTenant> tenants;        ///< in the order asked for
};

struct Profiles {
  std::vector<Profile> profiles;
  std::vector<std::string> missing;  ///< asked for, but no such schema exists
};

/// How many steps of a migration are not done, all tenants that were asked for together.
struct StepsLeft {
  std::string migration;
  std::int64_t expand = 0;
  std::int64_t contract = 0;
};

struct StepRecord {
  std::string step;  ///< "0007.3"
  std::string migration;
  StepState state = StepState::kRunning;
  int attempt = 0;  ///< grows by one with every write; compare-and-set is on it and the state
  Via via = Via::kStaged;
  std::string finished = {};  ///< server time, as it prints it; only where it is to be taken back
};

/// What a tenant has of one migration, for taking it back.
struct StandingMigration {
  std::string migration;
  MigrationState state = MigrationState::kRunning;
  std::string step_list;  ///< content hash; empty for a baseline
  /// Of every step that was begun, also where the migration is over.
  std::vector<StepRecord> steps;
  /// What was kept of what steps replaced (Undo::former), by step.
  std::map<std::string, std::vector<std::string>> former;
};

/// A failed, blocked or running step, for `status`.
struct OpenStep {
  std::string tenant;
  std::int64_t schema_oid = 0;
  std::string step;
  std::string migration;
  StepState state = StepState::kRunning;
  std::string sqlstate;
  std::string message;
  std::string hint;
  std::string since;  ///< server time, ISO 8601
  std::int64_t rows = 0;
};

/// What a tenant's structure was when Lockstep last left it.
struct RecordedStructure {
  TenantId tenant = 0;
  std::string fingerprint;
  std::string basis;  ///< what the fingerprint was made from besides the structure
  std::string mark;   ///< Ledger::progress_marks, when the fingerprint was taken
  std::string at;     ///< server time, ISO 8601; set by the server
};

/// Rows behind a backfill's cursor that are changed in several strides, each row in the one that
/// the hash of its key falls to (RULES.md 19). It stays as it opened until all of them are done.
struct Chunk {
  std::vector<std::string> end;  ///< its last key, or the first block behind it
  int strides = 1;
  int stride = 0;               ///< in work; those before it are done
  std::vector<std::string> at;  ///< last key done of that stride, or first block not done; or empty
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

/// How far a backfill is. Key values are text, as the server prints them.
struct Checkpoint {
  std::int64_t version = 0;         ///< 0: none stored yet
  std::vector<std::string> cursor;  ///< last key done; empty before the first batch of a pass
  std::vector<std::string> bound;   ///< last key there is to do; empty for none
  std::int64_t relfilenode = 0;     ///< of the table, where the cursor is a ctid
  int pass = 0;           ///< 0 the main pass, then sweeps of what the application wrote meanwhile
  std::int64_t rows = 0;  ///< changed so far
  std::optional<Chunk> chunk;  ///< begun, and not done
};

/// What a concurrent step is about to do, committed before it does.
struct Intent {
  std::int64_t index_oid = 0;  ///< of the index to drop, or of a leftover; 0 where there is none
  std::int64_t relfilenode = 0;
  std::string definition;  ///< hash of the statement that the index belongs to
  int backend_pid = 0;     ///< set by the server
  std::string backend_start;
};

struct Failure {
  std::string sqlstate;
  std::string message;
  std::string hint;
  std::string statement;
};

/// The start of a migration in a tenant: its complete steps, stored before the first of them runs.
struct MigrationStart {
  std::string migration;
  std::string checksum;
  std::string step_list;
  int expand_steps = 0;
  int contract_steps = 0;
  /// The tenant has a row of it of which nothing stands there (TenantMigration::begun): it goes.
  bool replaces = false;
};

/// A write on one step: `attempt` is the one last read (0: no row).
struct StepWrite {
  std::string step;
  std::string migration;
  int ordinal = 0;  ///< position in its migration's list, from 1
  core::Phase phase = core::Phase::kExpand;
  std::string kind;  ///< plan::kind_name
  int attempt = 0;
  /// When a step had finished that is taken back in more than one transaction: its row does not say
  /// so any more.
  std::string finished = {};
};

/// Somebody wants runs to stop between steps and batches.
struct Pause {
  std::string since;  ///< server time, ISO 8601
  std::string host;
  std::string os_user;
  std::string reason;  ///< may be empty
};
/// "paused by deploy@ci7 since 2026-11-22T10:00:00.000Z: the shop is slow".
std::string to_string(const Pause& pause);

/// What a step has kept instead of dropping it (plan::Keep).
struct KeptObject {
  LedgerTenant tenant;
  bool tenant_exists = true;  ///< its schema is there; always so of the shared scope
  std::string step;
  std::string migration;
  core::QualifiedName table;    ///< as it was when it was dropped; in_tenant() as in plans
  std::string column;           ///< empty: the table itself
  core::QualifiedName kept_as;  ///< where it is now, with the tenant's schema by its name
  std::string column_as;
  bool found = true;  ///< it is there; otherwise somebody else has removed it
  int restored = 0;   ///< parts of bringing it back that are done
  std::string since;  ///< server time, ISO 8601
  std::string until;
  bool over = false;  ///< its grace is
};

struct HistoryEntry {
  std::string tenant;
  std::string migration;
  std::string name;  ///< the migration's
  std::string step;
  std::string phase;
  std::string kind;
  /// A StepState, or "baseline", "superseded", "repaired", "undone", "undo-failed", "rolled-back",
  /// "restored", "purged", "purge-failed"
  std::string state;
  std::string via;
  int attempt = 0;
  std::int64_t rows = 0;
  std::string started;  ///< server time, ISO 8601; may be empty
  std::string finished;
  std::string sqlstate;
  std::string message;
  RunId run = 0;
  std::string host;
  std::string os_user;
  std::string database_user;
  std::string version;
  std::string plan_id;
  std::string command;
};

/// Stateless and thread-safe, as long as each thread has its own session. Throws DatabaseError.
class Ledger {
 public:
  virtual ~Ledger() = default;

  virtual const std::string& schema() const noexcept = 0;

  // ---- its own life

  /// Whether it is there. Changes nothing. Throws core::Refused if a newer Lockstep wrote it.
  virtual bool present(Session& session) = 0;
  /// Creates it, or upgrades it, in one transaction; several runners may do so at once. Where the
  /// database was restored elsewhere, tenants are found again by name. Throws core::Refused if a
  /// newer Lockstep wrote it.
  virtual void prepare(Session& session) = 0;

  // ---- runs

  virtual RunId begin_run(Session& session, const RunInfo& info) = 0;
  virtual void end_run(Session& session, RunId run, const std::string& outcome) = 0;
  /// Returns once all that was committed before, by whoever, survives a crash of the server. Steps
  /// commit without waiting for the disk; end_run() waits for those before it. Who only reads that
  /// another run's steps are done says so after this.
  virtual void wait_for_disk(Session& session) = 0;

  // ---- pauses, of all runs in this database

  /// Nothing: nobody has paused it, or the ledger is older than pauses are.
  virtual std::optional<Pause> paused(Session& session) = 0;
  /// The pause that holds now: the one before, where somebody was faster.
  virtual Pause pause(Session& session, const RunInfo& who, const std::string& reason) = 0;
  /// What is over now. Nothing: there was none.
  virtual std::optional<Pause> resume(Session& session) = 0;

  // ---- reading

  /// Where everybody stands, as it was at one moment.
  struct Overview {
    std::vector<RecordedMigration> migrations;  ///< without sources
    Profiles profiles;
    bool open_steps = false;  ///< false: open_steps() gives none
    /// Some run goes on or was killed: what it did last may not be on the disk.
    bool unended_run = false;
  };
  /// What present(), migrations() and profiles() tell, in one message. Nothing where there is no
  /// ledger. Throws core::Refused if a newer Lockstep wrote it.
  virtual std::optional<Overview> overview(Session& session,
                                           const std::vector<std::string>& tenants) = 0;
  /// Without sources, unless asked for.
  virtual std::vector<RecordedMigration> migrations(Session& session, bool with_source = false) = 0;
  /// Where these tenants stand, in one query for all of them. kSharedTenant asks for the shared
  /// scope.
  virtual Profiles profiles(Session& session, const std::vector<std::string>& tenants) = 0;
  /// Stored lists by content hash; unknown hashes are left out.
  virtual std::map<std::string, std::vector<plan::Step>> step_lists(
      Session& session, const std::vector<std::string>& hashes) = 0;
  /// The records of all steps of one tenant's migrations, but of those that are done.
  struct TenantState {
    std::vector<StepRecord> steps;
  };
  virtual TenantState tenant_state(Session& session, TenantId tenant) = 0;
  /// The done steps of these tenants' unfinished migrations, in one query for all of them.
  virtual std::map<TenantId, std::set<std::string>> done_steps(
      Session& session, const std::vector<TenantId>& tenants) = 0;
  /// Every migration that the tenant has begun, the one that was begun last first.
  virtual std::vector<StandingMigration> standing(Session& session, TenantId tenant) = 0;
  /// Repeatables that tenants have begun since they began one of these migrations.
  virtual std::map<TenantId, std::set<std::string>> later_repeatables(
      Session& session, const std::map<TenantId, std::set<std::string>>& migrations) = 0;
  /// Migrations that were taken back in these tenants and not begun again: something that did not
  /// come back may still stand there.
  virtual std::map<TenantId, std::set<std::string>> taken_back(
      Session& session, const std::vector<TenantId>& tenants) = 0;
  /// Of these tenants' unfinished migrations, in one query for all of them.
  virtual std::vector<StepsLeft> steps_left(Session& session,
                                            const std::vector<TenantId>& tenants) = 0;
  virtual Checkpoint checkpoint(Session& session, TenantId tenant, const std::string& step) = 0;
  virtual std::optional<Intent> intent(Session& session, TenantId tenant,
                                       const std::string& step) = 0;
  /// Which of these names tenants had at some time, whether their schemas still exist or not.
  virtual std::set<std::string> known_names(Session& session,
                                            const std::vector<std::string>& names) = 0;
  /// One mark for each of these tenants, which differs as soon as any step of it, or of the shared
  /// scope, is begun, tried or done.
  virtual std::map<TenantId, std::string> progress_marks(Session& session,
                                                         const std::vector<TenantId>& tenants) = 0;
  /// Of these tenants, those that were recorded and whose mark is still the same.
  virtual std::vector<RecordedStructure> structures(Session& session,
                                                    const std::vector<TenantId>& tenants) = 0;
  /// Every step that is failed, blocked or running, of all tenants whose schema exists.
  virtual std::vector<OpenStep> open_steps(Session& session) = 0;
  /// Everything that is kept, or by one tenant, the youngest of each first; also of tenants that
  /// are gone.
  virtual std::vector<KeptObject> kept(Session& session, std::optional<TenantId> tenant) = 0;
  /// Newest first, at most `limit` entries; of tenants by these names, or of all.
  virtual std::vector<HistoryEntry> history(Session& session,
                                            const std::optional<std::vector<std::string>>& tenants,
                                            std::size_t limit) = 0;

  // ---- before a rollout; each is one transaction of its own

  /// Records files on first sight. A repeatable's new text replaces the old, and so does that of
  /// one that no tenant has begun (TenantMigration::begun). Others keep what is recorded.
  virtual void register_migrations(Session& session,
                                   const std::vector<RecordedMigration>& migrations) = 0;
  /// Accepts these files as they are now: replaces checksum and source, also where tenants have
  /// begun them. Those that have not are to begin with the new text. For `repair`.
  virtual void replace_checksums(Session& session, RunId run,
                                 const std::vector<RecordedMigration>& migrations) = 0;
  /// Forgets migrations whose file is gone, in all tenants. For `repair`.
  virtual void forget_migrations(Session& session, RunId run,
                                 const std::vector<std::string>& keys) = 0;
  /// Gives ids to existing schemas (kSharedTenant to the shared scope); others are left out.
  virtual std::map<std::string, LedgerTenant> register_tenants(
      Session& session, const std::vector<std::string>& tenants) = 0;
  /// Stores a list and gives its content hash.
  virtual std::string store_step_list(Session& session, const std::vector<plan::Step>& steps) = 0;
  /// Makes sure that there is a schema for kept tables.
  virtual void prepare_grace(Session& session) = 0;
  /// Declares these migrations applied in these tenants, where they have no row yet, or one of
  /// which nothing stands there (TenantMigration::begun). Gives the number of rows.
  virtual std::size_t baseline(Session& session, RunId run, const std::vector<TenantId>& tenants,
                               const std::vector<RecordedMigration>& migrations) = 0;
  /// Replaces what was recorded of these tenants, where their mark is still the given one.
  virtual void record_structures(Session& session,
                                 const std::vector<RecordedStructure>& structures) = 0;
  /// Forgets what was recorded of these tenants: their structure is accepted as it is.
  virtual void forget_structures(Session& session, const std::vector<TenantId>& tenants) = 0;

  // ---- writes that belong into the message of the work itself. Each is one SQL statement without
  // ---- its semicolon, and raises kLedgerConflict unless it changes exactly the rows it names.
  // From
  // ---- the first one by which something of a migration stands there, to the end of its
  // transaction
  // ---- the recorded text stays as it is; kOtherText where the tenant has another.

  /// Starts migrations that the tenant has not begun (a repeatable: or has done with another
  /// checksum); two statements where one of them replaces. Raises kOtherText where one is recorded
  /// with another checksum than this. Records of their failed steps are dropped, so all of their
  /// steps stand at attempt 0 afterwards.
  virtual std::string start_sql(const Session& session, TenantId tenant, RunId run,
                                const std::vector<MigrationStart>& migrations) const = 0;
  /// A step begins that takes more than one transaction.
  virtual std::string running_sql(const Session& session, TenantId tenant, RunId run,
                                  const StepWrite& step) const = 0;
  /// Steps are done. `rows` is an SQL expression of type bigint, "0" where none were changed.
  virtual std::string done_sql(const Session& session, TenantId tenant, RunId run, Via via,
                               const std::vector<StepWrite>& steps,
                               const std::string& rows = "0") const = 0;
  /// A step failed, or is blocked (kFailed, kBlocked); also logged for history.
  virtual std::string failed_sql(const Session& session, TenantId tenant, RunId run,
                                 const StepWrite& step, StepState state,
                                 const Failure& failure) const = 0;
  /// Keeps what these queries give of what the step is about to replace (Undo::former). After the
  /// statement that says that the step is done, in its message.
  virtual std::string keep_former_sql(const Session& session, TenantId tenant,
                                      const std::string& step,
                                      const std::vector<std::string>& queries) const = 0;
  /// The step keeps something (Step::keeps). After the statement that says that the step is done.
  virtual std::string keep_sql(const Session& session, TenantId tenant, RunId run,
                               const StepWrite& step, const plan::Keep& keep) const = 0;
  /// Bringing back what the step keeps has come to part `part`, counted from 1, which takes more
  /// than one transaction.
  virtual std::string restoring_sql(const Session& session, TenantId tenant,
                                    const std::string& step, int part) const = 0;
  /// That part is done. With the last one the step, and those that belong to it, are as good as
  /// never begun.
  virtual std::string restored_sql(const Session& session, TenantId tenant, RunId run,
                                   const std::string& step, int part, bool last) const = 0;
  /// What the step kept is gone for good.
  virtual std::string purged_sql(const Session& session, TenantId tenant, RunId run,
                                 const std::string& step) const = 0;
  /// That failed; logged for history, and nothing else.
  virtual std::string purge_failed_sql(const Session& session, TenantId tenant, RunId run,
                                       const StepWrite& step, const Failure& failure) const = 0;
  /// Steps that are done, or were tried, are as good as never begun: their records go, to history,
  /// and with a migration's last one that migration. Without steps: migrations of which no step is
  /// recorded any more.
  virtual std::string undone_sql(const Session& session, TenantId tenant, RunId run,
                                 const std::vector<StepWrite>& steps,
                                 const std::vector<std::string>& migrations) const = 0;
  /// Taking a step back begins that takes more than one transaction: it is no longer done.
  virtual std::string undoing_sql(const Session& session, TenantId tenant, RunId run,
                                  const StepWrite& step) const = 0;
  /// Taking a step back failed; logged for history, and nothing else.
  virtual std::string undo_failed_sql(const Session& session, TenantId tenant, RunId run,
                                      const StepWrite& step, const Failure& failure) const = 0;
  /// Stores a backfill's position as `checkpoint` says, if its version is still the stored one,
  /// which then grows by one. `rows` is an SQL expression of type bigint, instead of its own.
  virtual std::string checkpoint_sql(const Session& session, TenantId tenant,
                                     const std::string& step, const Checkpoint& checkpoint,
                                     const std::string& rows) const = 0;
  /// Stores what a concurrent step is about to do; replaces an earlier intent of the same step.
  virtual std::string intent_sql(const Session& session, TenantId tenant, const std::string& step,
                                 const Intent& intent) const = 0;
};

}  // namespace lockstep::database
