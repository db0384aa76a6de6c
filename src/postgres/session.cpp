#include "session.h"

#include <stdexcept>
#include <utility>

#include "connection_string.h"
#include "error_translation.h"
#include "lockstep/core/sqlstate.h"
#include "pqxx_compat.h"
#include "transaction_scan.h"

namespace lockstep::postgres {

using database::DatabaseError;
using database::Result;

namespace {

constexpr std::string_view kInFailedTransaction = "25P02";

Result copy_out(const pqxx::result& source) {
  Result result;
  const auto columns = source.columns();
  for (pqxx::row_size_type c = 0; c < columns; ++c) {
    result.columns.emplace_back(source.column_name(c));
  }
  result.rows.reserve(static_cast<std::size_t>(source.size()));
  for (const auto& row : source) {
    auto& copy = result.rows.emplace_back();
    copy.reserve(static_cast<std::size_t>(columns));
    for (pqxx::row_size_type c = 0; c < columns; ++c) {
      const auto field = row[c];
      if (field.is_null()) {
        copy.emplace_back(std::nullopt);
      } else {
        copy.emplace_back(std::string(field.c_str(), field.size()));
      }
    }
  }
  result.affected = static_cast<std::size_t>(source.affected_rows());
  return result;
}

std::string without_newline(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return std::string(text);
}

/// As the server would refuse a text that it cannot read.
DatabaseError unreadable(const std::string& why) {
  return {DatabaseError::Kind::kServer, std::string(core::sqlstate::kCharacterNotInRepertoire),
          why};
}

void require_no_nul(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    throw unreadable("a statement holds a NUL byte, after which the server reads nothing");
  }
}

/// The driver refuses to quote what is not valid in the session's encoding.
template <typename Quote>
std::string quoted(const Quote& quote) {
  try {
    return quote();
  } catch (const std::logic_error& e) {
    throw unreadable(std::string("a text cannot be sent: ") + e.what());
  } catch (const pqxx::failure& e) {
    throw unreadable(std::string("a text cannot be sent: ") + e.what());
  }
}

}  // namespace

PgSession::PgSession(std::unique_ptr<pqxx::connection> connection, std::vector<std::string> secrets)
    : connection_(std::move(connection)),
      secrets_(std::move(secrets)),
      backend_pid_(connection_->backendpid()),
      server_version_(connection_->server_version()) {
  notice_handle_ = compat::receive_notices(*connection_, [this](std::string_view message) {
    notices_.push_back(scrub(without_newline(message), secrets_));
  });
}

/// Marks the time in which a cancel request may be sent.
class PgSession::Running {
 public:
  explicit Running(PgSession& session) : session_(session) {
    const std::lock_guard lock(session_.running_mutex_);
    ++session_.number_;
    session_.running_ = true;
  }
  ~Running() {
    const std::lock_guard lock(session_.running_mutex_);
    session_.running_ = false;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  PgSession& session_;
};

PgSession::~PgSession() {
  notice_handle_.reset();
}

template <typename Send>
Result PgSession::run(std::string_view sql, const Send& send) {
  require_no_nul(sql);
  require_alive();
  const auto scan = scan_transactions(sql, in_transaction_);
  try {
    const Running running(*this);
    auto result = copy_out(send());
    in_transaction_ = scan.open_after;
    return result;
  } catch (const pqxx::failure&) {
    const bool open = connection_->is_open();
    const auto error =
        translate(std::current_exception(), {open, scan.may_commit(in_transaction_), secrets_});
    lost_ = error.kind() != DatabaseError::Kind::kServer;
    if (!lost_ && (in_transaction_ || scan.begins || error.is(kInFailedTransaction))) roll_back();
    in_transaction_ = false;
    throw error;
  } catch (const std::logic_error& e) {
    // The driver's own checks, not an answer of the server: nobody knows what state the session is
    // in.
    lost_ = true;
    throw DatabaseError(scan.may_commit(in_transaction_) ? DatabaseError::Kind::kCommitUnknown
                                                         : DatabaseError::Kind::kConnectionLost,
                        {}, std::string("the session is given up: ") + e.what());
  }
}

Result PgSession::execute(std::string_view sql) {
  return run(sql, [&] { return compat::exec(*connection_, std::string(sql)); });
}

Result PgSession::execute(std::string_view sql,
                          const std::vector<std::optional<std::string>>& parameters) {
  return run(sql, [&] { return compat::exec(*connection_, std::string(sql), parameters); });
}

void PgSession::roll_back() noexcept {
  try {
    // After an error at COMMIT itself no transaction is left, and the server says so in a warning.
    const auto notices = notices_.size();
    compat::exec(*connection_, "ROLLBACK");
    notices_.resize(notices);
  } catch (const std::exception&) {
    lost_ = true;
  }
}

void PgSession::require_alive() const {
  if (lost_) {
    throw DatabaseError(DatabaseError::Kind::kConnectionLost, {},
                        "connection lost: this session ended with an earlier statement");
  }
}

std::string PgSession::quote_identifier(std::string_view name) const {
  return quoted([&] { return compat::quote_name(*connection_, name); });
}

std::string PgSession::quote_literal(std::string_view text) const {
  return quoted([&] { return compat::quote_text(*connection_, text); });
}

bool PgSession::alive() const noexcept {
  return !lost_ && connection_->is_open();
}

void PgSession::cancel(std::size_t number) noexcept {
  try {
    // Held until the server has the request, so that the next statement cannot start before and
    // be hit by it. cancel_query() returns once the server has passed it on.
    const std::lock_guard lock(running_mutex_);
    if (running_ && number_.load() == number) connection_->cancel_query();
  } catch (const std::exception&) {
    // Not reachable for a cancel: the statement ends by its own timeouts.
  }
}

std::vector<std::string> PgSession::take_notices() {
  return std::exchange(notices_, {});
}

}  // namespace lockstep::postgres
