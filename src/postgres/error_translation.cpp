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

constexpr std::string_view kConnectionException = "08000";
constexpr std::string_view kTransactionRollback = "40000";
constexpr std::string_view kStatementCompletionUnknown = "40003";

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

DatabaseError lost(const std::string& text, std::string sqlstate,
                   const FailedStatement& statement) {
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
  constexpr std::array<std::string_view, 5> kLabels{
      "\nLINE ", "\nDETAIL:  ", "\nHINT:  ", "\nQUERY:  ", "\nCONTEXT:  "};
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
  const auto answer = [&](const std::exception& e, std::string_view sqlstate) {
    return statement.connection_open
               ? server_error(e.what(), std::string(sqlstate), statement.secrets)
               : lost(e.what(), std::string(sqlstate), statement);
  };
  // The most derived first. Where libpqxx 6.4 keeps no SQLSTATE, its class says which it was.
  try {
    std::rethrow_exception(std::move(error));
  } catch (const pqxx::in_doubt_error& e) {
    FailedStatement in_doubt = statement;
    in_doubt.may_have_committed = true;
    return lost(e.what(), {}, in_doubt);
  } catch (const pqxx::too_many_connections& e) {
    return answer(e, core::sqlstate::kTooManyConnections);
  } catch (const pqxx::broken_connection& e) {
    // On an open connection it is a server's error of class 08: another one's connection broke.
    return answer(e, statement.connection_open ? kConnectionException : std::string_view{});
  } catch (const pqxx::deadlock_detected& e) {
    return answer(e, core::sqlstate::kDeadlockDetected);
  } catch (const pqxx::serialization_failure& e) {
    return answer(e, core::sqlstate::kSerializationFailure);
  } catch (const pqxx::statement_completion_unknown& e) {
    return answer(e, kStatementCompletionUnknown);
  } catch (const pqxx::transaction_rollback& e) {
    return answer(e, kTransactionRollback);
  } catch (const pqxx::insufficient_privilege& e) {
    return answer(e, core::sqlstate::kInsufficientPrivilege);
  } catch (const pqxx::sql_error& e) {
    return answer(e, e.sqlstate());
  } catch (const pqxx::failure& e) {
    return answer(e, {});
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
  // libpq gives no SQLSTATE for a connection that did not come about.
  if (sqlstate.empty() && text.find("password") != std::string::npos) {
    sqlstate = core::sqlstate::kInvalidPassword;
  }
  auto parsed = parse_server_message(text);
  return {DatabaseError::Kind::kCannotConnect, std::move(sqlstate),
          scrub(fmt::format("cannot connect to {}: {}", description, parsed.message), secrets),
          scrub(std::move(parsed.detail), secrets), scrub(std::move(parsed.hint), secrets)};
}

}  // namespace lockstep::postgres
