#include "lockstep/core/error.h"

#include <string>
#include <utility>

namespace lockstep::core {

namespace {

std::string joined(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!text.empty()) text += '\n';
    text += to_string(problem);
  }
  return text;
}

}  // namespace

InvalidInput::InvalidInput(Problems problems)
    : std::runtime_error(joined(problems)), problems_(std::move(problems)) {}

Refused::Refused(Problems reasons)
    : std::runtime_error(joined(reasons)), reasons_(std::move(reasons)) {}

}  // namespace lockstep::core
