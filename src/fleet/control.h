#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "lockstep/fleet/fleet.h"

namespace lockstep::fleet {

/// The one session from which a fleet is looked at, and connected again when it is lost.
class Control {
 public:
  Control(const Ports& ports, FleetOptions& options) : ports_(ports), options_(options) {}

  /// What comes next only reads, so that a standby will do; or writes, which needs the primary.
  void expect_reads() noexcept { reads_only_ = true; }
  void expect_writes() noexcept;
  /// A lost server is waited for until it is back, or this is requested.
  void wait_until(std::stop_token stop) noexcept { stop_ = std::move(stop); }
  /// As soon as this is requested, the statement that runs is cancelled (57014), and each one after
  /// it that takes long.
  void cancel_on(std::stop_token cancel);

  /// Connects if need be. Throws DatabaseError, core::Refused.
  database::Session& session();
  database::CatalogReader& catalog();

  /// How often the session was lost.
  std::size_t losses() const noexcept { return losses_; }

  /// Before what others did is said to be done: until it survives a crash of the server. If
  /// losses() grows meanwhile, a server that crashed may have lost it; it is to be looked at again.
  void wait_for_disk();

  /// Runs what only reads, or may run twice, again if the session was lost meanwhile.
  template <typename Function>
  auto retrying(const Function& function) {
    for (int losses = 0;; ++losses) {
      try {
        return function(session(), catalog());
      } catch (const database::DatabaseError& error) {
        recover(error, losses);
      }
    }
  }

 private:
  void use(std::shared_ptr<database::Session> session);
  void watch(const std::stop_token& cancel, const std::stop_token& over);
  /// Throws the error on unless the session was lost, not too often, and nobody stops the wait.
  void recover(const database::DatabaseError& error, int losses);

  const Ports& ports_;
  FleetOptions& options_;
  std::mutex session_mutex_;  ///< of the pointer, which the watcher reads too
  std::shared_ptr<database::Session> session_;
  std::unique_ptr<database::CatalogReader> catalog_;
  bool reads_only_ = false;
  bool connected_to_read_ = false;
  bool connected_once_ = false;
  std::size_t losses_ = 0;
  std::stop_token stop_;
  std::jthread watcher_;
};

}  // namespace lockstep::fleet
