#include "lockstep/sandbox/traffic.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "lockstep/core/clock.h"

namespace lockstep::sandbox {

namespace {

using Microseconds = std::chrono::microseconds;

constexpr std::size_t kFailuresKept = 5;

/// What one client has seen; a thread of its own fills it.
struct Seen {
  std::mutex mutex;
  std::vector<Microseconds> latencies;
  Microseconds slowest{0};
  std::string slowest_label;
  std::size_t failed = 0;
  std::vector<std::string> failures;

  void note(const Request& request, Microseconds took, const std::optional<std::string>& failure) {
    const std::lock_guard lock(mutex);
    latencies.push_back(took);
    if (took > slowest) {
      slowest = took;
      slowest_label = request.label;
    }
    if (!failure) return;
    ++failed;
    if (failures.size() < kFailuresKept) failures.push_back(*failure);
  }
};

Microseconds percentile(std::vector<Microseconds>& latencies, std::size_t percent) {
  if (latencies.empty()) return Microseconds{0};
  const auto at = static_cast<std::ptrdiff_t>((latencies.size() - 1) * percent / 100);
  std::nth_element(latencies.begin(), latencies.begin() + at, latencies.end());
  return latencies[static_cast<std::size_t>(at)];
}

}  // namespace

class Traffic::Impl {
 public:
  Impl(database::Database& database, NextRequest next, const TrafficOptions& options)
      : database_(database),
        next_(std::move(next)),
        think_time_(options.think_time),
        seed_(options.seed) {
    if (options.requests_per_second > 0) {
      interval_ = std::chrono::duration_cast<Microseconds>(std::chrono::duration<double>(
          static_cast<double>(options.clients) / options.requests_per_second));
    }
    std::vector<std::unique_ptr<database::Session>> sessions;
    for (std::size_t i = 0; i < options.clients; ++i) {
      sessions.push_back(connect());
      seen_.push_back(std::make_unique<Seen>());
    }
    for (std::size_t i = 0; i < options.clients; ++i) {
      clients_.emplace_back(
          [this, i, session = std::move(sessions[i])](const std::stop_token& stop) mutable {
            serve(i, std::move(session), stop);
          });
    }
  }

  TrafficReport take_report() {
    TrafficReport report;
    std::vector<Microseconds> latencies;
    for (const auto& seen : seen_) {
      const std::lock_guard lock(seen->mutex);
      latencies.insert(latencies.end(), seen->latencies.begin(), seen->latencies.end());
      seen->latencies.clear();
      report.failed += std::exchange(seen->failed, 0);
      for (std::string& failure : seen->failures) {
        if (report.failures.size() < kFailuresKept) report.failures.push_back(std::move(failure));
      }
      seen->failures.clear();
      if (const auto slowest = std::exchange(seen->slowest, Microseconds{0});
          slowest > report.slowest) {
        report.slowest = slowest;
        report.slowest_label = seen->slowest_label;
      }
    }
    report.requests = latencies.size();
    report.p50 = percentile(latencies, 50);
    report.p99 = percentile(latencies, 99);
    return report;
  }

  TrafficReport stop() {
    for (std::jthread& client : clients_) client.request_stop();
    clients_.clear();
    return take_report();
  }

 private:
  std::unique_ptr<database::Session> connect() {
    database::SessionOptions options;
    options.application_name = "application";
    return database_.connect(options);
  }

  void serve(std::size_t number, std::unique_ptr<database::Session> session,
             const std::stop_token& stop) {
    std::seed_seq seeds{seed_, static_cast<std::uint64_t>(number)};
    std::mt19937_64 random(seeds);
    Seen& seen = *seen_[number];
    auto due = std::chrono::steady_clock::now() +
               interval_ * static_cast<int>(number + 1) / static_cast<int>(seen_.size());
    while (!stop.stop_requested()) {
      const Request request = next_(random);
      const auto begin = interval_ > Microseconds{0} ? due : std::chrono::steady_clock::now();
      const auto failure = send(request, session);
      const auto end = std::chrono::steady_clock::now();
      seen.note(request, std::chrono::duration_cast<Microseconds>(end - begin), failure);
      due += interval_;
      const auto pause = interval_ > Microseconds{0}
                             ? std::chrono::duration_cast<Microseconds>(due - end)
                             : think_time_;
      if (pause > Microseconds{0} && !clock_->sleep_for(pause, stop)) return;
    }
  }

  /// Nothing if it went well. A lost session is opened again.
  std::optional<std::string> send(const Request& request,
                                  std::unique_ptr<database::Session>& session) {
    try {
      if (!session || !session->alive()) session = connect();
      session->execute(request.sql);
      return std::nullopt;
    } catch (const std::exception& error) {
      return request.label + ": " + error.what();
    }
  }

  database::Database& database_;
  NextRequest next_;
  Microseconds think_time_;
  std::uint64_t seed_;
  Microseconds interval_{0};  ///< between two requests of one client; 0: as think_time_ says
  std::unique_ptr<core::Clock> clock_ = core::system_clock();
  std::vector<std::unique_ptr<Seen>> seen_;
  std::vector<std::jthread> clients_;  ///< last, so that they end before what they use
};

Traffic::Traffic(database::Database& database, NextRequest next, const TrafficOptions& options)
    : impl_(std::make_unique<Impl>(database, std::move(next), options)) {}
Traffic::~Traffic() = default;
TrafficReport Traffic::take_report() {
  return impl_->take_report();
}
TrafficReport Traffic::stop() {
  return impl_->stop();
}

}  // namespace lockstep::sandbox
