#include "run_result.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "alike.h"
#include "news.h"

namespace lockstep::report {

using fleet::ApplyOutcome;
using fleet::ApplyResult;

namespace {

constexpr std::size_t kMostFailures = 20;  // or groups of tenants that failed alike
constexpr std::size_t kMostNamed = 5;

/// Tenants to which the same happened at the same step.
struct Alike {
  const fleet::TenantFailure* first = nullptr;
  std::vector<std::string> tenants;
};

/// In the order of the first of each.
std::vector<Alike> grouped(const std::vector<const fleet::TenantFailure*>& failures) {
  using Key =
      std::tuple<std::string, execution::TenantOutcome, std::string, std::string, std::string>;
  std::vector<Alike> groups;
  std::map<Key, std::size_t> known;
  for (const fleet::TenantFailure* failure : failures) {
    const auto plain = [&](const std::string& text) {
      return without_tenant(text, failure->tenant);
    };
    const auto entry =
        known.emplace(Key{failure->step, failure->outcome, failure->failure.sqlstate,
                          plain(failure->failure.message), plain(failure->failure.hint)},
                      groups.size());
    if (entry.second) {
      groups.push_back({failure, {}});
    }
    groups[entry.first->second].tenants.push_back(failure->tenant);
  }
  return groups;
}

std::string group_text(const Alike& group, const Style& style, const Paint& paint) {
  const fleet::TenantFailure& failure = *group.first;
  const bool several = group.tenants.size() > 1;
  const auto said = [&](const std::string& text) {
    return printable(several ? without_tenant(text, failure.tenant) : text);
  };
  std::string head = fmt::format(
      "{} {}", several ? counted(group.tenants.size(), "tenant") : tenant_words(failure.tenant),
      execution::to_string(failure.outcome));
  if (!failure.step.empty()) {
    head += " at " + failure.step;
  }
  std::string text = said(failure.failure.message);
  if (!failure.failure.sqlstate.empty()) {
    text += fmt::format(" (SQLSTATE {})", failure.failure.sqlstate);
  }
  std::string result =
      paint.bold(head) + ": " + wrapped(text, style.width, "  ", display_width(head) + 2) + "\n";
  if (several) {
    std::vector<std::string> names;
    for (const std::string& tenant : group.tenants) {
      names.push_back(tenant_words(tenant));
    }
    result +=
        "  " +
        wrapped(listed(names, style.verbose ? names.size() : kMostNamed), style.width, "  ", 2) +
        "\n";
  }
  if (!failure.failure.hint.empty()) {
    result +=
        "  " + wrapped(said(placed(failure.failure.hint, style)), style.width, "  ", 2) + "\n";
  }
  if (style.verbose && !failure.failure.statement.empty()) {
    result += "  " + one_line(failure.failure.statement, style.width - 2) + "\n";
  }
  return result;
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

std::string why_not_started(const ApplyResult& result) {
  if (result.wave_withheld) {
    return ": a wave begins when every tenant of those before it is there, and the ones named above"
           " are not";
  }
  return result.too_many_failures
             ? ": so many failed that no other one begins (rollout.max_failures, --max-failures)"
             : "";
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

std::string failures_text(const ApplyResult& result, const Style& style) {
  const Paint paint(style);
  std::vector<const fleet::TenantFailure*> failures;
  for (const fleet::TenantFailure& failure : result.failures) {
    // What was refused by the plan is told apart; what the server refused is told here.
    const bool told = failure.outcome == execution::TenantOutcome::kRefused &&
                      failure.failure.sqlstate.empty() && !result.refusals.empty();
    if (!told) {
      failures.push_back(&failure);
    }
  }
  std::string text;
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const Alike& group : grouped(failures)) {
    if (shown == kMostFailures && !style.verbose) {
      hidden += group.tenants.size();
      continue;
    }
    ++shown;
    text += group_text(group, style, paint);
  }
  if (hidden > 0) {
    text += placed(fmt::format("and {} more; `lockstep status` lists them all.\n", hidden), style);
  }
  return text;
}

std::string left_text(const ApplyResult& result) {
  std::string text;
  if (const std::size_t count = never_started(result); count > 0) {
    text += fmt::format("{} not started{}.\n",
                        counted(count, "tenant") + (count == 1 ? " was" : " were"),
                        why_not_started(result));
  }
  if (!result.vanished.empty()) {
    text += fmt::format("Skipped, there is no such schema: {}.\n", listed(result.vanished, 5));
  }
  return text;
}

void add_run(Json& json, const ApplyResult& result) {
  Json failures = Json::array();
  for (const fleet::TenantFailure& failure : result.failures) {
    failures.push_back(failure_json(failure));
  }
  json["run"] = result.run;
  json["outcome"] = fleet::to_string(result.outcome);
  json["tenants"] = {{"total", result.tenants.total},
                     {"done", result.tenants.done},
                     {"failed", result.tenants.failed},
                     {"blocked", result.tenants.blocked},
                     {"busy", result.tenants.busy},
                     {"skipped", result.tenants.skipped},
                     {"not_started", result.tenants.not_started}};
  json["steps"] = {{"done", result.steps.done}, {"retried", result.steps.retried}};
  json["failures"] = failures;
  json["vanished"] = result.vanished;
  json["refusals"] = to_json(result.refusals);
  json["longest_lock_wait_ms"] = result.longest_lock_wait.count();
  json["duration_ms"] = result.duration.count();
}

}  // namespace lockstep::report
