#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "fleet_session.h"

namespace lockstep::cli {

ExitCode run_repair(Context& context, const RepairOptions& options) {
  FleetSession session(context, no_events());
  const fleet::RepairResult result =
      session.fleet().repair(session.files(), options.forget_deleted);
  if (context.output.format() == Format::kJson) {
    const nlohmann::ordered_json json{{"format", "lockstep.repair/1"},
                                      {"accepted", result.accepted},
                                      {"forgotten", result.forgotten},
                                      {"structures", result.structures}};
    context.output.data(json.dump(2) + "\n");
    return ExitCode::kDone;
  }
  for (const std::string& file : result.accepted) {
    context.output.say(
        fmt::format("accepted   {}: its new checksum is recorded; it is not run again\n", file));
  }
  for (const std::string& key : result.forgotten) {
    context.output.say(fmt::format("forgotten  {}: its file is gone\n", key));
  }
  for (const std::string& tenant : result.structures) {
    context.output.say(
        fmt::format("accepted   {}: it goes on with the structure that it has now\n", tenant));
  }
  if (result.accepted.empty() && result.forgotten.empty() && result.structures.empty()) {
    context.output.say(
        "Nothing to repair: every applied file is as it was recorded.\n"
        "Files deleted since then are forgotten only with --forget-deleted.\n");
  }
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
