#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/names.h"
#include "lockstep/sql/statement.h"

// The structure of one tenant (and of what it refers to in shared schemas) as a value. The planner
// folds operations over it; CatalogReader fills it from a server; lint builds it from the folder's
// earlier migrations. A tenant's own schema is core::kTenantSchema throughout, also inside
// definitions, so equal tenants give equal values.
//
// Equality is structural, for describing drift and for tests of the fold. What only a server can
// print (definitions, hashes) counts where both sides have it, and expressions of different origin
// count as equal: a folded catalog does not predict PostgreSQL's text. Order counts for columns
// alone.

namespace lockstep::catalog {

using core::QualifiedName;

/// server_version_num, e.g. 150018.
struct ServerVersion {
  int number = 150000;
  int major() const noexcept { return number / 10000; }
  int minor() const noexcept { return number % 10000; }
  std::string text() const;  ///< "15.18"
  friend bool operator==(const ServerVersion&, const ServerVersion&) = default;
};

enum class RelationKind {
  kTable,
  kPartitionedTable,
  kView,
  kMaterializedView,
  kSequence,
  kForeignTable,
  kOther,
};
std::string_view to_string(RelationKind kind) noexcept;  ///< "table", "partitioned table", ...

enum class Identity { kNone, kAlways, kByDefault };
enum class Generated { kNone, kStored, kVirtual };

struct Column {
  std::string name;
  std::string type;         ///< format_type(): "character varying(50)"
  QualifiedName type_name;  ///< the type itself, e.g. pg_catalog.varchar or ${schema}.mood
  bool not_null = false;
  std::optional<sql::Expr> default_value;
  Identity identity = Identity::kNone;
  Generated generated = Generated::kNone;
  std::string collation;            ///< empty: the type's own
  bool constrained_domain = false;  ///< its type is a domain with CHECK or NOT NULL
  // What only a server knows, and nobody compares: to be given back.
  char storage = 0;                  ///< attstorage: p, e, m, x; 0: not read
  char compression = 0;              ///< attcompression: p, l; 0: the default, or not read
  int statistics = -1;               ///< attstattarget; -1: the default
  std::vector<std::string> options;  ///< attoptions, "n_distinct=5"
  /// A pending migration adds it: the deployed application cannot know it yet (RULES.md 3).
  bool added_by_plan = false;
  // What a column that takes its place has to be given; a fold knows nothing of it, so that it does
  // not count for equality.
  std::optional<std::string> comment;

  friend bool operator==(const Column&, const Column&);
};

enum class ConstraintKind {
  kCheck,
  kForeignKey,
  kUnique,
  kPrimaryKey,
  kExclusion,
  kNotNull,
  kOther
};

struct Constraint {
  std::string name;
  ConstraintKind kind = ConstraintKind::kCheck;
  std::vector<std::string> columns;
  std::string definition;  ///< pg_get_constraintdef()
  std::optional<sql::Expr> check;
  bool validated = true;
  bool deferrable = false;
  QualifiedName referenced;                     ///< kForeignKey
  std::vector<std::string> referenced_columns;  ///< kForeignKey
  std::string index;                            ///< UNIQUE, PRIMARY KEY, EXCLUDE: its index's name
  std::optional<std::string> comment;           ///< does not count for equality
  /// Of a partition's key, unique or foreign: that of the partitioned table which it is a part of.
  std::string attached_to;

  friend bool operator==(const Constraint&, const Constraint&);
};

struct Index {
  std::string name;
  std::string definition;  ///< pg_get_indexdef()
  std::string method = "btree";
  std::vector<std::string> columns;  ///< key columns in order; "" for an expression
  std::vector<std::string> include;
  /// Every column it depends on: keys, expressions, predicate, INCLUDE.
  std::set<std::string> uses;
  bool has_expressions = false;
  std::optional<std::string> predicate;
  bool unique = false;
  bool primary = false;
  bool valid = true;
  bool ready = true;
  bool clustered = false;  ///< CLUSTER goes by it; not compared
  bool exclusion = false;
  std::string constraint;  ///< the constraint it implements, or empty
  // Not known to a fold, and without weight for equality.
  bool replica_identity = false;
  std::optional<std::string> comment;
  std::string tablespace;  ///< empty: not read
  /// Of a partition's index: that of the partitioned table which it is attached to, or empty.
  std::string attached_to;
  /// The operation that makes it in this plan, where it gave no name; not part of the structure.
  std::string created_by;

