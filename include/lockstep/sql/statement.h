#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/core/names.h"
#include "lockstep/core/problem.h"

// What PostgreSQL's own parser says about a migration's text, as a closed set of our own values.
// Nothing outside the sql module sees libpg_query.
//
// Text in here is the author's bytes, sliced out of the file by token positions, never deparsed
// (the deparser loses meaning in places). Where the author wrote ${schema}, slices hold the
// placeholder in one of the three forms of core/names.h, ready for the executor.
//
// Names are as PostgreSQL would store them: folded to lower case unless quoted, cut to 63 bytes.
// A QualifiedName with an empty schema was written without one.

namespace lockstep::sql {

using core::QualifiedName;

/// An expression, opaque but for what the planner must know of it.
struct Expr {
  enum class Origin {
    kAuthor,  ///< the author's bytes
    kServer,  ///< as PostgreSQL prints it (pg_get_expr); never comparable with kAuthor text
  };
  std::string text;
  Origin origin = Origin::kAuthor;
  std::vector<std::string> columns;      ///< columns named in it, without qualifier, each once
  std::vector<QualifiedName> functions;  ///< functions called, each once; operators not included
  /// current_timestamp, current_user and their like ("SQL value functions"), lower case.
  std::vector<std::string> value_functions;
  std::vector<QualifiedName> relations;   ///< relations read by sub-selects in it
  std::vector<QualifiedName> cast_types;  ///< types cast to
  bool is_constant = false;               ///< a literal, possibly signed, possibly cast
  bool is_null = false;                   ///< NULL, possibly cast
  bool is_default_keyword = false;        ///< the bare word DEFAULT, in an UPDATE's SET
};

/// A type as written. `name` is PostgreSQL's internal name where the grammar translates
/// ("integer" is pg_catalog.int4); serial pseudo-types keep their name ("bigserial").
struct TypeName {
  std::string text;  ///< author's bytes, e.g. "numeric(10, 2)[]"
  QualifiedName name;
  std::vector<long> modifiers;
  int array_dimensions = 0;
  bool is_set_of = false;

  bool is_serial() const noexcept;  ///< smallserial, serial, bigserial and their aliases
};

struct IdentitySpec {
  enum class Kind { kAlways, kByDefault };
  Kind kind = Kind::kByDefault;
  std::string options;  ///< sequence options in parentheses' content as written; may be empty
};

/// An element of an index or of a UNIQUE / EXCLUDE constraint.
struct IndexElement {
  std::string text;  ///< whole element: expression, collation, operator class, order
  std::optional<std::string> column;  ///< a plain column...
  std::optional<Expr> expression;     ///< ...or an expression
  bool has_collation = false;
  bool has_operator_class = false;
};

enum class ForeignKeyAction { kNoAction, kRestrict, kCascade, kSetNull, kSetDefault };

struct ConstraintDef {
  enum class Kind { kCheck, kForeignKey, kUnique, kPrimaryKey, kExclusion, kNotNull };
  Kind kind = Kind::kCheck;
  std::optional<std::string> name;
  std::string text;  ///< from the kind's keyword on ("CHECK (a > 0)"), without CONSTRAINT name
  core::SourceSpan span;

