#include "support/alternatives.h"

#include <fmt/format.h>

#include "lockstep/text/nearest.h"

namespace lockstep::operations {

std::string one_of(text::Fields& fields, const std::vector<std::string>& keys) {
  std::string written;
  for (const std::string& key : keys) {
    if (fields.node(key) == nullptr) continue;
    if (!written.empty()) {
      fields.problem(key, fmt::format("\"{}\" and \"{}\" exclude each other", written, key),
                     fmt::format("Write one of {}.", text::join_words(keys)));
      continue;
    }
    written = key;
  }
  return written;
}

void none_of(text::Fields& fields, const std::vector<std::string>& keys,
             const std::string& beside) {
  for (const std::string& key : keys) {
    if (fields.node(key) == nullptr) continue;
    fields.problem(key, fmt::format("\"{}\" goes with \"{}\", which is not written", key, beside),
                   {});
  }
}

}  // namespace lockstep::operations
