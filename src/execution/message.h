#pragma once

#include <chrono>
#include <string>

#include "step_runner.h"

namespace lockstep::execution {

/// One transaction as one Query message: no stall of the client can lie between its statements.
/// Several statements in one message are a transaction by themselves (PostgreSQL documentation,
/// "Simple Query"), whose last result is the answer.
class Message {
 public:
  /// Settings that every transaction has: application_name, and the two timeouts.
  Message(const StepContext& context, const plan::Step& step, milliseconds lock_timeout,
          milliseconds statement_timeout);

  /// What names everything in full and looks nothing up on search_path. The ledger's functions
  /// belong before any work(): the server keeps their plans only while search_path stays what it
  /// was for the tenant before.
  Message& add(std::string_view statement);
  /// A step's own statement: runs with the tenant's search_path, which is set before the first.
  Message& work(std::string_view statement);
  Message& lock_timeout(milliseconds timeout);
  /// As long as a plain autovacuum needs to give way to a waiter: deadlock_timeout and a second
  /// more (RULES.md 15), whatever the server has set.
  Message& lock_timeout_past_autovacuum();
  Message& statement_timeout(milliseconds timeout);
  /// The change and its ledger row are lost together if at all, so COMMIT waits for no disk and no
  /// standby while it holds strong locks. The run's last write waits for all of them.
  Message& commit_without_waiting();
  /// PostgreSQL 17 and later end the whole transaction after this; earlier ones know nothing like
  /// it.
  Message& transaction_timeout(milliseconds timeout);
  /// The ledger's start of the tenant, where it is still due.
  Message& prelude();

  const std::string& text() const noexcept { return text_; }

 private:
  const StepContext& context_;
  bool path_is_set_ = false;
  std::string text_;
};

}  // namespace lockstep::execution
