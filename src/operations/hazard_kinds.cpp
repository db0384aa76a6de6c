#include "lockstep/operations/registry.h"

namespace lockstep::operations {

namespace {

// By family; within one in the order of the operations that report them.
constexpr HazardKind kHazards[] = {
    // Any operation
    {"brief-lock", "Takes a strong lock for an instant; queries queue while it waits for it.", false},
    {"phase-conflict", "Needs an object that an unfinished contract step changes or drops.", false},
    {"phase-override", "phase = expand is written on what depends on a contract step of its file.", false},
    {"alter-table-only", "ALTER TABLE ONLY leaves partitions and children as they are.", false},
    // Tables
    {"create-table-form", "A form of CREATE TABLE that Lockstep cannot plan.", false},
    {"create-table-drift", "IF NOT EXISTS would hide that the table exists in another shape.", false},
    {"drop-table", "Dropping a table breaks what still uses it, and loses its rows.", false},
    {"drop-table-dependants", "Views or foreign keys of other tables use the table.", false},
    {"drop-cascade", "CASCADE drops whatever depends on the object by then.", false},
    // Columns
    {"add-column-not-null", "A NOT NULL column without a default fails on the first row.", false},
    {"add-column-volatile-default", "A default that differs by row rewrites the table.", false},
    {"add-column-frozen-default", "All old rows get the default's value of one moment.", false},
    {"add-column-identity", "A serial or identity column rewrites the table.", false},
    {"add-column-generated", "A stored generated column rewrites the table.", true},
    {"add-column-constrained-domain", "A column of a domain with a constraint rewrites the table.", true},
    {"add-column-drift", "IF NOT EXISTS would hide that the column exists in another shape.", false},
    {"published-table", "Subscribers without the column stop replicating.", true},
    {"cached-plan", "Prepared SELECT * statements fail once.", false},
    {"drop-column", "Dropping a column breaks what still names it, and loses its data.", false},
    {"drop-column-dependants", "Views or foreign keys of other tables use the column.", false},
    {"drop-column-takes-along", "Indexes and constraints over several columns go with one of them.", false},
    {"set-not-null-scan", "SET NOT NULL reads the whole table under a lock that blocks everybody.", false},
    // Constraints
    {"add-check-scan", "ADD CHECK reads the whole table under a lock that blocks everybody.", false},
    {"constraint-left-not-valid", "Older rows may violate a constraint that stays NOT VALID.", false},
    {"add-foreign-key-scan", "ADD FOREIGN KEY reads the table while writes to two tables wait.", false},
    {"foreign-key-no-unique-target", "The referenced columns are not unique.", false},
    {"foreign-key-type-mismatch", "The columns of a foreign key have different types.", false},
    {"foreign-key-not-indexed", "Deleting a referenced row reads the whole referencing table.", false},
    {"foreign-key-on-partitioned-table", "The foreign key cannot be added NOT VALID.", false},
    {"locks-shared-table", "Every tenant's turn locks one and the same table.", false},
    {"add-unique-index-build", "ADD UNIQUE builds an index under a lock that blocks everybody.", false},
    {"add-primary-key-scan", "ADD PRIMARY KEY reads the table under a lock that blocks everybody.", false},
    {"unique-on-partitioned-table", "The index is built on every partition at once.", false},
    {"index-cannot-be-constraint", "The index given with USING INDEX does not fit.", false},
    {"validate-constraint-scan", "VALIDATE CONSTRAINT reads the whole table, blocking nobody.", false},
    {"drop-not-null-constraint", "A NOT NULL constraint is dropped through its column.", false},
    {"constraint-is-referenced", "Foreign keys of other tables need the constraint.", false},
    {"drop-foreign-key-locks-both", "Dropping a foreign key locks the referenced table too.", false},
    {"drop-unique-guarantee", "Dropping a unique constraint drops its index and breaks ON CONFLICT.", false},
    // Indexes
    {"create-index-blocks-writes", "CREATE INDEX stops all writes to the table while it builds.", false},
    {"concurrent-index-build", "A concurrent build waits for every older transaction.", false},
    {"concurrent-build-corrupts", "The server's concurrent index builds can corrupt the index.", false},
    {"index-on-partitioned-table", "A partitioned table's index cannot be built concurrently.", false},
    {"invalid-index", "A failed build has left an invalid index of that name.", false},
    {"index-differs", "IF NOT EXISTS would keep an index that is not the one written.", false},
    {"drop-index-blocks-all", "DROP INDEX blocks everybody, and queries lose the index.", false},
    {"index-belongs-to-constraint", "The index goes only with its constraint.", false},
    // Data
    {"update-in-one-transaction", "UPDATE of many rows locks each of them until all are changed.", false},
    {"delete-in-one-transaction", "DELETE of many rows locks each of them until all are deleted.", false},
    {"non-batchable-dml", "The statement cannot be run in batches.", true},
    {"backfill-not-swept", "Rows written by the deployed application meanwhile are not changed.", false},
    {"statement-trigger-per-batch", "Statement triggers fire once for each batch.", false},
    {"delete-cascades", "Foreign keys carry the deletion on to other tables.", false},
    {"insert-rows", "Inserts rows as the application does.", false},
    // Views, functions, triggers, types, sequences, privileges
    {"long-snapshot", "A long query holds back VACUUM and concurrent index builds.", false},
    {"view-columns-change", "CREATE OR REPLACE VIEW can only add columns at the end.", false},
    {"view-is-used", "Other views read the view.", false},
    {"function-return-type-changes", "CREATE OR REPLACE FUNCTION cannot change what is returned.", false},
    {"function-replaced", "The deployed application gets the new behaviour at once.", false},
    {"function-is-used", "Triggers call the function.", false},
    {"drop-function", "Queries that call the function fail.", false},
    {"enum-value-is-permanent", "An enum's value can never be taken away again.", false},
    {"type-is-used", "Columns have the type.", false},
    {"drop-type", "Queries that cast to the type fail.", false},
    {"sequence-is-used", "Defaults take their values from the sequence.", false},
    {"revoke-breaks-queries", "Queries that need the privilege fail.", false},
    {"drop-cascade", "CASCADE drops what nobody has named.", false},
    {"temporary-object", "A temporary object is gone with its connection.", false},
    // Code
    {"opaque-statement", "What the code locks and changes cannot be known.", true},
    // Refused by name
    {"unknown-statement", "Not known yet; never passed through unjudged.", false},
    {"transaction-control", "Transactions are run by Lockstep.", false},
    {"session-control", "The session belongs to Lockstep.", false},
    {"rename", "Whoever uses the old name fails in the same instant.", false},
    {"alter-column-type", "A change of type rewrites or reads the table under a lock that blocks everybody.", false},
    {"truncate", "TRUNCATE deletes all rows under a lock that blocks every reader.", false},
    {"table-rewrite-command", "The command rewrites the table under a lock that blocks everybody.", false},
    {"maintenance", "Maintenance is no part of a migration.", false},
    {"reindex", "REINDEX blocks every query that would be planned on the table.", false},
    {"refresh", "REFRESH MATERIALIZED VIEW blocks readers of the view.", false},
    {"merge", "MERGE joins rows of two tables in one transaction.", false},
    {"copy-of-data", "The statement copies data in one transaction.", false},
    {"add-exclusion-constraint", "An exclusion constraint has no staged form.", false},
    {"alter-constraint", "ALTER CONSTRAINT changes when a foreign key is checked.", false},
    {"partitions", "Partitions are created, attached and detached under locks on the parent.", false},
    {"row-security", "Policies change which rows the deployed application sees.", false},
    {"database-object", "The object belongs to the database or the cluster, not to a tenant.", false},
    {"needs-newer-server", "The server does not know what is written.", false},
};

}  // namespace

std::span<const HazardKind> hazard_kinds() { return kHazards; }

}  // namespace lockstep::operations
