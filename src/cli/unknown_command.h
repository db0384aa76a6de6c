#pragma once

#include <string>
#include <vector>

namespace lockstep::cli {

/// Why a word is no command, and what to do: the one that was meant; what to do meanwhile, of a
/// command that comes with a later version; else those that there are.
std::string unknown_command(const std::string& word, const std::vector<std::string>& known);

}  // namespace lockstep::cli
