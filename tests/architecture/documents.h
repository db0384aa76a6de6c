#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace lockstep::test {

inline const std::filesystem::path kRoot = LOCKSTEP_SOURCE_DIR;

std::string slurp(const std::filesystem::path& file);

/// What the pattern's first group matches, everywhere in the text.
std::set<std::string> found(const std::string& text, const std::string& pattern);

/// The names of all TEST_CASEs below tests.
std::set<std::string> names_of_test_cases();

}  // namespace lockstep::test