  friend bool operator==(const Index&, const Index&);
};

struct Trigger {
  std::string name;
  std::string definition;  ///< pg_get_triggerdef()
  QualifiedName function;
  bool before = false;
  bool row_level = false;
  bool on_insert = false;
  bool on_update = false;
  bool on_delete = false;
  char enabled = 'O';  ///< tgenabled: O, D, R, A
  /// The columns that its UPDATE OF and its WHEN name; does not count for equality.
  std::set<std::string> uses;
  std::set<std::string> update_of;  ///< those of its UPDATE OF alone; does not count either
  friend bool operator==(const Trigger&, const Trigger&);
};

/// A foreign key of another table that references this one.
struct ReferencingKey {
  QualifiedName table;
  std::string constraint;
  std::vector<std::string> columns;             ///< of the other table
  std::vector<std::string> referenced_columns;  ///< of this one
  char on_delete = 'a';                         ///< confdeltype: a, r, c, n, d
  friend bool operator==(const ReferencingKey&, const ReferencingKey&) = default;
};

/// A view, function, rule or policy that would not survive, or not follow, a change of columns.
struct Dependant {
  std::string
      kind;  ///< "view", "materialized view", "policy", "generated column", "publication", ...
  QualifiedName name;
  std::set<std::string> columns;  ///< the columns of this relation that it uses
  std::string definition = {};    ///< of a policy or statistics: what creates it again
  friend bool operator==(const Dependant&, const Dependant&);
};

/// How a sequence counts, in PostgreSQL's words.
struct SequenceOptions {
  std::string type;  ///< format_type()
  std::string start;
  std::string increment;
  std::string min;
  std::string max;
  std::string cache;
  bool cycle = false;
};

struct ColumnName {
  QualifiedName table;
  std::string column;
  friend bool operator==(const ColumnName&, const ColumnName&) = default;
};

struct Relation {
  QualifiedName name;
  RelationKind kind = RelationKind::kTable;
  std::string owner;
  std::vector<Column> columns;  ///< in the order of the table
  std::vector<Constraint> constraints;
  std::vector<Index> indexes;
  std::vector<Trigger> triggers;
  std::vector<ReferencingKey> referenced_by;
  std::vector<Dependant> dependants;
  std::vector<QualifiedName> partitions;   ///< direct partitions or inheritance children
  std::optional<QualifiedName> parent;     ///< the partitioned table or inheritance parent
  std::vector<std::string> partition_key;  ///< columns, kPartitionedTable
  bool has_default_partition = false;
  /// Of a partition: "FOR VALUES FROM (1) TO (2)" as the server prints it, "DEFAULT". Folded ones
  /// are empty, but for the default partition.
  std::string partition_bound;
  bool row_security = false;
  bool force_row_security = false;
  bool unlogged = false;
  std::vector<std::string> publications;
  std::vector<std::string> listed_in;   ///< of these, those that name the relation itself
  std::vector<std::string> privileges;  ///< aclitems as text, sorted
  std::string view_definition;          ///< pg_get_viewdef()
  std::vector<std::string> options;     ///< reloptions, "security_barrier=true"; nobody folds them
  /// "DEFAULT", "FULL", "NOTHING", "USING INDEX i"; not compared.
  std::string replica_identity{"DEFAULT"};
  std::string sequence_options;  ///< kSequence: "AS bigint INCREMENT BY 1 ..."; empty: not read
  /// kSequence: the serial or identity column (or OWNED BY) whose end is its end too.
  std::optional<ColumnName> owned_by;
  std::optional<SequenceOptions> sequence;  ///< kSequence, as read; does not count for equality

  /// The migration (MigrationId::key) that creates it in this plan; empty if it is live. Until
  /// that migration's expand is over nobody else knows the relation, so locks on it hurt nobody.
  std::string created_by;
  /// Lint only: named by a migration but created by none we read; live and large for all we know.
  bool assumed = false;

  const Column* column(std::string_view name) const;
  Column* column(std::string_view name);
  const Constraint* constraint(std::string_view name) const;
  const Constraint* primary_key() const;
  const Index* index(std::string_view name) const;
  bool is_table() const noexcept {
    return kind == RelationKind::kTable || kind == RelationKind::kPartitionedTable;
  }

