#pragma once

#include <string>

namespace lockstep::sql {

/// The beginning of a statement, for people to recognise it by, at most `most` bytes of whole
/// characters. What it may say of anybody is left out: each literal is a `?`, comments are gone.
/// The statement may be cut off anywhere, as the server keeps only a part of what a session runs
/// (track_activity_query_size); what it was cut off in, or PostgreSQL's scanner cannot read, is
/// "...". Valid UTF-8.
std::string masked(const std::string& statement, std::size_t most);

}  // namespace lockstep::sql
