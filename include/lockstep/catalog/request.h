#pragma once

#include <set>
#include <string>

#include "lockstep/core/names.h"

namespace lockstep::catalog {

/// What a planner must know before it can plan. The reader adds the closure by itself: foreign
/// keys in both directions, partitions, dependants, types and functions of what it reads.
/// A name with an empty schema is looked for in the tenant's schema and in the shared ones.
struct CatalogRequest {
  std::set<core::QualifiedName>
      relations;  ///< tables, views, sequences, also names of indexes and extended statistics
  std::set<core::QualifiedName> functions;
  std::set<core::QualifiedName> types;
  /// Types whose columns must be known, wherever in the tenant these are.
  std::set<core::QualifiedName> used_types;
  /// Functions, and sequences, of which must be known what uses them (Catalog::users). Of the types
  /// in `used_types` too.
  std::set<core::QualifiedName> used_functions;
  std::set<core::QualifiedName> used_sequences;
  /// Names that the plan may choose for what its author left unnamed: whether a relation or a
  /// constraint has them already.
  std::set<core::QualifiedName> names;

  void merge(const CatalogRequest& other);
  friend bool operator==(const CatalogRequest&, const CatalogRequest&) = default;
};

}  // namespace lockstep::catalog
