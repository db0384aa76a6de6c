#include "control.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>

#include "lockstep/core/sqlstate.h"
#include "lockstep/execution/executor.h"

namespace lockstep::fleet {
namespace {

using std::chrono::milliseconds;

// Together about five minutes, as long as a server may take to come back.
constexpr int kMostLosses = 64;
constexpr milliseconds kPause{250};
constexpr milliseconds kLongestPause{5000};
// Once everything is to be cancelled: how long what a run has to say at its end may take.
constexpr std::chrono::seconds kLastWord{2};
constexpr milliseconds kLookAgain{50};

}  // namespace

void Control::use(std::shared_ptr<database::Session> session) {
  catalog_.reset();
  const std::lock_guard lock(session_mutex_);
  session_ = std::move(session);
}

void Control::expect_writes() noexcept {
  reads_only_ = false;
  if (connected_to_read_) {
    use(nullptr);
  }
}

void Control::cancel_on(std::stop_token cancel) {
  if (cancel.stop_possible()) {
    watcher_ = std::jthread(
        [this, cancel = std::move(cancel)](const std::stop_token& over) { watch(cancel, over); });
  }
}

/// Not by the thread that asks for it: a request to the server may take long.
void Control::watch(const std::stop_token& cancel, const std::stop_token& over) {
  std::mutex mutex;
  std::condition_variable_any changed;
  const std::stop_callback asked(cancel, [&] {
    const std::lock_guard lock(mutex);
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, over, [&] { return cancel.stop_requested(); });
  }
  std::size_t number = 0;
  auto until = std::chrono::steady_clock::now();  // what runs now is over
  bool first = true;
  while (!over.stop_requested()) {
    std::shared_ptr<database::Session> session;
    {
      const std::lock_guard lock(session_mutex_);
      session = session_;
    }
    const auto now = std::chrono::steady_clock::now();
    if (session && session->statement_number() != number) {
      number = session->statement_number();
      until = first ? now : now + kLastWord;
      first = false;
    }
    if (session && until <= now) {
      session->cancel(number);
    }
    std::unique_lock lock(mutex);
    changed.wait_for(lock, over, kLookAgain, [] { return false; });
  }
}

void Control::wait_for_disk() {
  retrying([&](database::Session& session, database::CatalogReader&) {
    ports_.ledger.wait_for_disk(session);
    return true;
  });
}

database::Session& Control::session() {
  if (!session_ || !session_->alive()) {
    database::SessionOptions how;
    how.reads_only = reads_only_;
    how.settings = execution::session_settings();
    // What is asked for all tenants at once has many parts: compiling them takes the server longer
    // than all the rest.
    how.settings.emplace_back("jit", "off");
    use(ports_.database.connect(how));
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
    use(nullptr);
  }
  ++losses_;
  const milliseconds pause = std::min(kPause * (losses + 1), kLongestPause);
  ports_.events.on(execution::event::Reconnecting{error.what(), pause});
  if (!ports_.clock.sleep_for(pause, stop_)) {
    throw;
  }
}

}  // namespace lockstep::fleet
