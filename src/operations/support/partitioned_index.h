#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/naming.h"
#include "lockstep/plan/step.h"
#include "lockstep/sql/statement.h"

// How an index of a partitioned table goes down to its partitions: PostgreSQL takes one of the
// partition's own that is the same, and makes one where there is none.

namespace lockstep::operations {

/// What the index is, whatever table it is on.
struct IndexShape {
  std::vector<sql::IndexElement> elements;
  std::vector<std::string> include;
  std::string method = "btree";
  bool unique = false;
  bool nulls_not_distinct = false;
  std::optional<sql::Expr> predicate;
  catalog::IndexRole role = catalog::IndexRole::kPlain;
};
IndexShape shape_of(const sql::CreateIndex& wanted);
IndexShape shape_of(const sql::ConstraintDef& wanted);
/// Of an index that is there: by the server's words, or where it has none yet by its columns.
/// Nothing where neither tells.
std::optional<IndexShape> shape_of(const catalog::Index& index);
/// "(a, lower(b)) WHERE c": likewise.
std::optional<std::string> tail_of(const catalog::Index& index);

enum class Likeness { kSame, kUnclear, kDifferent };
/// Whether PostgreSQL would take the index for one of that shape. Unclear where only a server can
/// compare what the author wrote with what it has.
Likeness likeness(const catalog::Index& index, const IndexShape& shape);
/// Attached to nothing, valid, and, for a constraint, a constraint's.
bool can_be_attached(const catalog::Index& index, const IndexShape& shape);

/// The index as one partition has it.
struct IndexPart {
  catalog::QualifiedName table;   ///< the partition
  std::string name;               ///< of its index
  catalog::QualifiedName parent;  ///< the table above
  std::string attached_to;        ///< that table's index
  bool partitioned = false;       ///< the partition has partitions of its own
  bool there = false;             ///< the partition has had it before
  std::string definition;         ///< there: as the server prints it
};

/// Gives every partition the index `name` of `table`, which the catalog has already. Convergent.
/// Its constraint too, where it has one. In depth first order, each before its own partitions.
std::vector<IndexPart> fold_partition_indexes(catalog::Catalog& catalog,
                                              const catalog::QualifiedName& table,
                                              const std::string& name, const IndexShape& shape);

/// Takes the index of that table away, with everything that is attached to it. Constraints too.
void fold_drop_partition_indexes(catalog::Catalog& catalog, catalog::Relation& table,
                                 const std::string& name);

/// AccessExclusive on the index and on everything that is attached to it: what dropping it takes
/// beside its tables.
std::vector<plan::LockClaim> dropped_index_locks(const catalog::Catalog& catalog,
                                                 const catalog::Relation& table,
                                                 const std::string& name);

}  // namespace lockstep::operations
