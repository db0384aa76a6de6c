#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "lockstep/database/session.h"

namespace lockstep::execution {

/// Cancels our own statements on their own sessions: when their time is over, or when a second
/// signal asks for it. Statement timeouts count each statement alone; this counts the whole
/// message, from a second connection (RULES.md 13). Thread-safe.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// While it lives, the next statement of the session is watched.
  class Guard {
   public:
    Guard(Watchdog& owner, std::uint64_t id) : owner_(owner), id_(id) {}
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    /// Whether the statement was cancelled because its time was over.
    bool expired() const;

   private:
    Watchdog& owner_;
    std::uint64_t id_;
  };

  std::unique_ptr<Guard> watch(std::shared_ptr<database::Session> session,
                               std::chrono::milliseconds limit);
  /// Cancels this statement of the session, and asks again until it is over: a request that comes
  /// before the server has begun is lost on it. Does not wait for the request.
  std::unique_ptr<Guard> cancel(std::shared_ptr<database::Session> session, std::size_t number);

 private:
  struct Watched {
    std::shared_ptr<database::Session> session;
    std::size_t number = 0;
    std::chrono::steady_clock::time_point deadline;
    bool asked_again = false;  ///< every so often, once it is over
    bool expired = false;
  };

  std::unique_ptr<Guard> add(Watched watched);
  void run(const std::stop_token& stop);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::uint64_t, Watched> watched_;
  /// When the thread looks again by itself. Most statements end long before their deadline: it is
  /// not woken for each of them.
  std::chrono::steady_clock::time_point looks_again_ = std::chrono::steady_clock::time_point::min();
  std::uint64_t next_ = 1;
  std::jthread thread_;
};

}  // namespace lockstep::execution
