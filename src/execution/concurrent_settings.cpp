#include "concurrent_settings.h"

#include <fmt/format.h>

#include "build_watch.h"
#include "detached_statement.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"

namespace lockstep::execution {

using database::DatabaseError;

namespace {

constexpr std::array<const char*, 5> kChanged = {"lock_timeout", "statement_timeout",
                                                 "client_connection_check_interval", "search_path",
                                                 "application_name"};

}  // namespace

SessionSettings::SessionSettings(const StepContext& context, const plan::Step& step)
    : session_(context.session) {
  for (const char* name : kChanged) {
    before_.push_back(
        session_->execute(fmt::format("select current_setting('{}')", name)).at(0, 0));
  }
  session_->execute(fmt::format(
      "set lock_timeout = 0; set statement_timeout = 0; set client_connection_check_interval = 0;"
      "set search_path = {}; set application_name = {}",
      search_path(*session_, context.render.schema(), context.options.shared_schemas),
      session_->quote_literal(fmt::format("lockstep {} {}", step.id, context.render.schema()))));
  require(
      "select current_setting('lock_timeout') = '0' and current_setting('statement_timeout') = "
      "'0'");
}

void SessionSettings::reset() {
  std::string calls;
  std::string question;
  for (std::size_t i = 0; i < kChanged.size(); ++i) {
    const std::string value = session_->quote_literal(before_[i]);
    calls += fmt::format("{}set_config('{}', {}, false)", i == 0 ? "" : ", ", kChanged[i], value);
    question +=
        fmt::format("{}current_setting('{}') = {}", i == 0 ? "" : " and ", kChanged[i], value);
  }
  try {
    session_->execute("select " + calls);
  } catch (const DatabaseError& error) {
    give_up(error.what());
  }
  require("select " + question);
}

void SessionSettings::require(const std::string& question) {
  if (!session_->execute(question).as_bool()) {
    give_up("they are not as they were set");
  }
}

void SessionSettings::give_up(const std::string& why) {
  throw DatabaseError(DatabaseError::Kind::kConnectionLost, {},
                      "a session is given up, as its settings could not be put back: " + why);
}

Ended run_watched(const StepContext& context, const plan::Step& step,
                  const std::string& statement) {
  BuildWatch watch(context, step);
  Ended ended;
  try {
    ended.left = !run_or_leave(context.session, statement, context.stops.finish,
                               context.options.locks.look_every, [&] { watch.look(); });
  } catch (const DatabaseError& error) {
    rethrow_unless_server(error);
    ended.error = error;
    if (error.is(core::sqlstate::kQueryCanceled)) {
      ended.gave_up = watch.gave_up();
    }
  }
  return ended;
}

}  // namespace lockstep::execution
