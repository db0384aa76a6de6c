#include "control.h"

#include <algorithm>
#include <chrono>

#include "lockstep/core/sqlstate.h"
#include "lockstep/execution/executor.h"

namespace lockstep::fleet {
namespace {

using std::chrono::milliseconds;

// Together about five minutes, as long as a server may take to come back.
constexpr int kMostLosses = 64;
constexpr milliseconds kPause{250};
constexpr milliseconds kLongestPause{5000};

}  // namespace

void Control::expect_writes() noexcept {
  reads_only_ = false;
  if (connected_to_read_) {
    catalog_.reset();
    session_.reset();
  }
}

database::Session& Control::session() {
  if (!session_ || !session_->alive()) {
    catalog_.reset();
    database::SessionOptions how;
    how.reads_only = reads_only_;
    how.settings = execution::session_settings();
    // What is asked for all tenants at once has many parts: compiling them takes the server longer
    // than all the rest.
    how.settings.emplace_back("jit", "off");
    session_ = ports_.database.connect(how);
    connected_to_read_ = reads_only_;
    catalog_ = ports_.catalog_reader(*session_);
    options_.execution.server = catalog_->version();
    connected_once_ = true;
  }
  return *session_;
}

database::CatalogReader& Control::catalog() {
  session();
  return *catalog_;
}

void Control::recover(const database::DatabaseError& error, int losses) {
  using Kind = database::DatabaseError::Kind;
  const bool lost =
      error.kind() == Kind::kConnectionLost || error.kind() == Kind::kCommitUnknown ||
      (error.kind() == Kind::kCannotConnect && (error.sqlstate().empty() || error.is_transient()));
  // A server that takes no changes any more: after a failover the primary is elsewhere.
  const bool demoted = !reads_only_ && error.is(core::sqlstate::kReadOnlyTransaction);
  if (!(lost || demoted) || !connected_once_ || losses >= kMostLosses) {
    throw;
  }
  if (demoted) {
    catalog_.reset();
    session_.reset();
  }
  ++losses_;
  const milliseconds pause = std::min(kPause * (losses + 1), kLongestPause);
  ports_.events.on(execution::event::Reconnecting{error.what(), pause});
  if (!ports_.clock.sleep_for(pause, stop_)) {
    throw;
  }
}

}  // namespace lockstep::fleet
