#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

// The only place that knows which libpqxx it is built with: 6.4 and 7.x differ in how a statement
// takes parameters, how notices arrive, and in whether a lost connection is silently opened again.

namespace lockstep::postgres::compat {

/// Connects. Never reconnects by itself: a new backend would have none of the session's locks,
/// settings and role, without anybody noticing.
std::unique_ptr<pqxx::connection> connect(const std::string& connection_string);

/// One simple Query message, whatever number of statements; the last one's result.
pqxx::result exec(pqxx::connection& connection, const std::string& sql);

/// One statement with $1.. as text; nothing is NULL.
pqxx::result exec(pqxx::connection& connection, const std::string& sql,
                  const std::vector<std::optional<std::string>>& parameters);

/// Gives the server's notices to `sink` for as long as the returned handle lives. The handle must
/// end before the connection.
std::shared_ptr<void> receive_notices(pqxx::connection& connection,
                                      std::function<void(std::string_view)> sink);

std::string quote_name(pqxx::connection& connection, std::string_view name);
std::string quote_text(pqxx::connection& connection, std::string_view text);

}  // namespace lockstep::postgres::compat
