#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lockstep/core/problem.h"
#include "lockstep/migration/migration.h"

namespace lockstep::migration {

/// What a comment is to us.
enum class CommentKind {
  kRemark,     ///< nothing of ours
  kDirective,  ///< "lockstep: name = value"
  kLookalike,  ///< meant as a directive and written wrongly; ignoring it would be dangerous
};

/// `text` is the comment without its "--" or "#", trimmed.
CommentKind classify(std::string_view text);

/// Reads "lockstep: name = value"; puts a Problem and gives nothing where it is malformed, unknown
/// or has a value that its name does not take. Precondition: classify(text) is kDirective.
std::optional<Directive> parse_directive(std::string_view text, const core::SourceLocation& where,
                                         core::Problems& problems);

/// True of what can only be said of a whole file.
bool is_for_file_only(std::string_view name);

/// Whether `value` is a phase; puts a Problem if not.
bool check_phase(std::string_view value, const core::SourceLocation& where,
                 core::Problems& problems);
/// The scope named; puts a Problem and gives kTenant if there is no such scope.
core::Scope parse_scope(std::string_view value, const core::SourceLocation& where,
                        core::Problems& problems);
/// Whether this is one hazard's name; puts a Problem if not.
bool check_hazard_name(std::string_view value, const core::SourceLocation& where,
                       core::Problems& problems);

}  // namespace lockstep::migration
