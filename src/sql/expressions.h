#pragma once

#include <vector>

#include "lockstep/sql/statement.h"
#include "reader.h"
#include "references.h"

namespace lockstep::sql {

/// The expression that stands at `range`. That the slice is the expression, whole and alone, is
/// proved by parsing it again; if it is not, a Problem is reported.
Expr read_expression(const Reader& reader, const PgQuery__Node* node, TokenRange range);

/// What an expression is and refers to, without its text.
Expr describe_expression(const Placeholders& placeholders, const PgQuery__Node* node);

/// The type that stands at `range`, proved likewise.
TypeName read_type(const Reader& reader, const PgQuery__TypeName* type, TokenRange range);
TypeName describe_type(const Placeholders& placeholders, const PgQuery__TypeName* type);

/// An element of an index that stands at `range`.
IndexElement read_index_element(const Reader& reader, const PgQuery__IndexElem* element,
                                TokenRange range);

/// The elements of the bracketed list at tokens (open, close), one for each node.
std::vector<IndexElement> read_index_elements(const Reader& reader, PgQuery__Node* const* nodes,
                                              std::size_t count, std::size_t open);

}  // namespace lockstep::sql
