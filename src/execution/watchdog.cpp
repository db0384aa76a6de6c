#include "watchdog.h"

#include <algorithm>

namespace lockstep::execution {

Watchdog::Watchdog() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
}

std::unique_ptr<Watchdog::Guard> Watchdog::watch(database::Session& session,
                                                 std::chrono::milliseconds limit) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_++;
  watched_[id] = Watched{&session, session.statement_number() + 1,
                         std::chrono::steady_clock::now() + limit, false};
  changed_.notify_one();
  return std::make_unique<Guard>(*this, id);
}

Watchdog::Guard::~Guard() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.watched_.erase(id_);
}

bool Watchdog::Guard::expired() const {
  const std::lock_guard lock(owner_.mutex_);
  return owner_.watched_.at(id_).expired;
}

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = std::chrono::steady_clock::now();
    auto next = now + std::chrono::hours(1);
    for (auto& entry : watched_) {
      Watched& watched = entry.second;
      if (watched.expired) {
        continue;
      }
      if (watched.deadline <= now) {
        watched.expired = true;
        // Under the mutex: the guard's owner keeps the session alive until the guard is gone.
        watched.session->cancel(watched.number);
      } else {
        next = std::min(next, watched.deadline);
      }
    }
    changed_.wait_until(lock, stop, next, [&] {
      return std::any_of(watched_.begin(), watched_.end(), [&](const auto& entry) {
        return !entry.second.expired && entry.second.deadline < next;
      });
    });
  }
}

}  // namespace lockstep::execution
