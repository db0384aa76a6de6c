#pragma once

#include <string>
#include <string_view>

namespace lockstep::execution {

/// The beginning of somebody else's statement, for people to recognise it by. What it may say of
/// anybody is left out: each literal is a `?`, comments are gone. It may end anywhere, as the
/// server keeps only a part of it; so this reads tokens and needs no whole statement.
std::string masked_statement(std::string_view sql);

}  // namespace lockstep::execution
