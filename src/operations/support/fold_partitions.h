#pragma once

#include <string>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

// What becomes of a partition, and of the table that it belongs to. All are convergent.

namespace lockstep::operations {

/// CREATE TABLE ... PARTITION OF.
void fold_create_partition(catalog::Catalog& catalog, const catalog::QualifiedName& table,
                           const catalog::QualifiedName& partition,
                           const sql::PartitionBound& bound, const std::string& migration);
/// ATTACH PARTITION: with the indexes, foreign keys and row triggers that the partition lacks.
void fold_attach_partition(catalog::Catalog& catalog, const catalog::QualifiedName& table,
                           const catalog::QualifiedName& partition,
                           const sql::PartitionBound& bound);
/// DETACH PARTITION: indexes and keys become the partition's own.
void fold_detach_partition(catalog::Catalog& catalog, const catalog::QualifiedName& partition);

}  // namespace lockstep::operations
