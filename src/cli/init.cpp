#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "files.h"
#include "lockstep/config/options.h"

namespace lockstep::cli {

namespace {

/// The one that the other commands read with the same options: what the file names is beside it.
std::string migrations_folder(const Context& context, const std::string& file) {
  if (context.flags.migrations) {
    return *context.flags.migrations;
  }
  return (std::filesystem::path(file).parent_path() / "migrations").string();
}

}  // namespace

ExitCode run_init(Context& context) {
  std::vector<std::string> created;
  std::vector<std::string> kept;
  const std::string file = context.flags.config.value_or("lockstep.yaml");
  (create_file(file, config::example_file()) ? created : kept).push_back(file);
  const std::string migrations = migrations_folder(context, file);
  for (const std::string& folder : {migrations, migrations + "/repeatable", std::string("plans")}) {
    (create_folder(folder) ? created : kept).push_back(folder + "/");
  }
  if (context.output.format() == Format::kJson) {
    const nlohmann::ordered_json json{
        {"format", "lockstep.init/1"}, {"created", created}, {"kept", kept}};
    context.output.data(json.dump(2) + "\n");
    return ExitCode::kDone;
  }
  for (const std::string& each : created) {
    context.output.say(fmt::format("created  {}\n", each));
  }
  for (const std::string& each : kept) {
    context.output.say(fmt::format("kept     {}  (it was there)\n", each));
  }
  context.output.say(
      fmt::format("\nSay in {} which schemas are tenants, then write the first migration:\n"
                  "  lockstep new{} first_tables\n",
                  file, context.repeated_flags));
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
