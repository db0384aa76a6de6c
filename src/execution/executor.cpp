#include "lockstep/execution/executor.h"

#include <fmt/format.h>

#include "interruptible_session.h"
#include "pause_look.h"
#include "tenant_run.h"
#include "watchdog.h"

namespace lockstep::execution {
namespace {

// Reads of catalogs and ledger never queue for long; roles may come with other settings of their
// own.
constexpr int kReadLockTimeoutMs = 5000;
// A step is one message, in which nothing idles (RULES.md 13). Only the ledger's upgrade is more
// than one, on connections of any length.
constexpr int kIdleTimeoutMs = 60000;

}  // namespace

std::vector<std::pair<std::string, std::string>> session_settings() {
  return {{"lock_timeout", std::to_string(kReadLockTimeoutMs)},
          {"statement_timeout", "0"},
          {"idle_in_transaction_session_timeout", std::to_string(kIdleTimeoutMs)},
          {"default_transaction_read_only", "off"},
          {"client_min_messages", "warning"}};
}

Executor::Executor(database::Ledger& ledger, database::Lease& lease, core::Clock& clock,
                   core::Jitter jitter, Events& events, database::RunId run,
                   ExecutionOptions options, ConnectFunction connect)
    : ledger_(ledger),
      lease_(lease),
      clock_(clock),
      events_(events),
      run_(run),
      options_(std::move(options)),
      connect_(std::move(connect)),
      watchdog_(std::make_unique<Watchdog>()),
      pause_look_(std::make_unique<PauseLook>(ledger, clock, events)),
      jitter_(std::move(jitter)) {}

Executor::~Executor() = default;

TenantResult Executor::run(const std::shared_ptr<database::Session>& session, TenantWork& work,
                           const Stops& stops) {
  const auto interruptible = std::make_shared<InterruptibleSession>(session);
  // Not by the thread that asks for it: others have to be told, too, and a request may take long.
  std::unique_ptr<Watchdog::Guard> cancelled;
  const std::stop_callback cancel(stops.cancel, [&] {
    if (const std::optional<std::size_t> number = interruptible->interrupt()) {
      cancelled = watchdog_->cancel(session, *number);
    }
  });
  return TenantRun(*this, *watchdog_, interruptible, work, stops).run();
}

double Executor::jitter() {
  const std::lock_guard lock(jitter_mutex_);
  return jitter_();
}

std::shared_ptr<const std::vector<plan::Step>> Executor::stored_list(database::Session& session,
                                                                     const std::string& hash) {
  {
    const std::lock_guard lock(lists_mutex_);
    const auto known = lists_.find(hash);
    if (known != lists_.end()) {
      return known->second;
    }
  }
  auto lists = ledger_.step_lists(session, {hash});
  auto list = std::make_shared<const std::vector<plan::Step>>(std::move(lists.at(hash)));
  const std::lock_guard lock(lists_mutex_);
  return lists_.emplace(hash, std::move(list)).first->second;
}

}  // namespace lockstep::execution
