#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockstep/database/error.h"

namespace lockstep::database {

/// A statement's rows as text, copied out of the driver.
struct Result {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::size_t affected = 0;

  bool empty() const noexcept { return rows.empty(); }
  /// Throws std::out_of_range / std::logic_error on a NULL: for columns that cannot be NULL.
  const std::string& at(std::size_t row, std::size_t column) const;
  /// "t" is true. Throws std::logic_error unless the result is exactly one boolean.
  bool as_bool() const;
};

/// One backend, for as long as it lives. Used by one thread, but for cancel().
class Session {
 public:
  virtual ~Session() = default;

  /// Sends the text as ONE simple Query message and gives the last statement's result. Several
  /// statements in one message form one transaction unless they say BEGIN and COMMIT themselves
  /// (PostgreSQL documentation, "Simple Query"). Throws DatabaseError; after kConnectionLost or
  /// kCommitUnknown the session is dead and every further call throws.
  /// After a server error inside an explicit BEGIN, rolls back before throwing.
  virtual Result execute(std::string_view sql) = 0;

  /// Runs a statement with $1.. parameters.
  virtual Result execute(std::string_view sql,
                         const std::vector<std::optional<std::string>>& parameters) = 0;

  /// Quoted by the driver's library.
  virtual std::string quote_identifier(std::string_view name) const = 0;
  virtual std::string quote_literal(std::string_view text) const = 0;

  /// The backend's process id, and whether the session still has it.
  virtual int backend_pid() const = 0;
  virtual bool alive() const noexcept = 0;
  /// The server's server_version_num, as it told when connecting: 150004.
  virtual int server_version() const noexcept = 0;

  /// The number of the statement that runs now or ran last; grows by one each execute.
  virtual std::size_t statement_number() const noexcept = 0;
  /// Asks the server to cancel, if statement `number` is still the one that runs. Callable from
  /// any thread. The statement then fails with 57014.
  virtual void cancel(std::size_t number) noexcept = 0;

  /// NOTICE, WARNING and the like since the last call.
  virtual std::vector<std::string> take_notices() = 0;
};

struct SessionOptions {
  std::string application_name = "lockstep";
  /// client_connection_check_interval (PostgreSQL 14+): an orphaned backend ends by itself. Zero
  /// for sessions that run concurrent builds, whose orphans are adopted (RULES.md 21).
  std::chrono::milliseconds connection_check_interval{1000};
  /// Nothing will be written: a standby, or a server that is read-only, will do.
  bool reads_only = false;
  /// More settings, names and values, with which the session begins.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Opens sessions to one database. Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  /// Connects to the primary (read-write, not a standby) unless it is only to be read; not through
  /// a transaction-pooling proxy (PQbackendPID differs from pg_backend_pid()). Applies keepalives,
  /// connect_timeout, settings and the role, in one message.
  /// Throws DatabaseError (kCannotConnect), core::Refused for a pooler or a read-only server.
  virtual std::unique_ptr<Session> connect(const SessionOptions& options) = 0;

  /// For people: "orders on db1:5432 as deploy"; never a password.
  virtual std::string description() const = 0;
};

}  // namespace lockstep::database
