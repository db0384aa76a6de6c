#include "patience.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "retry_policy.h"

namespace lockstep::execution {
namespace {

using Seen = std::map<std::string, core::Clock::TimePoint>;

/// Where a transaction's age may not be seen, it is measured from look to look.
Seen hidden_ones(const std::vector<Blocker>& blockers, const Seen& before,
                 core::Clock::TimePoint now) {
  Seen seen;
  for (const Blocker& blocker : blockers) {
    if (blocker.hidden) {
      const auto first = before.find(blocker.transaction);
      seen[blocker.transaction] = first == before.end() ? now : first->second;
    }
  }
  return seen;
}

}  // namespace

std::optional<milliseconds> wait_again(std::optional<TenantWork::Waiting>& waiting,
                                       const std::string& step, const Busy& busy,
                                       const LockOptions& locks, core::Clock::TimePoint now,
                                       double jitter) {
  if (!waiting || waiting->step != step) {
    waiting = TenantWork::Waiting{};
    waiting->step = step;
    waiting->since = now;
  }
  ++waiting->attempts;
  waiting->batch = busy.batch;
  waiting->seen = hidden_ones(busy.blockers, waiting->seen, now);
  waiting->too_long = busy.reason == Busy::Why::kHold ? waiting->too_long + 1 : 0;
  if (busy.reason == Busy::Why::kRelation) {
    waiting->since = now;
  }
  const core::Clock::Duration left = waiting->since + locks.give_up_after - now;
  if (left <= core::Clock::Duration::zero()) {
    return std::nullopt;
  }
  const bool queued = busy.reason == Busy::Why::kLock || busy.reason == Busy::Why::kHold;
  const milliseconds pause = queued ? retry_delay(locks.lock_timeout, waiting->attempts, jitter)
                                    : census_delay(waiting->attempts, jitter);
  // The last attempt is at the end of its patience, not some time after it.
  return std::min(pause, std::chrono::ceil<milliseconds>(left));
}

}  // namespace lockstep::execution
