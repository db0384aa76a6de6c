#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace lockstep::database {

/// Everything that can go wrong between us and a server. One file (postgres) translates the
/// driver's exceptions into it. Messages hold no passwords.
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    kServer,          ///< the server answered with an error; `sqlstate` is set
    kConnectionLost,  ///< no answer; the session is dead for good, nothing of its transaction
                      ///< remains
    kCommitUnknown,   ///< lost while committing: the ledger decides, never memory
    kCannotConnect,   ///< never got a session
  };

  DatabaseError(Kind kind, std::string sqlstate, const std::string& message,
                std::string detail = {}, std::string hint = {});

  Kind kind() const noexcept { return kind_; }
  const std::string& sqlstate() const noexcept { return sqlstate_; }
  const std::string& detail() const noexcept { return detail_; }
  const std::string& hint() const noexcept { return hint_; }
  bool is(std::string_view state) const noexcept { return sqlstate_ == state; }

  /// Worth another try: transient server errors (core::sqlstate::is_transient) and lost
  /// connections.
  bool is_transient() const noexcept;

 private:
  Kind kind_;
  std::string sqlstate_;
  std::string detail_;
  std::string hint_;
};

}  // namespace lockstep::database
