#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockstep/core/names.h"
#include "placeholder.h"
#include "tree.h"

namespace lockstep::sql {

/// What a piece of a tree refers to, each once, in the order of the tree.
struct References {
  std::vector<std::string> columns;
  std::vector<core::QualifiedName> functions;
  std::vector<std::string> value_functions;
  std::vector<core::QualifiedName> relations;
  std::vector<core::QualifiedName> cast_types;
};

/// Collects from one or more pieces of a statement. Names of common table expressions are no
/// relations where they are visible; with() is for a clause whose names
/// all pieces see.
class ReferenceCollector {
 public:
  explicit ReferenceCollector(const Placeholders& placeholders) : placeholders_(placeholders) {}

  /// The statement's WITH clause: collects from its queries, and knows its names from then on.
  void with(const PgQuery__WithClause* clause);
  void collect(const ProtobufCMessage* message);
  void collect(const PgQuery__Node* node) { collect(content(node)); }
  void collect(PgQuery__Node* const* nodes, std::size_t count);

  References take() { return std::move(found_); }

 private:
  void collect_children(const ProtobufCMessage& message);
  void relation(const PgQuery__RangeVar& relation);
  void column(const PgQuery__ColumnRef& reference);
  core::QualifiedName qualified(PgQuery__Node* const* parts, std::size_t count) const;

  const Placeholders& placeholders_;
  std::multiset<std::string> common_tables_;
  References found_;
};

}  // namespace lockstep::sql
