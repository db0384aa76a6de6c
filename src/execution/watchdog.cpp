#include "watchdog.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep::execution {
namespace {

constexpr std::chrono::milliseconds kAskAgain{100};

}  // namespace

Watchdog::Watchdog() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
}

std::unique_ptr<Watchdog::Guard> Watchdog::watch(std::shared_ptr<database::Session> session,
                                                 std::chrono::milliseconds limit) {
  const std::size_t number = session->statement_number() + 1;
  return add(
      Watched{std::move(session), number, std::chrono::steady_clock::now() + limit, false, false});
}

std::unique_ptr<Watchdog::Guard> Watchdog::cancel(std::shared_ptr<database::Session> session,
                                                  std::size_t number) {
  return add(Watched{std::move(session), number, std::chrono::steady_clock::now(), true, false});
}

std::unique_ptr<Watchdog::Guard> Watchdog::add(Watched watched) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_++;
  const bool sooner = watched.deadline < looks_again_;
  watched_[id] = std::move(watched);
  if (sooner) {
    changed_.notify_one();
  }
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
    std::vector<Watched> due;
    for (auto& entry : watched_) {
      Watched& watched = entry.second;
      if (watched.expired) {
        continue;
      }
      if (watched.deadline <= now) {
        due.push_back(watched);
        if (watched.asked_again) {
          watched.deadline = now + kAskAgain;
        } else {
          watched.expired = true;
        }
      } else {
        next = std::min(next, watched.deadline);
      }
    }
    looks_again_ = next;
    if (!due.empty()) {
      // Without the mutex: the request needs a connection of its own, which may take long, and
      // everybody who begins or ends a statement needs the mutex. A statement that ended meanwhile
      // is not hit, as the number is another one by then.
      lock.unlock();
      for (const Watched& one : due) {
        one.session->cancel(one.number);
      }
      due.clear();
      lock.lock();
      continue;
    }
    changed_.wait_until(lock, stop, next, [&] {
      return std::any_of(watched_.begin(), watched_.end(), [&](const auto& entry) {
        return !entry.second.expired && entry.second.deadline < next;
      });
    });
  }
}

}  // namespace lockstep::execution
