#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

// What PostgreSQL has to do when a column gets another type, by the types alone.

namespace lockstep::operations {

/// A type reduced to what is stored: domains without constraints are what they are made of.
struct StoredType {
  catalog::QualifiedName name;
  std::vector<long> modifiers;
  int array_dimensions = 0;
  bool constrained = false;  ///< it was a domain with NOT NULL or CHECK
  friend bool operator==(const StoredType&, const StoredType&) = default;
};
StoredType stored_type(const sql::TypeName& type, const catalog::Catalog& catalog);
/// `format_type` as PostgreSQL prints it.
StoredType stored_type(const std::string& format_type, const catalog::Catalog& catalog);

struct TypeChange {
  bool same = false;  ///< there is nothing to do
  /// The values stay as they are stored: no row is read.
  bool keeps_values = false;
  /// So do indexes on the bare column.
  bool keeps_indexes = false;
  /// PostgreSQL converts by itself, as an assignment does; else the author must write USING.
  bool assignable = false;
  /// Every value can be converted, and different values stay different.
  bool lossless = false;
  /// What comes out depends on TimeZone, DateStyle and the like of the session that converts.
  bool depends_on_session = false;
};
TypeChange type_change(const StoredType& from, const StoredType& to);

}  // namespace lockstep::operations