  /// Structure only: created_by, assumed and added_by_plan do not count.
  friend bool operator==(const Relation&, const Relation&);
};

enum class Volatility { kImmutable, kStable, kVolatile };

struct Function {
  QualifiedName name;
  std::string signature;  ///< identity arguments: "integer, text"
  std::string language;
  std::string kind = "function";  ///< "function", "procedure", "aggregate", "window"
  std::string returns;            ///< format_type() of the result
  Volatility volatility = Volatility::kVolatile;
  std::string definition_hash;  ///< of pg_get_functiondef(); empty when folded
  friend bool operator==(const Function&, const Function&);
};

struct Type {
  QualifiedName name;
  enum class Kind { kEnum, kDomain, kComposite, kRange, kBase, kOther };
  Kind kind = Kind::kOther;
  std::vector<std::string> labels;  ///< kEnum, in order
  bool domain_constrained = false;  ///< kDomain with NOT NULL or CHECK
  std::string base_type;            ///< kDomain
  friend bool operator==(const Type&, const Type&) = default;
};

/// What is in the way where a function, sequence or type is dropped.
struct ObjectUser {
  std::string object_kind;  ///< "function", "sequence", "type"
  QualifiedName object;
  std::string signature;  ///< of a function, as Function has it
  /// "view", "materialized view", "rule", "default", "generated column", "identity", "column",
  /// "constraint", "index", "policy", "trigger", "function", "type"; else "other".
  std::string kind;
  QualifiedName user;  ///< the relation, function or type
  /// Of a relation or type what belongs to it; of a function its signature; of another thing what
  /// the server calls it.
  std::string part;
  /// What it said when it was read. Nothing: it was not read, since no statement is about it.
  std::optional<std::string> said = {};
};

/// drop_grace: for how long, and where, what is dropped is kept.
struct DropGrace {
  std::int64_t seconds = 0;
  std::string schema;  ///< of kept tables
};

class Catalog {
 public:
  ServerVersion version;
  /// Nothing: what is dropped is gone at once.
  std::optional<DropGrace> grace;
  /// Searched in this order after the tenant's schema, as the session's search_path has it.
  std::vector<std::string> shared_schemas;
  /// Schemas known to exist (shared ones, and those that migrations name).
  std::set<std::string> schemas;
  std::set<std::string> extensions;
  /// False: an object not in here does not exist. True (lint): it is unknown.
  bool partial = false;
  /// A statement that nobody can judge has been folded into it: types that are not in here may be
  /// there all the same.
  bool after_opaque_code = false;
  /// Where unqualified names are created: kTenantSchema, or for scope = shared the first shared
  /// schema.
  std::string creation_schema{core::kTenantSchema};

  std::map<QualifiedName, Relation> relations;  ///< tables, views, sequences; not indexes
  std::vector<Function> functions;
  std::map<QualifiedName, Type> types;
  /// Of what the request asks for; not compared, as each belongs to what uses.
  std::vector<ObjectUser> users;
  /// Of the names that were asked for (CatalogRequest::names): those that something has which is
  /// not in here.
  std::set<QualifiedName> other_relations;  ///< tables, indexes, sequences, ...
  std::set<QualifiedName> other_constraints;

  /// Where PostgreSQL would find it: the name itself if qualified, else the creation schema, then
  /// the shared schemas in order. Nothing if it is not there.
  const Relation* find(const QualifiedName& written) const;
  Relation* find(const QualifiedName& written);
  /// The same, and where the catalog is partial an assumed relation is put in.
  Relation* find_or_assume(const QualifiedName& written);
  const Type* find_type(const QualifiedName& written) const;
  /// Overloads visible under that name, builtins (pg_catalog) not included.
  std::vector<const Function*> find_functions(const QualifiedName& written) const;

  /// The name with its schema filled in: where it is found, else where it would be created.
  QualifiedName qualify(const QualifiedName& written) const;
  /// The table an index belongs to, with the index; nothing if there is none.
  struct IndexPlace {
    const Relation* table = nullptr;
    const Index* index = nullptr;
  };
  IndexPlace find_index(const QualifiedName& written) const;

  /// Whether a relation or index of that name exists in that schema (they share a name space).
  bool relation_name_taken(const std::string& schema, std::string_view name) const;

  /// What the user says now: a column its default, a view its query. Nothing where it is not there.
  std::optional<std::string> words_of(const ObjectUser& user) const;
  /// Whether it is as it was read, so that it uses the object still.
  bool still_uses(const ObjectUser& user) const {
    return !user.said || words_of(user) == user.said;
  }

  /// What exists; not the version, the search path or how much of it is known.
  friend bool operator==(const Catalog&, const Catalog&);
};

}  // namespace lockstep::catalog
