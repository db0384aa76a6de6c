#include "lockstep/report/apply.h"

#include <algorithm>

#include <fmt/format.h>

#include "json.h"
#include "layout.h"
#include "lockstep/report/preflight.h"
#include "lockstep/report/problems.h"
#include "lockstep/text/units.h"
#include "news.h"

namespace lockstep::report {
namespace {

using fleet::ApplyOutcome;
using fleet::ApplyResult;

constexpr std::size_t kMostFailures = 20;

std::string headword(const ApplyResult& result, const Paint& paint) {
  switch (result.outcome) {
    case ApplyOutcome::kDone:
      return paint.green("Done");
    case ApplyOutcome::kFailed:
      return paint.red(fmt::format("Failed in {}", counted(result.tenants.failed, "tenant")));
    case ApplyOutcome::kInterrupted:
      return paint.yellow("Stopped by a signal, nothing is lost");
    case ApplyOutcome::kRefused:
      return paint.red("Refused");
    case ApplyOutcome::kStuck:
      return paint.red(fmt::format("Stuck in {}, somebody has to look",
                                   counted(result.tenants.blocked, "tenant")));
    case ApplyOutcome::kBlocked:
      return paint.yellow(fmt::format("Not finished, {} could not get a lock in time",
                                      counted(result.tenants.blocked, "tenant")));
    case ApplyOutcome::kBusy:
      return paint.yellow(fmt::format("Not finished, {} held by another run",
                                      counted(result.tenants.busy, "tenant")));
    case ApplyOutcome::kPaused:
      return paint.yellow("Not finished, paused");
    case ApplyOutcome::kWaiting:
      return paint.yellow("Not finished, waiting for others");
  }
  return {};
}

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

std::string failure_text(const fleet::TenantFailure& failure, const Style& style,
                         const Paint& paint) {
  std::string head =
      fmt::format("{} {}", tenant_words(failure.tenant), execution::to_string(failure.outcome));
  if (!failure.step.empty()) {
    head += " at " + failure.step;
  }
  std::string text = printable(failure.failure.message);
  if (!failure.failure.sqlstate.empty()) {
    text += fmt::format(" (SQLSTATE {})", failure.failure.sqlstate);
  }
  std::string result =
      paint.bold(head) + ": " + wrapped(text, style.width, "  ", display_width(head) + 2) + "\n";
  if (!failure.failure.hint.empty()) {
    result += "  " + wrapped(printable(failure.failure.hint), style.width, "  ", 2) + "\n";
  }
  if (style.verbose && !failure.failure.statement.empty()) {
    result += "  " + one_line(failure.failure.statement, style.width - 2) + "\n";
  }
  return result;
}

std::string failures_text(const ApplyResult& result, const Style& style) {
  const Paint paint(style);
  std::string text;
  std::size_t left = style.verbose ? result.failures.size() : kMostFailures;
  std::size_t hidden = 0;
  for (const fleet::TenantFailure& failure : result.failures) {
    // What was refused by the plan is told apart; what the server refused is told here.
    const bool told = failure.outcome == execution::TenantOutcome::kRefused &&
                      failure.failure.sqlstate.empty() && !result.refusals.empty();
    if (told) {
      continue;
    }
    if (left == 0) {
      ++hidden;
      continue;
    }
    --left;
    text += failure_text(failure, style, paint);
  }
  if (hidden > 0) {
    text += fmt::format("and {} more; `lockstep status` lists them all.\n", hidden);
  }
  return text;
}

/// The count is of all that are left; those that the signal found at work are told of above.
std::size_t never_started(const ApplyResult& result) {
  const auto interrupted = std::count_if(
      result.failures.begin(), result.failures.end(), [](const fleet::TenantFailure& failure) {
        return failure.outcome == execution::TenantOutcome::kInterrupted;
      });
  const auto left = static_cast<std::ptrdiff_t>(result.tenants.not_started);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(left - interrupted, 0));
}

Json failure_json(const fleet::TenantFailure& failure) {
  return {{"tenant", failure.tenant},
          {"step", failure.step},
          {"outcome", execution::to_string(failure.outcome)},
          {"sqlstate", failure.failure.sqlstate},
          {"message", failure.failure.message},
          {"hint", failure.failure.hint},
          {"statement", failure.failure.statement}};
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
  if (const std::size_t count = never_started(result); count > 0) {
    text += fmt::format("{} not started.\n",
                        counted(count, "tenant") + (count == 1 ? " was" : " were"));
  }
  if (!result.vanished.empty()) {
    text += fmt::format("Skipped, there is no such schema: {}.\n", listed(result.vanished, 5));
  }
  for (const std::string& line : view.next) {
    text += line + "\n";
  }
  return text;
}

std::string apply_json(const ApplyResult& result) {
  Json failures = Json::array();
  for (const fleet::TenantFailure& failure : result.failures) {
    failures.push_back(failure_json(failure));
  }
  return printed({{"format", "lockstep.apply/1"},
                  {"run", result.run},
                  {"outcome", fleet::to_string(result.outcome)},
                  {"tenants",
                   {{"total", result.tenants.total},
                    {"done", result.tenants.done},
                    {"failed", result.tenants.failed},
                    {"blocked", result.tenants.blocked},
                    {"busy", result.tenants.busy},
                    {"skipped", result.tenants.skipped},
                    {"not_started", result.tenants.not_started}}},
                  {"steps", {{"done", result.steps.done}, {"retried", result.steps.retried}}},
                  {"failures", failures},
                  {"vanished", result.vanished},
                  {"refusals", to_json(result.refusals)},
                  {"longest_lock_wait_ms", result.longest_lock_wait.count()},
                  {"duration_ms", result.duration.count()}});
}

}  // namespace lockstep::report
