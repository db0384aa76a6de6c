#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "lockstep/fleet/fleet.h"

namespace lockstep::cli {

/// SIGINT, SIGTERM and SIGHUP arrive in one thread, which turns them into stop requests: the first
/// asks to finish what runs, the second also to cancel it. Made by main before any other thread, so
/// that all of them inherit the blocked signals.
///
/// Until a command asks for the tokens there is nothing to finish, and a signal ends the process
/// with exit code 6 at once.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// From here on signals only request a stop.
  fleet::StopTokens tokens();
  /// Whether a stop has been requested.
  bool stopped() const { return finish_.stop_requested(); }

 private:
  void watch();

  std::atomic<bool> graceful_{false};
  std::atomic<bool> over_{false};
  std::stop_source finish_;
  std::stop_source cancel_;
  std::thread watcher_;
};

}  // namespace lockstep::cli
