#pragma once

#include <atomic>
#include <vector>

#include "application.h"
#include "lockstep/sandbox/traffic.h"

namespace lockstep::cli::demo {

/// What the application's users do, in any tenant at any time: they look at the newest dispatches,
/// look up and change users, send equipment out. Columns are always listed.
class Clients {
 public:
  explicit Clients(std::vector<DemoTenant> tenants) : tenants_(std::move(tenants)) {}

  /// Callable from several threads.
  sandbox::Request next(std::mt19937_64& random) const;

  /// From now on the new release is deployed, which knows what `expand` added.
  void deploy() { deployed_ = true; }
  void roll_back() { deployed_ = false; }

 private:
  std::vector<DemoTenant> tenants_;
  std::atomic<bool> deployed_ = false;
};

}  // namespace lockstep::cli::demo
