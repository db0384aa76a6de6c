#include "outcome.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::fleet {

using execution::TenantOutcome;
using execution::TenantResult;

namespace {

constexpr std::size_t kMostNamed = 3;

void skip(const std::string& tenant, ApplyResult& result) {
  if (std::find(result.vanished.begin(), result.vanished.end(), tenant) == result.vanished.end()) {
    result.vanished.push_back(tenant);
    ++result.tenants.skipped;
  }
}

void count(const std::string& tenant, const TenantResult& ended, ApplyResult& result) {
  switch (ended.outcome) {
    case TenantOutcome::kDone:
    case TenantOutcome::kSkipped:
      return;
    case TenantOutcome::kFailed:
    case TenantOutcome::kRefused:
      ++result.tenants.failed;
      break;
    case TenantOutcome::kBlocked:
    case TenantOutcome::kStuck:
      ++result.tenants.blocked;
      break;
    case TenantOutcome::kBusy:
    case TenantOutcome::kPaused:
    case TenantOutcome::kWaiting:
      ++result.tenants.busy;
      break;
    case TenantOutcome::kInterrupted:
      ++result.tenants.not_started;
      break;
  }
  result.failures.push_back({tenant, ended.step, ended.outcome, ended.failure, ended.migration});
}

/// "tenant t3", "tenants t3 and t4", "tenants t3, t4, t5 and 7 more".
std::string named(const std::vector<std::string>& tenants) {
  if (tenants.size() == 1) {
    return "tenant " + tenants.front();
  }
  const std::size_t shown = std::min(tenants.size(), kMostNamed);
  const bool more = shown < tenants.size();
  const auto last = tenants.begin() + static_cast<std::ptrdiff_t>(more ? shown : shown - 1);
  return fmt::format("tenants {} and {}", fmt::join(tenants.begin(), last, ", "),
                     more ? fmt::format("{} more", tenants.size() - shown) : *last);
}

void count_refused(const plan::RefusedTenants& refused, ApplyResult& result) {
  TenantResult ended;
  ended.outcome = TenantOutcome::kRefused;
  std::vector<std::string> remedies;
  for (const core::Problem& reason : refused.reasons) {
    const std::string where = core::to_string(reason.where);
    ended.failure.message += fmt::format("{}{}{}", ended.failure.message.empty() ? "" : "; ",
                                         where.empty() ? "" : where + ": ", reason.message);
    if (std::find(remedies.begin(), remedies.end(), reason.remedy) == remedies.end() &&
        !reason.remedy.empty()) {
      remedies.push_back(reason.remedy);
    }
    result.refusals.push_back({reason.where,
                               fmt::format("{}: {}", named(refused.tenants), reason.message),
                               reason.remedy});
  }
  ended.failure.hint = fmt::format("{}", fmt::join(remedies, "; "));
  for (const std::string& tenant : refused.tenants) {
    count(tenant, ended, result);
  }
}

/// Who has not reached the phase: for a reason of its own, or because the run did not come to it,
/// or because others have it in hand.
void count_left(const std::string& tenant, const Ending& ending, ApplyResult& result) {
  if (ending.tally.failed(tenant)) {
    count(tenant, ending.tally.ended().at(tenant), result);
    return;
  }
  const bool shared = tenant == database::kSharedTenant;
  if ((ending.stopped || ending.gave_up) && !shared) {
    ++result.tenants.not_started;
    return;
  }
  if (ending.gave_up) {
    return;
  }
  TenantResult left;
  left.outcome = ending.stopped ? TenantOutcome::kInterrupted : TenantOutcome::kBusy;
  left.failure.message = ending.stopped
                             ? "stopped by a signal before its turn"
                             : "another run has it in hand, or brought something new to it";
  left.failure.hint = ending.stopped ? "" : "run it again: it ends when everybody is there";
  count(tenant, left, result);
}

/// The gravest first: 6, 3, 1, 7 of the exit codes.
ApplyOutcome gravest(const ApplyResult& result, bool stopped) {
  const auto any = [&](TenantOutcome outcome) {
    return std::any_of(result.failures.begin(), result.failures.end(),
                       [&](const TenantFailure& failure) { return failure.outcome == outcome; });
  };
  if (any(TenantOutcome::kInterrupted) || (stopped && result.tenants.not_started > 0)) {
    return ApplyOutcome::kInterrupted;
  }
  if (any(TenantOutcome::kRefused)) {
    return ApplyOutcome::kRefused;
  }
  if (any(TenantOutcome::kStuck)) {
    return ApplyOutcome::kStuck;
  }
  if (any(TenantOutcome::kFailed)) {
    return ApplyOutcome::kFailed;
  }
  if (any(TenantOutcome::kBlocked)) {
    return ApplyOutcome::kBlocked;
  }
  if (any(TenantOutcome::kPaused)) {
    return ApplyOutcome::kPaused;
  }
  if (any(TenantOutcome::kWaiting)) {
    return ApplyOutcome::kWaiting;
  }
  const bool left = any(TenantOutcome::kBusy) || result.tenants.not_started > 0;
  return left ? ApplyOutcome::kBusy : ApplyOutcome::kDone;
}

}  // namespace

ApplyResult outcome_of(const Ending& ending) {
  ApplyResult result;
  for (const std::string& tenant : ending.vanished) {
    skip(tenant, result);
  }
  std::set<std::string> refused;
  for (const plan::RefusedTenants& group : ending.refused) {
    count_refused(group, result);
    refused.insert(group.tenants.begin(), group.tenants.end());
  }
  for (const auto& [tenant, ended] : ending.tally.ended()) {
    if (ended.outcome == TenantOutcome::kSkipped) {
      skip(tenant, result);
    }
  }
  const std::string shared(database::kSharedTenant);
  if (ending.left.contains(shared)) {
    count_left(shared, ending, result);
  }
  for (const std::string& tenant : ending.tenants) {
    if (refused.contains(tenant)) {
      continue;
    }
    if (ending.left.contains(tenant)) {
      count_left(tenant, ending, result);
    } else {
      ++result.tenants.done;
    }
  }
  result.tenants.total = ending.tenants.size();
  result.outcome = gravest(result, ending.stopped);
  return result;
}

}  // namespace lockstep::fleet
