#include "error_translation.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "connection_string.h"
#include "lockstep/core/sqlstate.h"
#include "pqxx_compat.h"

namespace lockstep::postgres {

using database::DatabaseError;

namespace {

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

/// "ERROR:  " in whatever language the server speaks: one word, a colon, two spaces.
std::string_view without_severity(std::string_view text) {
  const auto colon = text.find(":  ");
  if (colon == std::string_view::npos || text.find_first_of(" \n") < colon) return text;
  return text.substr(colon + 3);
}

DatabaseError server_error(const std::string& text, std::string sqlstate,
                           const std::vector<std::string>& secrets) {
  auto parsed = parse_server_message(text);
  return {DatabaseError::Kind::kServer, std::move(sqlstate), scrub(parsed.message, secrets),
          scrub(parsed.detail, secrets), scrub(parsed.hint, secrets)};
}

DatabaseError lost(const std::string& text, std::string sqlstate, const FailedStatement& statement) {
  const auto kind = statement.may_have_committed ? DatabaseError::Kind::kCommitUnknown
                                                 : DatabaseError::Kind::kConnectionLost;
  const auto parsed = parse_server_message(text);
  const auto end = parsed.message.find('\n');
  auto message = trimmed(parsed.message.substr(0, end));
  if (message.empty()) message = "the server closed the connection";
  auto detail = end == std::string::npos ? parsed.detail : trimmed(parsed.message.substr(end));
  return {kind, std::move(sqlstate), scrub("connection lost: " + message, statement.secrets),
          scrub(std::move(detail), statement.secrets), parsed.hint};
}

}  // namespace

ServerMessage parse_server_message(std::string_view text) {
  // In the order in which libpq prints them, each at the start of a line.
  constexpr std::array<std::string_view, 5> kLabels{"\nLINE ", "\nDETAIL:  ", "\nHINT:  ",
                                                    "\nQUERY:  ", "\nCONTEXT:  "};
  std::array<std::size_t, kLabels.size() + 1> starts{};
  starts.back() = text.size();
  for (std::size_t i = kLabels.size(); i-- > 0;) {
    const auto found = text.substr(0, starts[i + 1]).find(kLabels[i]);
    starts[i] = found == std::string_view::npos ? starts[i + 1] : found;
  }
  const auto part = [&](std::size_t i) {
    if (starts[i] == starts[i + 1]) return std::string{};
    const auto begin = starts[i] + kLabels[i].size();
    return trimmed(text.substr(begin, starts[i + 1] - begin));
  };
  ServerMessage parsed;
  parsed.message = trimmed(without_severity(text.substr(0, starts[0])));
  parsed.detail = part(1);
  parsed.hint = part(2);
  if (const auto context = part(4); !context.empty()) {
    parsed.detail += (parsed.detail.empty() ? "" : "\n") + context;
  }
  return parsed;
}

DatabaseError translate(std::exception_ptr error, const FailedStatement& statement) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const pqxx::in_doubt_error& e) {
    FailedStatement in_doubt = statement;
    in_doubt.may_have_committed = true;
    return lost(e.what(), {}, in_doubt);
  } catch (const pqxx::broken_connection& e) {
    // The server's own message, had it time for one, decides nothing: the session is over.
    return lost(e.what(), {}, statement);
  } catch (const pqxx::deadlock_detected& e) {
    return server_error(e.what(), std::string(core::sqlstate::kDeadlockDetected),
                        statement.secrets);
  } catch (const pqxx::serialization_failure& e) {
    return server_error(e.what(), std::string(core::sqlstate::kSerializationFailure),
                        statement.secrets);
  } catch (const pqxx::sql_error& e) {
    if (!statement.connection_open) return lost(e.what(), e.sqlstate(), statement);
    return server_error(e.what(), e.sqlstate(), statement.secrets);
  } catch (const pqxx::failure& e) {
    if (!statement.connection_open) return lost(e.what(), {}, statement);
    return server_error(e.what(), {}, statement.secrets);
  }
}

DatabaseError translate_connect(std::exception_ptr error, const std::string& description,
                                const std::vector<std::string>& secrets) {
  std::string text;
  std::string sqlstate;
  try {
    std::rethrow_exception(std::move(error));
  } catch (const pqxx::sql_error& e) {
    text = e.what();
    sqlstate = e.sqlstate();
  } catch (const pqxx::failure& e) {
    text = e.what();
  }
  auto parsed = parse_server_message(text);
  return {DatabaseError::Kind::kCannotConnect, std::move(sqlstate),
          scrub(fmt::format("cannot connect to {}: {}", description, parsed.message), secrets),
          scrub(std::move(parsed.detail), secrets), scrub(std::move(parsed.hint), secrets)};
}

}  // namespace lockstep::postgres
