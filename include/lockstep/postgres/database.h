#pragma once

#include <memory>
#include <string>

#include "lockstep/database/session.h"

namespace lockstep::postgres {

/// Where to connect.
struct ConnectionSettings {
  /// A URI or libpq's key=value string. What it leaves out comes from libpq's own PG* variables,
  /// password file and service file.
  std::string connection;
  /// SET ROLE after connecting; empty: none.
  std::string role;
};

/// A database reached with libpqxx. Nothing is sent before the first connect().
/// Throws core::InvalidInput for a connection string that cannot be understood; the message never
/// repeats a part of it that might be a password.
std::unique_ptr<database::Database> open_database(const ConnectionSettings& settings);

}  // namespace lockstep::postgres
