#include "documents.h"

#include <fstream>
#include <iterator>
#include <regex>

namespace lockstep::test {

namespace fs = std::filesystem;

std::string slurp(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::set<std::string> words;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), expression);
       match != std::sregex_iterator(); ++match) {
    words.insert((*match)[1].str());
  }
  return words;
}

std::set<std::string> names_of_test_cases() {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    // A long name is written as neighbouring literals.
    const std::string joined =
        std::regex_replace(slurp(entry.path()), std::regex(R"("\s*\n\s*")"), "");
    names.merge(found(joined, R"re(TEST_CASE(?:_METHOD\(\s*\w+\s*,|\()\s*"((?:[^"\\]|\\.)*)")re"));
  }
  return names;
}

}  // namespace lockstep::test
