#include "run.h"

#include <exception>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/database/error.h"

namespace lockstep::cli {
namespace {

using database::DatabaseError;
namespace sqlstate = core::sqlstate;

// Of a role that is not there or not let in, and of a database that is not there.
constexpr std::string_view kInvalidAuthorization = "28000";
constexpr std::string_view kInvalidCatalogName = "3D000";

/// What to do next, where the server does not say it itself.
std::string remedy_for(const DatabaseError& error) {
  if (!error.hint().empty()) {
    return error.hint();
  }
  if (error.is(sqlstate::kInvalidPassword)) {
    return "check the user and the password, in DATABASE_URL, PGPASSWORD or the password file";
  }
  if (error.is(kInvalidAuthorization)) {
    return "name a user that exists and that pg_hba.conf lets in, in DATABASE_URL, `database:`, "
           "--database or PGUSER; without one it is the operating system's";
  }
  if (error.is(kInvalidCatalogName)) {
    return "name the database in DATABASE_URL, `database:`, --database or PGDATABASE; without one "
           "it "
           "is the user's name";
  }
  if (error.is(sqlstate::kInsufficientPrivilege)) {
    return "grant the privilege, or name a role that has it with `role:` in lockstep.yaml";
  }
  if (error.is(sqlstate::kReadOnlyTransaction)) {
    return "connect to the primary";
  }
  if (error.is(sqlstate::kTooManyConnections)) {
    return "lower rollout.jobs, or raise the server's max_connections";
  }
  switch (error.kind()) {
    case DatabaseError::Kind::kCannotConnect:
      return "check that the server runs, and `database:` in lockstep.yaml, --database or PGHOST";
    case DatabaseError::Kind::kConnectionLost:
    case DatabaseError::Kind::kCommitUnknown:
      return "run it again: the ledger knows what was done";
    case DatabaseError::Kind::kServer:
      return {};
  }
  return {};
}

core::Problem problem_of(const DatabaseError& error) {
  std::string message = error.what();
  if (!error.sqlstate().empty() && message.find(error.sqlstate()) == std::string::npos) {
    message += fmt::format(" (SQLSTATE {})", error.sqlstate());
  }
  if (!error.detail().empty()) {
    message += ". " + error.detail();
  }
  return {{}, message, remedy_for(error)};
}

ExitCode report(const Context& context, const char* kind, ExitCode code,
                const core::Problems& problems) {
  context.output.problems(kind, static_cast<int>(code), problems);
  return code;
}

}  // namespace

ExitCode run_guarded(const std::function<ExitCode(Context&)>& command, Context& context) {
  try {
    return command(context);
  } catch (const core::InvalidInput& error) {
    return report(context, "invalid_input", ExitCode::kInvalidInput, error.problems());
  } catch (const core::Refused& error) {
    return report(context, "refused", ExitCode::kRefused, error.reasons());
  } catch (const DatabaseError& error) {
    if (context.signals.stopped()) {
      return report(context, "interrupted", ExitCode::kInterrupted,
                    {{{}, "stopped by a signal", "run it again: it goes on where it stopped"}});
    }
    return report(context, "database", ExitCode::kDatabase, {problem_of(error)});
  } catch (const std::exception& error) {
    return report(
        context, "internal", ExitCode::kInternal,
        {{{},
          fmt::format("a defect in Lockstep: {}", error.what()),
          "nothing half done is lost; please report it with the command and this message"}});
  }
}

}  // namespace lockstep::cli
