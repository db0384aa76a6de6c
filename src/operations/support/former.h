#pragma once

#include <string>
#include <string_view>

#include "lockstep/core/names.h"

// Queries for plan::Undo::former: what is there when a step is about to replace it, as the
// statement that brings it back.

namespace lockstep::operations {

/// The name of a schema as a string literal; the tenant's is a placeholder.
std::string schema_literal(const std::string& schema);

enum class WithoutComment { kNothing, kSetNull };

/// Gives COMMENT ON with the comment that an object has; without one either nothing, or the
/// statement that takes another away. `sub_name`: the column, constraint, trigger, policy or rule
/// of the relation `name`. Empty for a kind of object of which nobody can say which one is meant
/// by its name alone.
std::string former_comment(std::string_view object_type, const core::QualifiedName& name,
                           const std::string& sub_name, WithoutComment without);

/// Gives COMMENT ON for the columns of a relation that have one.
std::string former_column_comments(const core::QualifiedName& relation);

/// Gives CREATE OR REPLACE of a function or procedure. `argument_types` as the catalog prints them,
/// to tell functions of one name.
std::string former_function(const core::QualifiedName& name, const std::string& argument_types);

}  // namespace lockstep::operations
