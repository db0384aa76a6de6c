#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/problem.h"

namespace lockstep::sql {

/// What `variables:` in lockstep.yaml and its like have set.
struct Variables {
  std::map<std::string, std::string> values;  ///< one line of text each, without "${"
  /// What to do about a name that is not among them; empty: nothing is said.
  std::function<std::string(const std::string& unknown)> remedy;
};

/// A piece of a text that was replaced, in bytes: [begin, end) before and after.
struct Edit {
  std::size_t begin_before = 0;
  std::size_t end_before = 0;
  std::size_t begin_after = 0;
  std::size_t end_after = 0;
};

struct Bound {
  std::string text;
  std::vector<Edit> edits;  ///< in the order of the text
};

/// SQL with each ${name} replaced by that variable's value, in the form that its place asks for, so
/// that no value can end the literal or name it stands in, or become a keyword:
///   outside of quotes   a number as it is, else an identifier, quoted where it has to be
///   '${name}'           single quotes doubled
///   "${name}"           double quotes doubled
///   $$ ... ${name} $$   the same within the body, only if `in_bodies`; else it is left alone
/// $${name} inside quotes is the text ${name}. ${schema}, comments, and what has no variable's name
/// between the braces are left alone. An unknown name, and a place that takes no variable, are
/// Problems at their place; `origin` is where the text begins.
Bound bind_variables(std::string_view text, const core::SourceLocation& origin,
                     const Variables& variables, bool in_bodies, core::Problems& problems);

/// The same for text that is no SQL, a comment's in YAML for example: values are put in as they
/// are.
std::string bind_variables_in_text(std::string_view text, const core::SourceLocation& where,
                                   const Variables& variables, core::Problems& problems);

/// A letter a to z, then letters a to z, digits and underscores; not "schema".
bool is_variable_name(std::string_view name) noexcept;

}  // namespace lockstep::sql
