#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::execution {

/// Passes everything on to a session, and lets somebody else end one statement of it: the one that
/// runs, or, if none does at that moment, the next. Only that one, so that things can be put in
/// order afterwards. Such a statement ends with 57014. Used by one thread, but for interrupt().
class InterruptibleSession final : public database::Session {
 public:
  explicit InterruptibleSession(std::shared_ptr<database::Session> real);

  /// Callable from any thread. The number of the statement to cancel. Nothing: none runs, and the
  /// next will not begin.
  std::optional<std::size_t> interrupt();

  database::Result execute(std::string_view sql) override;
  database::Result execute(std::string_view sql,
                           const std::vector<std::optional<std::string>>& parameters) override;
  std::string quote_identifier(std::string_view name) const override;
  std::string quote_literal(std::string_view text) const override;
  int backend_pid() const override { return real_->backend_pid(); }
  bool alive() const noexcept override { return real_->alive(); }
  int server_version() const noexcept override { return real_->server_version(); }
  std::size_t statement_number() const noexcept override { return real_->statement_number(); }
  void cancel(std::size_t number) noexcept override { real_->cancel(number); }
  std::vector<std::string> take_notices() override { return real_->take_notices(); }

 private:
  class Running;

  std::shared_ptr<database::Session> real_;
  std::mutex mutex_;
  std::optional<std::size_t> running_;  ///< the number of the statement; guarded by mutex_
  bool not_the_next_ = false;           ///< guarded by mutex_
};

}  // namespace lockstep::execution
