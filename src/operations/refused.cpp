#include "refused.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/list.h"

namespace lockstep::operations::refused {

namespace {

struct Refusal {
  /// The beginning of PostgreSQL's name for it; behind "... ", its end.
  std::string_view what;
  std::string_view id;
  std::string_view effect;
  std::string_view remedy;
};

// An end that fits decides, else the longest beginning. In a remedy {0} is the relation, {1} the
// statement as a YAML text.
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
    {"LOAD", "session-control", "It lives in one session only.",
     "Remove it; the server's shared_preload_libraries or session_preload_libraries load a library "
     "for everybody."},
    {"SHOW", "session-control", "It changes nothing, and nobody reads its answer.", "Remove it."},
    {"NOTIFY", "session-control",
     "Who listens is told when a step commits, again where the step is repeated, and not when the "
     "migration is over.",
     "Remove it; send it when `lockstep apply` has ended."},
    {"EXPLAIN", "session-control",
     "It changes nothing and nobody reads its answer; with ANALYZE it runs a statement that nobody "
     "has judged.",
     "Remove it, or write the statement itself."},
    // Names
    {"RENAME SCHEMA", "rename",
     "Every name with the schema in it, and every search_path, breaks in the same instant, and a "
     "tenant is known by its schema.",
     "Rename a tenant where tenants are made, with the application stopped for it; Lockstep knows "
     "it again by its oid. For a shared schema create a new one, with views of what is in the old "
     "one, and move over in a deploy."},
    {"RENAME ATTRIBUTE", "rename",
     "The deployed application fails on the old name in the same instant, and rows of the type "
     "cannot have both.",
     "Create a type with the new attribute and a column of it, and move over."},
    {"RENAME POLICY", "rename", "Later migrations, and those of other tenants, name it as it was.",
     "Create the policy under the new name, then drop the old one; both can be one migration."},
    {"RENAME", "rename", "Whoever uses the old name fails in the same instant.",
     "Create it under the new name, move over in a deploy, and drop the old one later."},
    // Rewrites and long scans under a lock that blocks everybody
    {"TRUNCATE", "truncate", "Deletes all rows at once, under a lock that blocks every reader.",
     "Write DELETE FROM {0}; it runs in batches."},
    {"CLUSTER", "table-rewrite-command", "Rewrites the table while nobody can read or write it.",
     "Use pg_repack, outside of migrations."},
    {"VACUUM", "maintenance", "It cannot run in a transaction and is no change of the structure.",
     "Leave it to autovacuum; a backfill ends with ANALYZE."},
    {"ANALYZE", "maintenance", "It is no change of the structure.",
     "Leave it to autovacuum; a backfill ends with it."},
    {"REINDEX", "reindex", "It builds every index again that is there by then.",
     "Write REINDEX TABLE for each table that needs it; its indexes are then built again "
     "concurrently."},
    {"CHECKPOINT", "maintenance", "It is no change of the structure.", "Remove it."},
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
    {"ALTER TABLE ... SET EXPRESSION", "table-rewrite-command",
     "Computes a stored generated column anew in every row while nobody can read or write the "
     "table.",
     "Add a column with the new expression, deploy, and drop the old one in a later migration."},
    // Partitions and inheritance
    {"ALTER TABLE ... INHERIT", "inherit",
     "Every query on the parent sees the table's rows from that instant on.",
     "Use a partitioned table, and attach a partition to it."},
    {"ALTER TABLE ... NO INHERIT", "inherit",
     "Every query on the parent misses the table's rows from that instant on.",
     "Move the rows over by INSERT and DELETE statements."},
    {"ALTER TABLE ... OF", "inherit", "It ties the table to a composite type.",
     "Create the table with its columns."},
    {"ALTER TABLE ... NOT OF", "inherit", "It unties the table from its composite type.",
     "Create another table with these columns, and move over."},
    {"ALTER TABLE ... DETACH PARTITION FINALIZE", "partitions",
     "It ends a DETACH that was interrupted, which Lockstep does by itself for its own.",
     "Run it outside of migrations."},
    {"TEMPORARY", "temporary-object", "It is gone when the step's connection is.",
     "Create one that stays."},
    // Table properties
    {"ALTER TABLE ... SET LOGGED", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.",
     "Decide when the table is created. Where it is so small that max_hold is enough, write it in "
     "a "
     "YAML migration: - sql: {{up: {1}, down: ALTER TABLE {0} SET UNLOGGED, locks: {{{0}: "
     "AccessExclusiveLock}}, reason: it is small}}"},
    {"ALTER TABLE ... SET UNLOGGED", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.",
     "Decide when the table is created. Where it is so small that max_hold is enough, write it in "
     "a "
     "YAML migration: - sql: {{up: {1}, down: ALTER TABLE {0} SET LOGGED, locks: {{{0}: "
     "AccessExclusiveLock}}, reason: it is small}}"},
    {"ALTER TABLE ... SET TABLESPACE", "table-rewrite-command",
     "Copies the table while nobody can read or write it.",
     "Use pg_repack, outside of migrations. Where it is so small that max_hold is enough, write it "
     "in a YAML migration: - sql: {{up: {1}, locks: {{{0}: AccessExclusiveLock}}, reason: it is "
     "small}}"},
    {"ALTER TABLE ... SET ACCESS METHOD", "table-rewrite-command",
     "Rewrites the table while nobody can read or write it.", "Decide when the table is created."},
    {"ALTER TABLE ... SET WITHOUT OIDS", "maintenance", "It does nothing on a supported server.",
     "Remove it."},
    {"ALTER TABLE ALL IN TABLESPACE", "table-rewrite-command",
     "Copies every table of the tablespace while nobody can read or write it.",
     "Use pg_repack, outside of migrations."},
    {"ALTER TABLE ... ENABLE RULE", "rule", "It changes what a statement on the table does.",
     "Write a trigger instead of the rule."},
    {"ALTER TABLE ... ENABLE ALWAYS RULE", "rule", "It changes what a statement on the table does.",
     "Write a trigger instead of the rule."},
    {"ALTER TABLE ... ENABLE REPLICA RULE", "rule",
     "It changes what a statement on the table does.", "Write a trigger instead of the rule."},
    {"ALTER TABLE ... DISABLE RULE", "rule", "It changes what a statement on the table does.",
     "Write a trigger instead of the rule."},
    {"CREATE RULE", "rule",
     "It replaces statements on the table by others, in one instant and for whoever sends them.",
     "Write a trigger; on a view, an INSTEAD OF trigger."},
    {"DROP RULE", "rule", "Statements on the table do something else from that instant on.",
     "Run it as an `sql` operation with declared locks (AccessExclusiveLock on the table)."},
    {"... OWNER TO", "owner-change",
     "The former owner loses every right that it had by owning it, and nobody but the new one can "
     "change it later.",
     "Write GRANT for what another role needs; change owners outside of migrations."},
    {"... SET SCHEMA", "set-schema",
     "Whoever looks for it where it was fails in the same instant, and it would no longer be the "
     "tenant's.",
     "Create it in the other schema, move over in a deploy, and drop the old one later."},
    // Types and what is looked up by name
    {"CREATE TYPE", "untracked-object",
     "It is instant and locks nothing, but what depends on the type is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"ALTER TYPE", "alter-type", "Every value of the type has another shape from that instant on.",
     "Create another type, and a column of it, and move over."},
    {"CREATE AGGREGATE", "untracked-object",
     "It is instant and locks nothing, but what depends on it is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"CREATE OPERATOR", "untracked-object",
     "It is instant and locks nothing, but what depends on it is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"CREATE COLLATION", "untracked-object",
     "It is instant and locks nothing, but what depends on it is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"CREATE CONVERSION", "untracked-object",
     "It is instant and locks nothing, but what depends on it is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"CREATE TEXT SEARCH", "untracked-object",
     "It is instant and locks nothing, but what depends on it is not followed.",
     "Run it as an `sql` operation in a YAML migration."},
    {"ALTER SEQUENCE", "alter-object", "It changes how the sequence is stored.",
     "Decide it when the sequence is created."},
    {"ALTER FUNCTION", "alter-object",
     "The deployed application gets the new behaviour at once, and plans of queries with it.",
     "Write CREATE OR REPLACE FUNCTION with the new properties."},
    {"ALTER PROCEDURE", "alter-object", "The deployed application gets the new behaviour at once.",
     "Write CREATE OR REPLACE PROCEDURE with the new properties."},
    {"ALTER ROUTINE", "alter-object", "The deployed application gets the new behaviour at once.",
     "Write CREATE OR REPLACE FUNCTION with the new properties."},
    {"ALTER OPERATOR", "alter-object", "Queries are planned otherwise from that instant on.",
     "Create another one beside it, and move over."},
    {"ALTER COLLATION", "alter-object",
     "It says that indexes on the collation are right, and they may not be.",
     "REINDEX them outside of migrations first, and run it there."},
    {"ALTER TEXT SEARCH", "alter-object",
     "Texts match otherwise from that instant on, while indexes hold what matched before.",
     "Create another configuration beside it, with a column or index of its own, and move over."},
    {"DROP AGGREGATE", "drop-untracked-object", "Queries that call it fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"DROP ROUTINE", "drop-untracked-object", "Queries that call it fail from then on.",
     "Write DROP FUNCTION or DROP PROCEDURE."},
    {"DROP OPERATOR", "drop-untracked-object", "Queries with it fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"DROP COLLATION", "drop-untracked-object", "Queries with it fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"DROP CONVERSION", "drop-untracked-object", "Clients of that encoding fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"DROP TEXT SEARCH", "drop-untracked-object", "Queries with it fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"ALTER STATISTICS", "maintenance", "It says how finely ANALYZE looks at the columns.",
     "Run it outside of migrations, with an ANALYZE behind it."},
    {"ALTER INDEX", "alter-index", "It changes how an index is stored, for what is written anew.",
     "Create another index with these properties, and drop the old one."},
    {"ALTER VIEW", "alter-view", "INSERTs through the view behave otherwise from that instant on.",
     "Set the default of the table's column, which such INSERTs get too; if only the view is to "
     "have it, write it as an `sql` operation with locks: {{{0}: AccessExclusiveLock}}."},
    {"ALTER MATERIALIZED VIEW", "alter-view",
     "It changes how the view is stored, under a lock that may block its readers.",
     "Create another one beside it, move over in a deploy, and drop the old one later."},
    {"SECURITY LABEL", "database-object", "Labels are a module's of the server.",
     "Run it outside of migrations."},
    // Replication and foreign data
    {"CREATE PUBLICATION", "replication", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"ALTER PUBLICATION", "replication",
     "Subscribers stop, or miss rows, where they do not have what is published.",
     "Run it outside of migrations, when the subscribers are ready."},
    {"DROP PUBLICATION", "replication", "Subscribers stop.", "Run it outside of migrations."},
    {"CREATE SUBSCRIPTION", "replication", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"ALTER SUBSCRIPTION", "replication", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP SUBSCRIPTION", "replication", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE FOREIGN DATA WRAPPER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"ALTER FOREIGN DATA WRAPPER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP FOREIGN DATA WRAPPER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE SERVER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"ALTER SERVER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP SERVER", "foreign-data", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE USER MAPPING", "foreign-data", "It holds another server's password.",
     "Run it outside of migrations."},
    {"ALTER USER MAPPING", "foreign-data", "It holds another server's password.",
     "Run it outside of migrations."},
    {"DROP USER MAPPING", "foreign-data", "It belongs to a role of the cluster.",
     "Run it outside of migrations."},
    {"CREATE FOREIGN TABLE", "foreign-data",
     "What it does depends on another server, in another structure.",
     "Run it as an `sql` operation in a YAML migration."},
    {"ALTER FOREIGN TABLE", "foreign-data",
     "What it does depends on another server, in another structure.",
     "Run it as an `sql` operation in a YAML migration."},
    {"ALTER TABLE ... ALTER COLUMN OPTIONS", "foreign-data", "It is about a foreign table.",
     "Run it as an `sql` operation in a YAML migration."},
    {"ALTER TABLE ... OPTIONS", "foreign-data", "It is about a foreign table.",
     "Run it as an `sql` operation in a YAML migration."},
    {"DROP FOREIGN TABLE", "foreign-data", "Queries that name it fail from then on.",
     "Run it as an `sql` operation in a YAML migration, in contract."},
    {"IMPORT FOREIGN SCHEMA", "foreign-data",
     "What it creates depends on what another server has by then.",
     "Run it outside of migrations."},
    // What belongs to the database or the cluster
    {"... DEPENDS ON EXTENSION", "database-object",
     "An extension belongs to the database, not to a tenant.",
     "Let whoever owns the database change it."},
    {"CREATE EVENT TRIGGER", "database-object", "It fires for every schema of the database.",
     "Run it outside of migrations."},
    {"ALTER EVENT TRIGGER", "database-object", "It fires for every schema of the database.",
     "Run it outside of migrations."},
    {"DROP EVENT TRIGGER", "database-object", "It fires for every schema of the database.",
     "Run it outside of migrations."},
    {"CREATE ACCESS METHOD", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP ACCESS METHOD", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE CAST", "database-object",
     "Every query of the database may be read otherwise from that instant on.",
     "Run it outside of migrations."},
    {"DROP CAST", "database-object",
     "Every query of the database may be read otherwise from that instant on.",
     "Run it outside of migrations."},
    {"CREATE TRANSFORM", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP TRANSFORM", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE LANGUAGE", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"ALTER LANGUAGE", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"DROP LANGUAGE", "database-object", "It belongs to the database, not to a tenant.",
     "Run it outside of migrations."},
    {"CREATE TABLESPACE", "database-object", "Tablespaces belong to the whole cluster.",
     "Create it outside of migrations."},
    {"ALTER TABLESPACE", "database-object", "Tablespaces belong to the whole cluster.",
     "Change it outside of migrations."},
    {"DROP TABLESPACE", "database-object", "Tablespaces belong to the whole cluster.",
     "Drop it outside of migrations."},
    {"ALTER LARGE OBJECT", "database-object", "Large objects belong to no schema.",
     "Run it outside of migrations."},
    {"GRANT ROLE", "database-object", "Roles belong to the whole cluster.",
     "Run it outside of migrations."},
    {"REVOKE ROLE", "database-object", "Roles belong to the whole cluster.",
     "Run it outside of migrations."},
    {"REASSIGN OWNED", "database-object",
     "It changes the owner of whatever a role owns, in each database what that has.",
     "Write ALTER ... OWNER TO for each object, outside of migrations."},
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

constexpr std::string_view kEnd = "...";

const Refusal& refusal_of(std::string_view what) {
  const Refusal* best = &kRefusals[0];
  for (const Refusal& refusal : kRefusals) {
    if (refusal.what.starts_with(kEnd)) {
      if (what.ends_with(refusal.what.substr(kEnd.size()))) return refusal;
    } else if (what.substr(0, refusal.what.size()) == refusal.what &&
               refusal.what.size() > best->what.size()) {
      best = &refusal;
    }
  }
  return *best;
}

class Refused final : public Operation {
 public:
  Refused(std::string what, std::vector<catalog::QualifiedName> relations, std::string statement,
          Origin origin)
      : Operation(std::move(origin)),
        what_(std::move(what)),
        relations_(std::move(relations)),
        statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "refused"; }
  void request(catalog::CatalogRequest&) const override {}

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Refusal& refusal = refusal_of(what_);
    const std::string relation =
        relations_.empty() ? std::string("...") : sql::quote(relations_.front());
    judge.refuse(std::string(refusal.id), fmt::format("{}: {}", what_, refusal.effect),
                 fmt::format(fmt::runtime(refusal.remedy), relation, yaml_text(statement_)));
    return judge.take();
  }

  std::vector<plan::Step> plan(const Context&) const override { return {}; }
  /// What it would have left is not known; that is no reason for more complaints.
  void apply(catalog::Catalog& catalog, core::Phase) const override {
    catalog.after_opaque_code = true;
  }
  std::string describe() const override { return "refused " + what_; }

 private:
  static std::string yaml_text(const std::string& text) {
    std::string quoted = "'";
    for (const char letter : text) quoted.append(letter == '\'' ? 2 : 1, letter);
    return quoted + '\'';
  }

  std::string what_;
  std::vector<catalog::QualifiedName> relations_;
  std::string statement_;
};

}  // namespace

std::vector<OperationPtr> statement(std::string_view what, const Origin& origin,
                                    const std::vector<catalog::QualifiedName>& relations,
                                    const std::string& text) {
  return one(std::make_unique<Refused>(std::string(what), relations, text, origin));
}

}  // namespace lockstep::operations::refused
