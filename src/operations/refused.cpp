#include "refused.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sequences/steps.h"
#include "support/list.h"

namespace lockstep::operations::refused {

namespace {

struct Refusal {
  std::string_view what;  ///< the beginning of PostgreSQL's name for it
  std::string_view id;
  std::string_view effect;
  std::string_view remedy;
};

// The longest beginning that fits decides.
constexpr Refusal kRefusals[] = {
    {"", "unknown-statement", "Lockstep does not know yet what it locks and changes.",
     "Write it as an `sql` operation with declared locks in a YAML migration, or run it outside of "
     "Lockstep."},
    // The session and its transactions
    {"transaction ", "transaction-control",
     "Lockstep runs the transactions: each step has one, with its ledger row.", "Remove it."},
    {"session ", "session-control",
     "The session belongs to Lockstep: search_path, role and timeouts decide which tenant a step "
     "runs in.",
     "Remove it; functions can carry settings of their own (SET in CREATE FUNCTION)."},
    {"SET CONSTRAINTS", "transaction-control",
     "It ends with its transaction, which holds nothing else.", "Remove it."},
    {"LOCK TABLE", "transaction-control", "It ends with its transaction, which holds nothing else.",
     "Remove it; every step takes the locks it needs."},
    {"PREPARE", "session-control", "A prepared statement lives in one session only.", "Remove it."},
    {"EXECUTE", "session-control", "A prepared statement lives in one session only.",
     "Write the statement itself."},
    {"DEALLOCATE", "session-control", "A prepared statement lives in one session only.",
     "Remove it."},
    {"LISTEN", "session-control", "It lives in one session only.", "Remove it."},
    {"UNLISTEN", "session-control", "It lives in one session only.", "Remove it."},
    {"DECLARE CURSOR", "session-control", "A cursor lives in one session only.", "Remove it."},
    {"FETCH", "session-control", "A cursor lives in one session only.", "Remove it."},
    {"CLOSE", "session-control", "A cursor lives in one session only.", "Remove it."},
    // Names
    {"RENAME TABLE", "rename",
     "The deployed application fails on the old name in the same instant.",
     "Create the table under the new name beside the old one and move over, or keep the name."},
    {"RENAME COLUMN", "rename",
     "The deployed application fails on the old name in the same instant.",
     "Add a column of the new name, fill it, deploy, and drop the old one in a later migration."},
    {"RENAME INDEX", "rename",
     "Each tenant's index would have another name than its definition says.",
     "Create the index under the new name, then drop the old one."},
    {"RENAME CONSTRAINT", "rename",
     "INSERT ... ON CONFLICT ON CONSTRAINT of the deployed application fails.",
     "Add the constraint under the new name, then drop the old one."},
    {"RENAME", "rename", "Whoever uses the old name fails in the same instant.",
     "Create it under the new name, move over in a deploy, and drop the old one later."},
    {"ALTER ENUM RENAME VALUE", "rename",
     "The deployed application fails on the old value in the same instant.",
     "Add the new value, update the rows, and stop using the old one."},
    // Rewrites and long scans under a lock that blocks everybody
    {"TRUNCATE", "truncate", "Deletes all rows at once, under a lock that blocks every reader.",
     "Write DELETE FROM ...; it runs in batches."},
    {"CLUSTER", "table-rewrite-command", "Rewrites the table while nobody can read or write it.",
     "Use pg_repack, outside of migrations."},
    {"VACUUM", "maintenance", "It cannot run in a transaction and is no change of the structure.",
     "Leave it to autovacuum; a backfill ends with ANALYZE."},
    {"ANALYZE", "maintenance", "It is no change of the structure.",
     "Leave it to autovacuum; a backfill ends with it."},
    {"REINDEX", "reindex", "Nobody can plan a query on the table while its index is built again.",
     "Run REINDEX ... CONCURRENTLY outside of migrations, or create a new index and drop the old "
     "one."},
    {"CHECKPOINT", "maintenance", "It is no change of the structure.", "Remove it."},
    {"REFRESH MATERIALIZED VIEW", "refresh",
     "It reads the view's query anew while nobody can read the view.",
     "Refresh it from a job, CONCURRENTLY, outside of migrations."},
    {"CREATE TABLE AS", "copy-of-data", "It copies data in one transaction, however much there is.",
     "Write CREATE TABLE with its columns; fill it by INSERT ... VALUES or from the application."},
    {"SELECT INTO", "copy-of-data", "It copies data in one transaction, however much there is.",
     "Write CREATE TABLE with its columns."},
    {"COPY", "copy-of-data", "It needs a stream that a migration does not have.",
     "Write INSERT ... VALUES."},
    {"MERGE", "merge", "It joins rows of two tables in one transaction, however many there are.",
     "Write UPDATE, INSERT ... VALUES or DELETE statements."},
    // Constraints
    {"ADD EXCLUDE", "add-exclusion-constraint",
     "Builds the index while nobody can read or write the table; PostgreSQL has no staged form.",
     "Write the constraint in the migration that creates the table."},
    {"ADD NOT NULL CONSTRAINT", "unknown-statement", "NOT NULL is a property of the column here.",
     "Write ALTER TABLE ... ALTER COLUMN ... SET NOT NULL; it is staged."},
    {"ALTER TABLE ... ALTER CONSTRAINT", "alter-constraint",
     "It changes when a foreign key is checked for everybody.",
     "Add a foreign key with the new properties, then drop the old one."},
    // Partitions and inheritance
    {"ALTER TABLE ... DETACH PARTITION FINALIZE", "partitions",
     "It ends a DETACH that was interrupted, which Lockstep does by itself for its own.",
     "Run it outside of migrations."},
    {"TEMPORARY", "temporary-object", "It is gone when the step's connection is.",
     "Create one that stays."},
    // Table properties
    {"ALTER TABLE ... ENABLE ROW LEVEL SECURITY", "row-security",
     "From that instant on all rows are hidden from everybody but the owner, unless a policy shows "
     "them.",
     "Run policies and ENABLE together as one `sql` operation with declared locks."},
    {"CREATE POLICY", "row-security", "It changes which rows the deployed application sees.",
     "Write it as an `sql` operation with declared locks (AccessExclusiveLock on the table)."},
    {"DROP POLICY", "row-security", "It changes which rows the deployed application sees.",
     "Write it as an `sql` operation with declared locks (AccessExclusiveLock on the table)."},
    {"ALTER POLICY", "row-security", "It changes which rows the deployed application sees.",
     "Write it as an `sql` operation with declared locks (AccessExclusiveLock on the table)."},
    {"ALTER TABLE ... SET LOGGED", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.", "Decide when the table is created."},
    {"ALTER TABLE ... SET UNLOGGED", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.", "Decide when the table is created."},
    {"ALTER TABLE ... SET TABLESPACE", "table-rewrite-command",
     "Copies the table while nobody can read or write it.",
     "Use pg_repack, outside of migrations."},
    {"ALTER TABLE ... SET ACCESS METHOD", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.", "Decide when the table is created."},
    // What belongs to the database or the cluster
    {"CREATE EXTENSION", "database-object",
     "An extension belongs to the database, not to a tenant.",
     "Let whoever owns the database install it before the migrations run."},
    {"ALTER EXTENSION", "database-object", "An extension belongs to the database, not to a tenant.",
     "Let whoever owns the database change it."},
    {"DROP EXTENSION", "database-object", "An extension belongs to the database, not to a tenant.",
     "Let whoever owns the database remove it."},
    {"CREATE SCHEMA", "database-object", "The tenants' schemas are the application's to create.",
     "Create it where tenants are made; the next `lockstep apply` brings it to the head version."},
    {"DROP SCHEMA", "database-object", "It drops all of a tenant at once.",
     "Drop a tenant where tenants are made."},
    {"CREATE ROLE", "database-object", "Roles belong to the whole cluster.",
     "Create it outside of migrations."},
    {"ALTER ROLE", "database-object", "Roles belong to the whole cluster.",
     "Change it outside of migrations."},
    {"DROP ROLE", "database-object", "Roles belong to the whole cluster.",
     "Drop it outside of migrations."},
    {"CREATE DATABASE", "database-object", "It is about the cluster.",
     "Run it outside of migrations."},
    {"DROP DATABASE", "database-object", "It is about the cluster.",
     "Run it outside of migrations."},
    {"ALTER DATABASE", "database-object", "It changes every session of the database.",
     "Run it outside of migrations."},
    {"ALTER SYSTEM", "database-object", "It changes the server.", "Run it outside of migrations."},
    {"DROP OWNED", "drop-cascade", "It drops whatever a role owns, in each database what that has.",
     "Drop each object by its name."},
    {"ALTER DEFAULT PRIVILEGES", "database-object",
     "It decides about objects that others create later.",
     "Write GRANT for each object, or run it outside of migrations."},
};

const Refusal& refusal_of(std::string_view what) {
  const Refusal* best = &kRefusals[0];
  for (const Refusal& refusal : kRefusals) {
    if (what.substr(0, refusal.what.size()) == refusal.what &&
        refusal.what.size() > best->what.size()) {
      best = &refusal;
    }
  }
  return *best;
}

class Refused final : public Operation {
 public:
  Refused(std::string what, Origin origin) : Operation(std::move(origin)), what_(std::move(what)) {}

  std::string_view name() const noexcept override { return "refused"; }
  void request(catalog::CatalogRequest&) const override {}

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Refusal& refusal = refusal_of(what_);
    judge.refuse(std::string(refusal.id), fmt::format("{}: {}", what_, refusal.effect),
                 std::string(refusal.remedy));
    return judge.take();
  }

  std::vector<plan::Step> plan(const Context&) const override { return {}; }
  /// What it would have left is not known; that is no reason for more complaints.
  void apply(catalog::Catalog& catalog, core::Phase) const override {
    catalog.after_opaque_code = true;
  }
  std::string describe() const override { return "refused " + what_; }

 private:
  std::string what_;
};

}  // namespace

std::vector<OperationPtr> statement(std::string_view what, const Origin& origin) {
  return one(std::make_unique<Refused>(std::string(what), origin));
}

}  // namespace lockstep::operations::refused
