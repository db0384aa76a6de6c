#include "pause_look.h"

#include <utility>

namespace lockstep::execution {
namespace {

constexpr std::chrono::milliseconds kEvery{500};

}  // namespace

std::optional<database::Pause> PauseLook::look(database::Session& session) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  if (looked_ && now - *looked_ < kEvery) {
    return seen_;
  }
  std::optional<database::Pause> found = ledger_.paused(session);
  looked_ = now;
  if (found.has_value() != seen_.has_value()) {
    events_.on(event::Notice{found ? to_string(*found) + "; to go on: lockstep resume"
                                   : std::string("goes on: the pause is over")});
  }
  seen_ = std::move(found);
  return seen_;
}

}  // namespace lockstep::execution
