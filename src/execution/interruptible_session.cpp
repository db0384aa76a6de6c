#include "interruptible_session.h"

#include <utility>

#include "lockstep/core/sqlstate.h"

namespace lockstep::execution {

InterruptibleSession::InterruptibleSession(std::shared_ptr<database::Session> real)
    : real_(std::move(real)) {}

std::optional<std::size_t> InterruptibleSession::interrupt() {
  const std::lock_guard lock(mutex_);
  not_the_next_ = !running_;
  return running_;
}

/// Marks the time in which there is a statement to cancel: from before it is sent, so that a
/// request either finds it or keeps it from being sent.
class InterruptibleSession::Running {
 public:
  explicit Running(InterruptibleSession& session) : session_(session) {
    const std::lock_guard lock(session_.mutex_);
    if (std::exchange(session_.not_the_next_, false)) {
      throw database::DatabaseError(database::DatabaseError::Kind::kServer,
                                    std::string(core::sqlstate::kQueryCanceled),
                                    "not begun, as a second signal came before");
    }
    session_.running_ = session_.real_->statement_number() + 1;
  }
  ~Running() {
    const std::lock_guard lock(session_.mutex_);
    session_.running_.reset();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  InterruptibleSession& session_;
};

database::Result InterruptibleSession::execute(std::string_view sql) {
  const Running running(*this);
  return real_->execute(sql);
}

database::Result InterruptibleSession::execute(
    std::string_view sql, const std::vector<std::optional<std::string>>& parameters) {
  const Running running(*this);
  return real_->execute(sql, parameters);
}

std::string InterruptibleSession::quote_identifier(std::string_view name) const {
  return real_->quote_identifier(name);
}

std::string InterruptibleSession::quote_literal(std::string_view text) const {
  return real_->quote_literal(text);
}

}  // namespace lockstep::execution
