#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "fleet_session.h"
#include "lockstep/core/error.h"

namespace lockstep::cli {
namespace {

core::Version known_version(const std::string& text, const fleet::Files& files) {
  const auto version = core::Version::parse(text);
  const bool known =
      version && std::any_of(files.begin(), files.end(), [&](const planner::Recognised& file) {
        return file.migration->id.version == version;
      });
  if (!known) {
    throw core::InvalidInput(fmt::format("no migration has version \"{}\"", text),
                             "name the last migration whose change is in the database already");
  }
  return *version;
}

std::string in_words(const std::vector<std::string>& tenants) {
  const bool shared = tenants.size() == 1 && tenants.front().empty();
  return shared ? "the shared schemas" : fmt::format("{}", fmt::join(tenants, ", "));
}

}  // namespace

ExitCode run_baseline(Context& context, const BaselineOptions& options) {
  FleetSession session(context, no_events());
  const core::Version version = known_version(options.version, session.files());
  const fleet::BaselineResult result = session.fleet().baseline(session.files(), version);
  if (context.output.format() == Format::kJson) {
    nlohmann::ordered_json taken_back = nlohmann::ordered_json::array();
    for (const auto& [migration, tenants] : result.taken_back) {
      taken_back.push_back({{"migration", migration}, {"tenants", tenants}});
    }
    const nlohmann::ordered_json json{{"format", "lockstep.baseline/1"},
                                      {"version", version.text()},
                                      {"tenants", result.tenants},
                                      {"recorded", result.recorded},
                                      {"taken_back", taken_back}};
    context.output.data(json.dump(2) + "\n");
  } else {
    context.output.say(
        fmt::format("{} up to {} counts as applied in {} tenant{}{}. Nothing was run.\n"
                    "See what is left:  lockstep plan{}\n",
                    result.recorded == 0 ? "Nothing new: everything" : "Recorded: everything",
                    version.text(), result.tenants, result.tenants == 1 ? "" : "s",
                    result.recorded == 0 ? " already" : "", context.repeated_flags));
    for (const auto& [migration, tenants] : result.taken_back) {
      context.output.say(fmt::format(
          "{} had been taken back in {}: whatever is missing of it there is never added.\n",
          migration, in_words(tenants)));
    }
  }
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
