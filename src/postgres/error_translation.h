#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/database/error.h"

namespace lockstep::postgres {

/// A server's message as libpq prints it, taken apart.
struct ServerMessage {
  std::string message;  ///< without the severity before it
  std::string detail;   ///< DETAIL, and CONTEXT on lines of its own
  std::string hint;
};
ServerMessage parse_server_message(std::string_view text);

/// Why a connection is gone, in words; where the driver says only that it is: that the server
/// closed it.
std::string how_it_was_lost(std::string_view message);

/// libpq gives no SQLSTATE for a connection that did not come about, and has no function that
/// would: PQconnectdb keeps only the message. So whole phrases of the server and of libpq, where
/// they are English, tell what trying again does not mend: 28P01 a wrong or missing password, 28000
/// a role that is missing or not let in, 3D000 a missing database. Empty for all else.
std::string sqlstate_of_refusal(std::string_view text);

/// What is known about the statement that failed.
struct FailedStatement {
  bool connection_open = true;  ///< the session survived
  bool may_have_committed = false;
  const std::vector<std::string>& secrets;
};

/// Turns the driver's exception into ours. What the driver does not throw is thrown on.
database::DatabaseError translate(std::exception_ptr error, const FailedStatement& statement);

/// The same for an attempt to connect.
database::DatabaseError translate_connect(std::exception_ptr error, const std::string& description,
                                          const std::vector<std::string>& secrets);

}  // namespace lockstep::postgres
