#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/sql/statement.h"
#include "lockstep/sql/variables.h"

namespace lockstep::sql {

/// A comment outside of string and body literals.
struct Comment {
  std::string text;  ///< without "--" or "/* */", trimmed
  core::SourceSpan span;
  core::SourceLocation where;
  bool block = false;  ///< written /* */
};

struct ParsedFile {
  std::string text;                   ///< what was parsed, variables bound: what spans count in
  std::vector<Statement> statements;  ///< in the file's order; complete only if `problems` is empty
  std::vector<Comment> comments;
  core::Problems problems;
};

struct ParseOptions {
  std::string file;  ///< for problems
  /// ${schema} inside dollar-quoted bodies is a placeholder, in the form for literals: right within
  /// quotes of the body's own ('${schema}'), and as a name where the schema needs no quotes. Else
  /// a body is kept as it is.
  bool placeholder_in_bodies = false;
  Variables variables = {};
};

/// Parses a whole file, its variables bound first (variables.h); places are those of the file as it
/// is written. Never throws for what the author wrote: a syntax error, a NUL byte, invalid
/// UTF-8, an unknown ${name}, nesting or size beyond what the parser stands are Problems, in the
/// order of the text. A byte order mark is skipped. All statements are looked at, also after a
/// broken one; only an open quote or comment ends the text. Runs the parser on a thread of its own
/// with a large stack; callable from several threads.
ParsedFile parse(std::string_view text, const ParseOptions& options);

/// What PostgreSQL calls the column of an index on that expression when it makes up the index's
/// name: what the expression names, or "expr".
std::string index_column_name(std::string_view expression);

/// Parses one fragment, for YAML fields. `where` is where the fragment begins. Exactly one
/// expression (type, index element) or Problems, never a part of what was written.
std::variant<Expr, core::Problems> parse_expression(std::string_view text,
                                                    const core::SourceLocation& where);
std::variant<TypeName, core::Problems> parse_type(std::string_view text,
                                                  const core::SourceLocation& where);
std::variant<IndexElement, core::Problems> parse_index_element(std::string_view text,
                                                               const core::SourceLocation& where);
/// "users", "billing.plans", "${schema}.users", each part quoted or not.
std::variant<QualifiedName, core::Problems> parse_qualified_name(std::string_view text,
                                                                 const core::SourceLocation& where);

/// What PostgreSQL printed (pg_get_expr), for what it refers to. Origin is kServer. Never fails:
/// what our grammar does not know has its text only.
Expr server_expression(std::string_view text);

// The same text with another name wherever it names that column, with or without its table before
// it: what a copy of an index or a CHECK says of a copy of the column. Text that does not parse
// stays as it is.

std::string rename_in_expression(std::string_view expression, std::string_view from,
                                 std::string_view to);
std::string rename_in_index_element(std::string_view element, std::string_view from,
                                    std::string_view to);

/// Which grammar reads the files, e.g. "PostgreSQL 15".
std::string grammar();

}  // namespace lockstep::sql
