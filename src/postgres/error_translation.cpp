#include "error_translation.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "connection_string.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/core/strings.h"
#include "pqxx_compat.h"

namespace lockstep::postgres {

using database::DatabaseError;

namespace {

constexpr std::string_view kConnectionException = "08000";
constexpr std::string_view kInvalidAuthorization = "28000";
constexpr std::string_view kInvalidCatalogName = "3D000";
constexpr std::string_view kTransactionRollback = "40000";
constexpr std::string_view kStatementCompletionUnknown = "40003";

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
  const auto message = how_it_was_lost(parsed.message.substr(0, end));
  auto detail =
      end == std::string::npos ? parsed.detail : core::trimmed(parsed.message.substr(end));
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
    return core::trimmed(text.substr(begin, starts[i + 1] - begin));
  };
  ServerMessage parsed;
  parsed.message = core::trimmed(without_severity(text.substr(0, starts[0])));
  parsed.detail = part(1);
  parsed.hint = part(2);
  if (const auto context = part(4); !context.empty()) {
    parsed.detail += (parsed.detail.empty() ? "" : "\n") + context;
  }
  return parsed;
}

std::string how_it_was_lost(std::string_view message) {
  // What libpqxx says of a connection that it finds closed, which is not what went wrong.
  const bool of_the_client = message.find("client encoding") != std::string_view::npos ||
                             message.find("not connected") != std::string_view::npos;
  auto words = core::trimmed(message);
  return words.empty() || of_the_client ? "the server closed the connection" : words;
}

std::string sqlstate_of_refusal(std::string_view text) {
  const auto has = [&](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  };
  const bool missing = has("\" does not exist");
  if (missing && has("role \"")) return std::string(kInvalidAuthorization);
  if (missing && has("database \"")) return std::string(kInvalidCatalogName);
  if (has("password authentication failed for user \"") || has("no password supplied")) {
    return std::string(core::sqlstate::kInvalidPassword);
  }
  // Peer, ident, LDAP, certificate and so on; and the server's own list of who may come at all.
  const bool rejected = has(" authentication failed for user \"") ||
                        has("no pg_hba.conf entry for ") || has("pg_hba.conf rejects connection ");
  return rejected ? std::string(kInvalidAuthorization) : std::string();
}

DatabaseError translate(std::exception_ptr error, const FailedStatement& statement) {
  const auto answer = [&](const std::exception& e, std::string_view sqlstate) {
    // Every error of the server has an SQLSTATE, and libpq's own have none.
    return statement.connection_open && !sqlstate.empty()
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
    // A server's error of class 08 is of another one's connection. libpq's own may come while it
    // still calls the connection open: it reads once more after it failed to write.
    const bool of_the_server =
        without_severity(e.what()).size() < std::string_view(e.what()).size();
    return answer(e, of_the_server ? kConnectionException : std::string_view{});
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
  if (sqlstate.empty()) sqlstate = sqlstate_of_refusal(text);
  auto parsed = parse_server_message(text);
  // libpq's second thought, on a line of its own: "Is the server running ...?"
  for (auto at = parsed.message.find("\n\t"); at != std::string::npos;
       at = parsed.message.find("\n\t", at)) {
    parsed.message.replace(at, 2, ". ");
  }
  return {DatabaseError::Kind::kCannotConnect, std::move(sqlstate),
          scrub(fmt::format("cannot connect to {}: {}", description, parsed.message), secrets),
          scrub(std::move(parsed.detail), secrets), scrub(std::move(parsed.hint), secrets)};
}

}  // namespace lockstep::postgres
