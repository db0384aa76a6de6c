#include "lockstep/postgres/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "connection_string.h"
#include "error_translation.h"
#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/core/strings.h"
#include "pqxx_compat.h"
#include "session.h"

namespace lockstep::postgres {

using database::DatabaseError;

namespace {

constexpr std::string_view kInvalidParameterValue = "22023";

/// The user's words, and ours where the user has none.
ConnectionString with_defaults(ConnectionString connection) {
  connection.add_default("connect_timeout", "10");
  connection.add_default("keepalives_idle", "10");
  connection.add_default("keepalives_interval", "5");
  connection.add_default("keepalives_count", "3");
  connection.add_default("tcp_user_timeout", "30000");
  connection.add_default("fallback_application_name", "lockstep");
  // Of a single host we ask ourselves, and say in our own words what is wrong with it.
  if (connection.has_several_hosts()) connection.add_default("target_session_attrs", "read-write");
  return connection;
}

/// libpq refuses these itself, before it looks for a server.
bool is_misspelt(std::string_view message) {
  constexpr std::string_view kWords[] = {
      "invalid connection option \"", "invalid URI query parameter: \"", "invalid port number: \"",
      "invalid integer value \"", "definition of service \""};
  const bool value = message.rfind("invalid ", 0) == 0 && message.find(" value: \"") < 40;
  return value || std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view words) {
           return message.find(words) != std::string_view::npos;
         });
}

class PgDatabase final : public database::Database {
 public:
  explicit PgDatabase(const ConnectionSettings& settings)
      : connection_(with_defaults(ConnectionString(settings.connection))), role_(settings.role) {}

  std::unique_ptr<database::Session> connect(const database::SessionOptions& options) override {
    auto session = open();
    try {
      require_usable(*session, begin(*session, options), options.reads_only);
      session->take_notices();
      if (!options.reads_only) was_writable_ = true;
    } catch (const DatabaseError& error) {
      throw DatabaseError(DatabaseError::Kind::kCannotConnect, error.sqlstate(),
                          fmt::format("cannot use {}: {}", description(), error.what()),
                          error.detail(), error.hint());
    }
    return session;
  }

  std::string description() const override { return connection_.description(); }

 private:
  std::unique_ptr<PgSession> open() const {
    try {
      return std::make_unique<PgSession>(compat::connect(connection_.text()),
                                         connection_.secrets());
    } catch (const pqxx::failure& error) {
      if (is_misspelt(error.what())) {
        throw core::InvalidInput(
            fmt::format("the database connection string cannot be used: {}",
                        scrub(core::trimmed(error.what()), connection_.secrets())),
            "correct it in DATABASE_URL, `database:` or --database; its parameters are those of "
            "libpq: host, port, dbname, user, sslmode, ...");
      }
      throw translate_connect(std::current_exception(), description(), connection_.secrets());
    }
  }

  using Settings = std::vector<std::pair<std::string, std::string>>;

  /// What would change the meaning of a migration's text, or of what the server prints, is set;
  /// time zone and date style are the user's, as expressions may depend on them.
  Settings settings(const database::SessionOptions& options) const {
    Settings all{{"client_encoding", "UTF8"},
                 {"standard_conforming_strings", "on"},
                 {"default_transaction_isolation", "read committed"},
                 {"default_transaction_deferrable", "off"},
                 {"row_security", "off"},
                 {"bytea_output", "hex"},
                 {"extra_float_digits", "1"},
                 {"quote_all_identifiers", "off"},
                 {"application_name", options.application_name}};
    all.insert(all.end(), options.settings.begin(), options.settings.end());
    if (!role_.empty()) all.emplace_back("role", role_);
    return all;
  }

  /// Sets everything and asks for what must be known, in one message. In a backend that is not ours
  /// nothing is set: through a pooler it would reach somebody else's session. Since when the
  /// backend lives is noted for the ledger before the role is set: afterwards it may not be seen.
  static database::Result set_and_ask(PgSession& session, const Settings& settings) {
    std::string values;
    for (const auto& [name, value] : settings) {
      values += fmt::format("{}({}, {})", values.empty() ? "" : ", ", session.quote_literal(name),
                            session.quote_literal(value));
    }
    return session.execute(fmt::format(
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(),"
        " pg_catalog.current_setting('transaction_read_only'),"
        " (SELECT pg_catalog.set_config('lockstep.backend_start',"
        " coalesce(extract(epoch from a.backend_start)::text, ''), false)"
        " FROM pg_catalog.pg_stat_get_activity({1}) AS a WHERE pg_catalog.pg_backend_pid() = {1}),"
        " (SELECT pg_catalog.count(pg_catalog.set_config(s.name, s.value, false))"
        " FROM (VALUES {0}) AS s (name, value) WHERE pg_catalog.pg_backend_pid() = {1})",
        values, session.backend_pid()));
  }

  database::Result begin(PgSession& session, const database::SessionOptions& options) const {
    const Settings wanted = settings(options);
    Settings watched = wanted;
    // Not after the role, which is the last.
    watched.emplace(watched.begin(), "client_connection_check_interval",
                    std::to_string(options.connection_check_interval.count()));
    try {
      return set_and_ask(session, watched);
    } catch (const DatabaseError& error) {
      // A platform that cannot watch its sockets takes only 0.
      if (!error.is(kInvalidParameterValue) || !session.alive()) throw;
      return set_and_ask(session, wanted);
    }
  }

  void require_usable(const PgSession& session, const database::Result& facts,
                      bool reads_only) const {
    if (facts.at(0, 0) != std::to_string(session.backend_pid())) {
      throw core::Refused(description() +
                              " is reached through a connection pooler, which may give each "
                              "transaction another session: locks and settings would not hold",
                          "connect to PostgreSQL itself, not to PgBouncer or its like");
    }
    if (!reads_only) require_writable(facts.at(0, 1) == "t", facts.at(0, 2) == "on");
  }

  void require_writable(bool standby, bool read_only) const {
    if (was_writable_ && (standby || read_only)) {
      // In the middle of a failover the address may lead to a server that is not promoted yet.
      throw DatabaseError(DatabaseError::Kind::kCannotConnect,
                          std::string(core::sqlstate::kCannotConnectNow),
                          standby ? "it is a standby now" : "it is read-only now");
    }
    if (standby) {
      throw core::Refused(description() + " is a standby, which takes no changes",
                          "connect to the primary, or list all hosts in the connection string");
    }
    if (read_only) {
      throw core::Refused(
          description() + " is read-only: default_transaction_read_only is on",
          "set it off for this role or database: ALTER ROLE ... SET default_transaction_read_only "
          "= off");
    }
  }

  ConnectionString connection_;
  std::string role_;
  std::atomic<bool> was_writable_{false};
};

}  // namespace

std::unique_ptr<database::Database> open_database(const ConnectionSettings& settings) {
  return std::make_unique<PgDatabase>(settings);
}

}  // namespace lockstep::postgres