  std::optional<Expr> check;         ///< kCheck
  std::vector<std::string> columns;  ///< key columns; for an inline constraint its own column
  std::vector<std::string> include;  ///< INCLUDE columns of UNIQUE / PRIMARY KEY
  QualifiedName referenced;          ///< kForeignKey
  std::vector<std::string> referenced_columns;  ///< empty: the referenced primary key
  ForeignKeyAction on_update = ForeignKeyAction::kNoAction;
  ForeignKeyAction on_delete = ForeignKeyAction::kNoAction;
  std::vector<std::string> on_delete_columns;  ///< ON DELETE SET NULL (c): only these
  bool match_full = false;
  bool deferrable = false;
  bool initially_deferred = false;
  bool not_valid = false;  ///< the author wrote NOT VALID
  /// kForeignKey of a column that ALTER TABLE adds without a DEFAULT: PostgreSQL knows that there
  /// is nothing to check.
  bool on_empty_column = false;
  bool no_inherit = false;
  bool nulls_not_distinct = false;
  std::optional<std::string> using_index;  ///< UNIQUE / PRIMARY KEY USING INDEX i
  std::string index_parameters;            ///< WITH (...), USING INDEX TABLESPACE t; as written
};

struct ColumnDef {
  std::string name;
  std::string text;  ///< the whole definition as written, name included
  core::SourceSpan span;
  TypeName type;
  std::optional<std::string> collation;  ///< as written after COLLATE
  std::optional<std::string> storage;    ///< as written
  std::optional<std::string> compression;
  bool not_null = false;  ///< NOT NULL written (PRIMARY KEY's not included)
  std::optional<std::string> not_null_name;
  bool explicit_null = false;
  std::optional<Expr> default_value;
  std::optional<Expr> generated;  ///< GENERATED ALWAYS AS (...) STORED | VIRTUAL
  bool generated_virtual = false;
  std::optional<IdentitySpec> identity;
  std::vector<ConstraintDef> constraints;  ///< inline CHECK, REFERENCES, UNIQUE, PRIMARY KEY
};

/// One value of a partition's bounds.
struct PartitionDatum {
  enum class Kind { kValue, kMinValue, kMaxValue };
  Kind kind = Kind::kValue;
  Expr value;  ///< kValue
};

/// FOR VALUES ..., or DEFAULT.
struct PartitionBound {
  enum class Kind { kDefault, kRange, kList, kHash };
  Kind kind = Kind::kDefault;
  std::string text;                    ///< as written: "FOR VALUES IN (1)", "DEFAULT"
  std::vector<PartitionDatum> lower;   ///< kRange: FROM
  std::vector<PartitionDatum> upper;   ///< kRange: TO
  std::vector<PartitionDatum> values;  ///< kList: IN
};

// --- statements ---------------------------------------------------------------------------------

struct CreateTable {
  QualifiedName name;
  bool if_not_exists = false;
  bool temporary = false;
  bool unlogged = false;
  std::vector<ColumnDef> columns;
  std::vector<ConstraintDef> constraints;  ///< table constraints, in order
  std::vector<QualifiedName> inherits;
  std::vector<QualifiedName> like;
  bool partitioned = false;                ///< has PARTITION BY
  std::vector<std::string> partition_key;  ///< its columns in order; "" for an expression
  std::optional<QualifiedName> partition_of;
  std::optional<PartitionBound> bound;  ///< of PARTITION OF
  bool has_options = false;             ///< USING, WITH or TABLESPACE
  bool of_type = false;
};

struct CreateTableAs {
  QualifiedName name;
  bool materialized_view = false;
  bool with_data = true;
  bool if_not_exists = false;
  std::vector<QualifiedName> reads;
};

struct AddColumn {
  ColumnDef column;
  bool if_not_exists = false;
  bool cascade = false;  ///< of a composite type
};
struct DropColumn {
  std::string column;
  bool if_exists = false;
  bool cascade = false;
};
struct SetNotNull {
  std::string column;
};
struct DropNotNull {
  std::string column;
};
struct SetDefault {
  std::string column;
  Expr value;
};
struct DropDefault {
  std::string column;
};
struct AddConstraint {
  ConstraintDef constraint;
};
struct DropConstraint {
  std::string name;
  bool if_exists = false;
  bool cascade = false;
};
struct ValidateConstraint {
  std::string name;
};
struct AlterColumnType {
  std::string column;
  TypeName type;
  std::optional<std::string> collation;
  std::optional<Expr> using_expression;
  bool cascade = false;  ///< of a composite type
};
/// SET (fillfactor = 70), RESET (fillfactor).
struct StorageParameter {
  std::string name;   ///< "fillfactor", "toast.autovacuum_enabled"
  std::string value;  ///< without quotes; "true" where none is written; empty for RESET
  friend bool operator==(const StorageParameter&, const StorageParameter&) = default;
};
struct StorageParameters {
  bool reset = false;
  std::vector<StorageParameter> parameters;
};
struct AttachPartition {
  QualifiedName partition;
  PartitionBound bound;
};
struct DetachPartition {
  QualifiedName partition;
  bool concurrently = false;
};
/// ENABLE, DISABLE, FORCE, NO FORCE ROW LEVEL SECURITY: one of the two has a value.
struct RowSecurity {
  std::optional<bool> enabled;
  std::optional<bool> forced;
};
/// ENABLE [ALWAYS | REPLICA], DISABLE TRIGGER.
struct TriggerState {
  enum class Of { kOne, kUser, kAll };
  Of of = Of::kOne;
  std::string trigger;  ///< kOne
  char enabled = 'O';   ///< as pg_trigger.tgenabled has it: O, D, R, A
};
/// SET STORAGE, COMPRESSION, STATISTICS, (n_distinct = ...) and RESET (...) of a column.
struct ColumnOptions {
  enum class Kind { kStorage, kCompression, kStatistics, kSet, kReset };
  Kind kind = Kind::kStorage;
  std::string column;
  std::string value;  ///< "external", "lz4", "500"; "-1" and "default" where that is written
  std::vector<StorageParameter> parameters;  ///< kSet, kReset
};
/// ADD GENERATED ... AS IDENTITY.
struct AddIdentity {
  std::string column;
  IdentitySpec identity;
  bool starts = false;  ///< the options say with which number
};
/// SET GENERATED ..., SET INCREMENT BY ..., RESTART.
struct SetIdentity {
  std::string column;
  std::optional<IdentitySpec::Kind> kind;
  bool options = false;  ///< options of the sequence are set, or it is restarted
};
struct DropIdentity {
  std::string column;
  bool if_exists = false;
};
/// DROP EXPRESSION of a generated column.
struct DropExpression {
  std::string column;
  bool if_exists = false;
};
struct ReplicaIdentity {
  char identity = 'd';  ///< as pg_class.relreplident has it: d, n, f, i
  std::string index;    ///< i
};
/// CLUSTER ON, SET WITHOUT CLUSTER.
struct ClusterOn {
  std::optional<std::string> index;
};
/// ALTER CONSTRAINT: when a foreign key is checked. What is not written is off.
struct AlterConstraint {
  std::string name;
  bool deferrable = false;
  bool initially_deferred = false;
};
/// OWNER TO, of a relation.
struct OwnerTo {
  std::string owner;  ///< empty for CURRENT_USER and its like
};
/// Any other sub-command, by PostgreSQL's words ("SET LOGGED", "INHERIT").
struct OtherAlterTable {
  std::string what;
  std::string argument;  ///< a column's or object's name where the sub-command has one
};
using AlterTableAction =
    std::variant<AddColumn, DropColumn, SetNotNull, DropNotNull, SetDefault, DropDefault,
                 AddConstraint, DropConstraint, ValidateConstraint, AlterColumnType,
                 StorageParameters, AttachPartition, DetachPartition, RowSecurity, TriggerState,
                 ColumnOptions, AddIdentity, SetIdentity, DropIdentity, DropExpression,
                 ReplicaIdentity, ClusterOn, AlterConstraint, OwnerTo, OtherAlterTable>;

struct AlterTable {
  QualifiedName name;
  bool if_exists = false;
  bool only = false;
  /// "TABLE", "INDEX", "VIEW", "SEQUENCE", "MATERIALIZED VIEW", "FOREIGN TABLE", "TYPE"
  std::string object_type;
  std::vector<AlterTableAction> actions;
  std::vector<core::SourceSpan> action_spans;  ///< one for each action
  std::vector<std::string> action_texts;       ///< each as written
};

struct CreateIndex {
  std::optional<std::string> name;
  QualifiedName table;
  bool unique = false;
  bool concurrently = false;
  bool if_not_exists = false;
  bool only = false;
  bool nulls_not_distinct = false;
  std::string method;  ///< "btree" where none is written
  std::vector<IndexElement> elements;
  std::vector<std::string> include;
  std::string with;  ///< content of WITH (...), as written
  std::optional<std::string> tablespace;
  std::optional<Expr> predicate;  ///< WHERE
  /// "(a, lower(b)) INCLUDE (c) WHERE d": everything after USING method, as written; what a
  /// rebuilt statement puts after its own name and table.
  std::string tail;
};

struct Drop {
  /// "TABLE", "INDEX", "VIEW", "MATERIALIZED VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "TYPE",
  /// "SEQUENCE", "SCHEMA", "EXTENSION", "POLICY", "DOMAIN", ...
  std::string object_type;
  std::vector<QualifiedName> names;
  std::optional<QualifiedName> on_table;  ///< for TRIGGER, POLICY, RULE
  std::vector<std::string> signatures;    ///< functions: argument types as written, one per name
  bool if_exists = false;
  bool cascade = false;
  bool concurrently = false;
};

struct Rename {
  std::string object_type;  ///< "TABLE", "COLUMN", "CONSTRAINT", "INDEX", ...
  QualifiedName name;       ///< the relation, or the object itself
  std::string sub_name;     ///< column, constraint, trigger, policy
  std::string new_name;
  bool if_exists = false;
};

struct Assignment {
  std::string column;
  Expr value;
};

struct Update {
  QualifiedName table;
  std::optional<std::string> alias;
  bool only = false;
  std::vector<Assignment> assignments;
  std::optional<Expr> where;
  bool has_from = false;
  bool has_with = false;
  bool has_returning = false;
  /// SET (a, b) = (...): values have no text; or SET a[1] = ...: values are parts of the columns.
  bool multi_assignment = false;
  std::vector<QualifiedName> reads;  ///< every other relation, and the table itself if re-read
};

struct Delete {
  QualifiedName table;
  std::optional<std::string> alias;
  bool only = false;
  std::optional<Expr> where;
  bool has_using = false;
  bool has_with = false;
  bool has_returning = false;
  std::vector<QualifiedName> reads;
};

struct Insert {
  QualifiedName table;
  std::vector<std::string> columns;
  bool from_values = false;  ///< VALUES lists or DEFAULT VALUES, no query over tables
  std::size_t value_rows = 0;
  bool on_conflict = false;
  bool has_returning = false;
  std::vector<QualifiedName> reads;
  std::vector<QualifiedName> functions;
};

/// CREATE [OR REPLACE] VIEW.
struct CreateView {
  QualifiedName name;
  bool or_replace = false;
  bool temporary = false;
  std::vector<std::string> columns;  ///< the column list, where one is written
  std::vector<QualifiedName> reads;
  std::vector<QualifiedName> functions;
};

/// CREATE [OR REPLACE] FUNCTION | PROCEDURE.
struct CreateFunction {
  QualifiedName name;
  bool or_replace = false;
  bool procedure = false;
  std::vector<TypeName> arguments;  ///< input arguments
  std::string signature;            ///< "(integer, text)", for DROP
  bool has_defaults = false;        ///< of some argument
  std::optional<TypeName> returns;  ///< nothing: void procedure or OUT parameters
  std::string language;
  std::string volatility;            ///< "immutable", "stable", "volatile"; empty: not written
  bool sql_body = false;             ///< BEGIN ATOMIC or RETURN, parsed at creation
  std::optional<std::string> body;   ///< AS '...' text
  std::vector<QualifiedName> reads;  ///< where the body is SQL we can parse
  std::vector<QualifiedName> calls;
};

struct CreateTrigger {
  std::string name;
  QualifiedName table;
  bool or_replace = false;
  bool constraint_trigger = false;
  bool row_level = false;
  std::string timing;  ///< "BEFORE", "AFTER", "INSTEAD OF"
  bool on_insert = false;
  bool on_update = false;
  bool on_delete = false;
  std::vector<std::string> update_of;     ///< columns
  std::vector<std::string> when_columns;  ///< that its condition names
  QualifiedName function;
};

struct CreatePolicy {
  std::string name;
  QualifiedName table;
  bool permissive = true;
  std::string command;  ///< "all", "select", "insert", "update", "delete"
  std::optional<Expr> using_expression;
  std::optional<Expr> check;  ///< WITH CHECK
};
struct AlterPolicy {
  std::string name;
  QualifiedName table;
  std::optional<Expr> using_expression;
  std::optional<Expr> check;
};

struct CreateEnum {
  QualifiedName name;
  std::vector<std::string> labels;
};

/// CREATE TYPE ... AS (...), CREATE TYPE ... AS RANGE, CREATE DOMAIN.
struct CreateType {
  enum class Kind { kComposite, kRange, kDomain };
  Kind kind = Kind::kComposite;
  QualifiedName name;
  std::vector<TypeName> uses;  ///< of a domain its own type; without text
  bool constrained = false;    ///< kDomain with CHECK or NOT NULL
};

/// ALTER DOMAIN, and ADD, DROP and ALTER ATTRIBUTE of a composite type.
struct AlterType {
  enum class Kind {
    kSetDefault,
    kDropDefault,
    kSetNotNull,
    kDropNotNull,
    kAddConstraint,
    kDropConstraint,
    kValidateConstraint,
    kAddAttribute,
    kDropAttribute,
    kAlterAttribute,
  };
  QualifiedName name;
  std::vector<Kind> kinds;  ///< of a domain one
  std::string constraint;   ///< its name, where one is written
  bool not_valid = false;   ///< kAddConstraint
  bool cascade = false;
};

struct AlterEnumAddValue {
  QualifiedName name;
  std::string label;
  bool if_not_exists = false;
  std::string neighbour;  ///< BEFORE or AFTER this label; empty: at the end
  bool after = false;
};
struct AlterEnumRenameValue {
  QualifiedName name;
  std::string label;
  std::string new_label;
};

struct CreateSequence {
  QualifiedName name;
  bool if_not_exists = false;
};
struct AlterSequence {
  QualifiedName name;
  bool if_exists = false;
  /// Names of what is set, in PostgreSQL's words: "increment", "restart", "as", "owned_by", ...
  std::vector<std::string> options;
  std::optional<std::pair<QualifiedName, std::string>> owned_by;  ///< a table and its column
};

/// CREATE STATISTICS.
struct CreateStatistics {
  QualifiedName name;
  QualifiedName table;
  std::vector<std::string> columns;  ///< those named, also in expressions
  bool if_not_exists = false;
};

/// REINDEX.
struct Reindex {
  std::string object_type;  ///< "INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"
  QualifiedName name;
  bool concurrently = false;
  std::optional<std::string> tablespace;  ///< where it is to be built
};

/// REFRESH MATERIALIZED VIEW.
struct RefreshMaterializedView {
  QualifiedName name;
  bool concurrently = false;
  bool with_data = true;
};

/// ALTER ... OWNER TO of what is no relation.
struct ChangeOwner {
  std::string object_type;  ///< "FUNCTION", "TYPE", "SCHEMA", ...
  QualifiedName name;
  std::string signature;  ///< of a routine, "(integer, text)"
  std::string owner;      ///< empty for CURRENT_USER and its like
};

struct CommentOn {
  std::string object_type;  ///< "TABLE", "COLUMN", "FUNCTION", ...
  QualifiedName name;       ///< the object; for COLUMN, CONSTRAINT, TRIGGER the relation
  std::string sub_name;     ///< column, constraint, trigger
};

struct Grant {
  bool is_grant = true;     ///< false: REVOKE
  std::string object_type;  ///< "TABLE", "SEQUENCE", "SCHEMA", "FUNCTION", "ALL TABLES IN SCHEMA"
  std::vector<QualifiedName> objects;
};

/// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ...: the runner owns transactions.
struct TransactionControl {
  std::string what;
};

/// SET, RESET, DISCARD: the runner owns the session.
struct SessionControl {
  std::string what;  ///< "SET search_path", "DISCARD ALL"
};

/// Code whose effect cannot be known from its text: DO, CALL, a SELECT that calls functions.
struct OpaqueCode {
  std::string what;  ///< "DO", "CALL", "SELECT"
  std::vector<QualifiedName> functions;
  std::vector<QualifiedName> reads;
};

/// Parsed, and not one of the above: known by PostgreSQL's own name for it ("VACUUM",
/// "CREATE EXTENSION", "CREATE RULE"). Refused by that name until an operation knows it.
struct OtherStatement {
  std::string what;
  std::vector<QualifiedName> names;  ///< the relations it is about, where a remedy names them
};

using StatementBody =
    std::variant<CreateTable, CreateTableAs, AlterTable, CreateIndex, Drop, Rename, Update, Delete,
                 Insert, CreateView, CreateFunction, CreateTrigger, CreatePolicy, AlterPolicy,
                 CreateEnum, CreateType, AlterType, AlterEnumAddValue, AlterEnumRenameValue,
                 CreateSequence, AlterSequence, CreateStatistics, Reindex, RefreshMaterializedView,
                 ChangeOwner, CommentOn, Grant, TransactionControl, SessionControl, OpaqueCode,
                 OtherStatement>;

/// One statement of a file.
struct Statement {
  std::string text;       ///< author's bytes, from its first word to before its semicolon
  core::SourceSpan span;  ///< the same in the file
  core::SourceLocation where;
  StatementBody body;
};

}  // namespace lockstep::sql
