#pragma once

#include <string>

namespace lockstep::sql {

/// A statement as PostgreSQL's scanner reads it: its words with one blank between them, without
/// comments, keywords and unquoted names in lower case. Texts with the same words say the same.
/// What is inside of quotes counts as written, also in a body. Text that cannot be scanned is given
/// as it is.
std::string words_of(const std::string& statement);

}  // namespace lockstep::sql
