#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

// Reading the SQL inside YAML fields, with the place of what is wrong.

namespace lockstep::operations {

/// `table:`, required; `if_exists:`.
TableTarget yaml_table(text::Fields& fields, core::Problems& problems);
catalog::QualifiedName yaml_name(text::Fields& fields, std::string_view key,
                                 core::Problems& problems);
/// A column or constraint name: folded and unquoted as SQL would.
std::string yaml_identifier(text::Fields& fields, std::string_view key, core::Problems& problems);
std::optional<sql::Expr> yaml_expression(text::Fields& fields, std::string_view key,
                                         core::Problems& problems);
std::optional<sql::TypeName> yaml_type(text::Fields& fields, std::string_view key,
                                       core::Problems& problems);

/// The same for text whose place is known.
catalog::QualifiedName parse_name(const std::string& text, const core::SourceLocation& where,
                                  core::Problems& problems);
std::string parse_identifier(const std::string& text, const core::SourceLocation& where,
                             core::Problems& problems);
std::optional<sql::Expr> parse_expression(const std::string& text,
                                          const core::SourceLocation& where,
                                          core::Problems& problems);

}  // namespace lockstep::operations
