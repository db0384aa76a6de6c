#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::sandbox {

/// One thing a client of the application does, in one message.
struct Request {
  std::string sql;
  std::string label;  ///< for reports: "read a dispatch"
};

/// Makes the next request; called by many threads at once, each with a generator of its own.
using NextRequest = std::function<Request(std::mt19937_64& random)>;

struct TrafficOptions {
  std::size_t clients = 4;  ///< threads, each with a session of its own
  /// Pause of a client between two requests.
  std::chrono::microseconds think_time{2000};
  /// Requests of all clients together; then they come at fixed times, whether the last one has its
  /// answer or not, and a request waits from the time it was due: what users would feel, as one
  /// slow answer delays all that queue behind it. 0: each client goes on when it has its answer.
  double requests_per_second = 0;
  /// Another one gives every client other random numbers.
  std::uint64_t seed = 0;
};

struct TrafficReport {
  std::size_t requests = 0;
  std::size_t failed = 0;
  std::vector<std::string> failures;     ///< the first few messages
  std::chrono::microseconds slowest{0};  ///< of all, failed ones included
  std::string slowest_label;
  std::chrono::microseconds p50{0};
  std::chrono::microseconds p99{0};
};

/// Clients that go on until they are stopped, so that a test or a demonstration can say what its
/// work did to them. A client that loses its session counts a failure and connects again.
class Traffic {
 public:
  /// Connects all clients and starts them. `database` and `next` outlive it. Throws DatabaseError.
  Traffic(database::Database& database, NextRequest next, const TrafficOptions& options = {});
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  /// What happened since the start or the last call, so that one run can be told in parts.
  TrafficReport take_report();
  /// Ends all clients, and what happened since the last report.
  TrafficReport stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::sandbox
