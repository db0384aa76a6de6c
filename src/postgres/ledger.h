#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/database/error.h"
#include "lockstep/database/ledger.h"

namespace lockstep::postgres {

/// Whether the row of @ledger@.meta names the database that we are in. After a dump was restored,
/// or a cluster upgraded, it names another one, and the oids of schemas are not what they were.
inline constexpr std::string_view kSameDatabase =
    "database_oid = (select oid from pg_database where datname = current_database())"
    " and system_identifier = (select system_identifier::text from pg_control_system())";

/// TenantMigration::begun as SQL, true or false, of one that is not finished: `row` is the name of
/// a row of @ledger@.tenant_migration.
std::string stands_sql(std::string_view row);
/// The same of any.
std::string begun_sql(std::string_view row);

/// A server's time as SQL text, ISO 8601; empty for NULL.
std::string iso(const std::string& column);
/// Rows of `id` and `schema_oid`: every tenant with the oid that its schema has here (NULL: it is
/// gone). Where the ledger belongs to another database, its oids may be other schemas' by now:
/// tenants are found by name, of several the youngest, as `prepare` will find them before anything
/// is written.
std::string tenants_here();

class PgLedger final : public database::Ledger {
 public:
  explicit PgLedger(std::string schema) : schema_(std::move(schema)) {}

  const std::string& schema() const noexcept override { return schema_; }

  bool present(database::Session& session) override;
  void prepare(database::Session& session) override;

  database::RunId begin_run(database::Session& session, const database::RunInfo& info) override;
  void end_run(database::Session& session, database::RunId run,
               const std::string& outcome) override;
  void wait_for_disk(database::Session& session) override;

  std::optional<database::Pause> paused(database::Session& session) override;
  database::Pause pause(database::Session& session, const database::RunInfo& who,
                        const std::string& reason) override;
  std::optional<database::Pause> resume(database::Session& session) override;

  std::optional<Overview> overview(database::Session& session,
                                   const std::vector<std::string>& tenants) override;
  std::vector<database::RecordedMigration> migrations(database::Session& session,
                                                      bool with_source) override;
  database::Profiles profiles(database::Session& session,
                              const std::vector<std::string>& tenants) override;
  std::map<std::string, std::vector<plan::Step>> step_lists(
      database::Session& session, const std::vector<std::string>& hashes) override;
  TenantState tenant_state(database::Session& session, database::TenantId tenant) override;
  std::map<database::TenantId, std::set<std::string>> done_steps(
      database::Session& session, const std::vector<database::TenantId>& tenants) override;
  std::vector<database::StandingMigration> standing(database::Session& session,
                                                    database::TenantId tenant) override;
  std::map<database::TenantId, std::set<std::string>> taken_back(
      database::Session& session, const std::vector<database::TenantId>& tenants) override;
  std::map<database::TenantId, std::set<std::string>> later_repeatables(
      database::Session& session,
      const std::map<database::TenantId, std::set<std::string>>& migrations) override;
  std::vector<database::StepsLeft> steps_left(
      database::Session& session, const std::vector<database::TenantId>& tenants) override;
  database::Checkpoint checkpoint(database::Session& session, database::TenantId tenant,
                                  const std::string& step) override;
  std::optional<database::Intent> intent(database::Session& session, database::TenantId tenant,
                                         const std::string& step) override;
  std::set<std::string> known_names(database::Session& session,
                                    const std::vector<std::string>& names) override;
  std::map<database::TenantId, std::string> progress_marks(
      database::Session& session, const std::vector<database::TenantId>& tenants) override;
  std::vector<database::RecordedStructure> structures(
      database::Session& session, const std::vector<database::TenantId>& tenants) override;
  void record_structures(database::Session& session,
                         const std::vector<database::RecordedStructure>& structures) override;
  void forget_structures(database::Session& session,
                         const std::vector<database::TenantId>& tenants) override;
  std::vector<database::OpenStep> open_steps(database::Session& session) override;
  std::vector<database::HistoryEntry> history(
      database::Session& session, const std::optional<std::vector<std::string>>& tenants,
      std::size_t limit) override;

