#pragma once

#include <string>
#include <string_view>

#include "lockstep/core/names.h"

namespace lockstep::sql {

/// The identifier as SQL, in double quotes only where PostgreSQL needs them (upper case, odd
/// characters, a keyword that cannot stand as a column name). kTenantSchema stays the placeholder.
std::string quote_identifier(std::string_view name);

/// schema.name, each part quoted as needed; the name alone where the schema is empty.
std::string quote(const core::QualifiedName& name);

/// The text as a string literal for standard_conforming_strings = on. Text with a backslash becomes
/// E'...'.
std::string quote_literal(std::string_view text);

}  // namespace lockstep::sql
