#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "fleet_session.h"

namespace lockstep::cli {
namespace {

using fleet::AcceptedEdit;
using nlohmann::ordered_json;

ordered_json edit_json(const AcceptedEdit& edit) {
  return {{"migration", edit.migration},
          {"same_statements", edit.same_statements},
          {"finished", edit.standing.finished},
          {"half_way", edit.standing.half_way},
          {"not_begun", edit.standing.not_begun},
          {"with_new_text", edit.standing.with_new_text},
          {"with_third_text", edit.standing.with_third_text}};
}

ordered_json json_of(const fleet::RepairResult& result) {
  ordered_json edits = ordered_json::array();
  for (const AcceptedEdit& edit : result.edits) {
    edits.push_back(edit_json(edit));
  }
  return {{"format", "lockstep.repair/1"},
          {"accepted", result.accepted},
          {"edits", edits},
          {"forgotten", result.forgotten},
          {"structures", result.structures}};
}

/// Each of them: who reads this has to know.
std::string all_of(const std::vector<std::string>& names) {
  return names.size() == 1 && names.front().empty() ? "the shared scope"
                                                    : fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> without(std::vector<std::string> names, const fleet::Spread& standing) {
  for (const auto* others : {&standing.with_new_text, &standing.with_third_text}) {
    const std::set<std::string> apart(others->begin(), others->end());
    std::erase_if(names, [&](const std::string& name) { return apart.contains(name); });
  }
  return names;
}

/// Line by line who has what, where tenants differ from now on.
std::string texts_by_tenant(const AcceptedEdit& edit) {
  const fleet::Spread& standing = edit.standing;
  std::string text = fmt::format(
      "accepted   {}: it says something else than what was begun, and tenants differ from"
      " now on\n",
      edit.migration);
  const auto line = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) {
      text += fmt::format("  {:<30}{}\n", what, all_of(names));
    }
  };
  const bool same = edit.same_statements;
  line(same ? "have the recorded text:" : "have the old text:",
       without(standing.finished, standing));
  line("go on with the old steps:", without(standing.half_way, standing));
  line("have the new text:", standing.with_new_text);
  line("have a third text:", standing.with_third_text);
  line("get the new text:", standing.not_begun);
  return text;
}

std::string edit_text(const AcceptedEdit& edit) {
  const fleet::Spread& standing = edit.standing;
  if (!standing.with_third_text.empty()) {
    return texts_by_tenant(edit);
  }
  if (edit.same_statements) {
    return fmt::format(
        "accepted   {}: it makes the same steps; its new checksum is recorded, and it is not run"
        " again\n",
        edit.migration);
  }
  if (standing.half_way.empty() && standing.finished.empty()) {
    return fmt::format(
        "accepted   {}: those who had begun it are gone; everybody gets the new text\n",
        edit.migration);
  }
  if (standing.half_way.empty() && standing.not_begun.empty() && standing.with_new_text.empty()) {
    return fmt::format(
        "accepted   {}: it says something else than what was applied, and is not run again; new"
        " tenants get the new text\n",
        edit.migration);
  }
  return texts_by_tenant(edit);
}

}  // namespace

ExitCode run_repair(Context& context, const RepairOptions& options) {
  FleetSession session(context, no_events());
  const fleet::RepairResult result =
      session.fleet().repair(session.files(), {options.forget_deleted, options.accept_different});
  if (context.output.format() == Format::kJson) {
    context.output.data(json_of(result).dump(2) + "\n");
    return ExitCode::kDone;
  }
  for (const AcceptedEdit& edit : result.edits) {
    context.output.say(edit_text(edit));
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