  void register_migrations(database::Session& session,
                           const std::vector<database::RecordedMigration>& migrations) override;
  void replace_checksums(database::Session& session, database::RunId run,
                         const std::vector<database::RecordedMigration>& migrations) override;
  void forget_migrations(database::Session& session, database::RunId run,
                         const std::vector<std::string>& keys) override;
  std::map<std::string, database::LedgerTenant> register_tenants(
      database::Session& session, const std::vector<std::string>& tenants) override;
  std::string store_step_list(database::Session& session,
                              const std::vector<plan::Step>& steps) override;
  std::size_t baseline(database::Session& session, database::RunId run,
                       const std::vector<database::TenantId>& tenants,
                       const std::vector<database::RecordedMigration>& migrations) override;

  std::string start_sql(const database::Session& session, database::TenantId tenant,
                        database::RunId run,
                        const std::vector<database::MigrationStart>& migrations) const override;
  std::string running_sql(const database::Session& session, database::TenantId tenant,
                          database::RunId run, const database::StepWrite& step) const override;
  std::string done_sql(const database::Session& session, database::TenantId tenant,
                       database::RunId run, database::Via via,
                       const std::vector<database::StepWrite>& steps,
                       const std::string& rows) const override;
  std::string failed_sql(const database::Session& session, database::TenantId tenant,
                         database::RunId run, const database::StepWrite& step,
                         database::StepState state,
                         const database::Failure& failure) const override;
  std::string keep_former_sql(const database::Session& session, database::TenantId tenant,
                              const std::string& step,
                              const std::vector<std::string>& queries) const override;
  void prepare_grace(database::Session& session) override;
  std::vector<database::KeptObject> kept(database::Session& session,
                                         std::optional<database::TenantId> tenant) override;
  std::string keep_sql(const database::Session& session, database::TenantId tenant,
                       database::RunId run, const database::StepWrite& step,
                       const plan::Keep& keep) const override;
  std::string restoring_sql(const database::Session& session, database::TenantId tenant,
                            const std::string& step, int part) const override;
  std::string restored_sql(const database::Session& session, database::TenantId tenant,
                           database::RunId run, const std::string& step, int part,
                           bool last) const override;
  std::string purged_sql(const database::Session& session, database::TenantId tenant,
                         database::RunId run, const std::string& step) const override;
  std::string purge_failed_sql(const database::Session& session, database::TenantId tenant,
                               database::RunId run, const database::StepWrite& step,
                               const database::Failure& failure) const override;
  std::string undone_sql(const database::Session& session, database::TenantId tenant,
                         database::RunId run, const std::vector<database::StepWrite>& steps,
                         const std::vector<std::string>& migrations) const override;
  std::string undoing_sql(const database::Session& session, database::TenantId tenant,
                          database::RunId run, const database::StepWrite& step) const override;
  std::string undo_failed_sql(const database::Session& session, database::TenantId tenant,
                              database::RunId run, const database::StepWrite& step,
                              const database::Failure& failure) const override;
  std::string checkpoint_sql(const database::Session& session, database::TenantId tenant,
                             const std::string& step, const database::Checkpoint& checkpoint,
                             const std::string& rows) const override;
  std::string intent_sql(const database::Session& session, database::TenantId tenant,
                         const std::string& step, const database::Intent& intent) const override;

 private:
  /// What a role without the privilege for it was to do.
  enum class Wanted { kSchema, kTables, kUse, kGrace };
  /// The server's "permission denied", with what was wanted and the statement that permits it.
  database::DatabaseError not_granted(database::Session& session, Wanted wanted,
                                      const database::DatabaseError& error) const;

  /// Of tables that are kept instead of being dropped.
  std::string grace_schema() const { return schema_ + "_grace"; }
  std::string failure_event(const database::Session& session, database::TenantId tenant,
                            database::RunId run, const database::StepWrite& step,
                            std::string_view kind, const database::Failure& failure) const;

  /// The text with @ledger@ replaced by the quoted schema.
  std::string sql(const database::Session& session, std::string text) const;
  void refuse_newer(int version) const;
  int version_in(database::Session& session, bool& same_database) const;

  std::string schema_;
};

}  // namespace lockstep::postgres
