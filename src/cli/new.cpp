#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "files.h"
#include "lockstep/core/error.h"
#include "versions.h"

namespace lockstep::cli {
namespace {

/// "Require phone" becomes "require_phone".
std::string file_part(const std::string& name) {
  std::string part;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    part += upper ? static_cast<char>(c - 'A' + 'a') : (c == ' ' || c == '-') ? '_' : c;
  }
  const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (part.empty() || !plain) {
    throw core::InvalidInput(fmt::format("\"{}\" cannot be a migration's name", name),
                             "use letters, digits and underscores: lockstep new require_phone");
  }
  return part;
}

std::string now_in_digits() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts);
  return {text, length};
}

std::string template_for(const std::string& name, bool yaml) {
  std::string words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  if (yaml) {
    return fmt::format(
        "description: {}\noperations:\n"
        "  # - add_column: {{table: users, column: phone, type: text}}\n",
        words);
  }
  return fmt::format(
      "-- {}\n"
      "--\n"
      "-- Write the change the plain way: Lockstep plans the safe one. docs/migrations.md says "
      "which\n"
      "-- options can stand above a statement.\n\n",
      words);
}

}  // namespace

ExitCode run_new(Context& context, const NewOptions& options) {
  const std::string name = file_part(options.name);
  const std::string folder = load_options(context, false).migrations;
  const auto names = context.files.list(folder).value_or(std::vector<std::string>());
  const std::string version = version_after(highest_version(names), now_in_digits());
  const std::string path =
      fmt::format("{}/{}_{}.{}", folder, version, name, options.yaml ? "yaml" : "sql");
  if (!create_file(path, template_for(name, options.yaml))) {
    throw core::InvalidInput(
        core::Problem{{path, 0, 0}, "the file is there already", "run it again"});
  }
  if (context.output.format() == Format::kJson) {
    const nlohmann::ordered_json json{
        {"format", "lockstep.new/1"}, {"file", path}, {"version", version}};
    context.output.data(json.dump(2) + "\n");
  } else {
    context.output.say(
        fmt::format("created  {}\n\nWrite the change into it, then see what it would do:\n"
                    "  lockstep lint {}\n",
                    path, path));
  }
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
