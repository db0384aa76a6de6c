#include "unknown_command.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/text/nearest.h"

namespace lockstep::cli {

namespace {

struct LaterCommand {
  std::string_view name;
  std::string_view meanwhile;
};

constexpr std::array<LaterCommand, 4> kLaterCommands{{
    {"verify",
     "lockstep plan names tenants whose structure differs, lockstep status names edited files"},
    {"tenants", "lockstep status lists them; lockstep apply brings a new one to the head version"},
    {"rehearse", "lockstep plan shows what each step locks; try it on a copy of the database"},
    {"doctor", "lockstep status names what is unfinished, and why"},
}};

}  // namespace

std::string unknown_command(const std::string& word, const std::vector<std::string>& known) {
  const auto* later =
      std::find_if(kLaterCommands.begin(), kLaterCommands.end(),
                   [&word](const LaterCommand& command) { return command.name == word; });
  if (later != kLaterCommands.end()) {
    return fmt::format("{} comes with a later version; {}", word, later->meanwhile);
  }
  if (const auto meant = text::nearest(word, known)) {
    return fmt::format("\"{}\" is not expected here; did you mean {}?", word, *meant);
  }
  return fmt::format("\"{}\" is no command; there are {}", word, fmt::join(known, ", "));
}

}  // namespace lockstep::cli
