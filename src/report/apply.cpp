#include "lockstep/report/apply.h"

#include <fmt/format.h>

#include "json.h"
#include "layout.h"
#include "lockstep/report/preflight.h"
#include "lockstep/report/problems.h"
#include "lockstep/text/units.h"
#include "run_result.h"

namespace lockstep::report {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;

std::string outcome_sentence(const ApplyResult& result, const ApplyView& view, const Paint& paint) {
  std::string text = headword(result, paint) + ": ";
  if (result.tenants.total == 0) {
    text += printable(view.no_tenants);
  } else {
    text += fmt::format("{} in {} of {}", view.reached, result.tenants.done,
                        counted(result.tenants.total, "tenant"));
  }
  if (result.steps.done > 0) {
    text += fmt::format(", {} in {}, longest wait for a lock at most {}",
                        counted(result.steps.done, "step"), text::format_duration(result.duration),
                        text::format_duration(result.longest_lock_wait));
  } else if (result.outcome == ApplyOutcome::kDone) {
    text += ", nothing was left to do";
  }
  return text + ".\n";
}

}  // namespace

std::string apply_text(const ApplyResult& result, const ApplyView& view, const Style& style) {
  const Paint paint(style);
  const bool nothing_there = !view.empty_folder.empty() && result.outcome == ApplyOutcome::kDone;
  if (!result.preflight.empty()) {
    const core::Problems problems = preflight_problems(result.preflight, style.verbose);
    std::string text = paint.red("Not begun") +
                       fmt::format(": no tenant was changed, {}.\n",
                                   preflight_words(result.preflight, problems.size())) +
                       problems_text(problems, style);
    for (const std::string& line : view.next) {
      text += line + "\n";
    }
    return text;
  }
  std::string text = nothing_there ? "Nothing to do: " + no_migrations(view.empty_folder) + "\n"
                                   : outcome_sentence(result, view, paint);
  text += problems_text(result.refusals, style);
  text += failures_text(result, style);
  text += left_text(result);
  for (const std::string& line : view.next) {
    text += line + "\n";
  }
  return text;
}

std::string apply_json(const ApplyResult& result) {
  Json json;
  json["format"] = "lockstep.apply/1";
  add_run(json, result);
  return printed(json);
}

}  // namespace lockstep::report
