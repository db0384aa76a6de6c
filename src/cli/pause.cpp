#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "lockstep/postgres/database.h"
#include "lockstep/postgres/ledger.h"
#include "who_runs.h"

namespace lockstep::cli {
namespace {

using nlohmann::ordered_json;

/// Only what is needed to reach the ledger: no file of migrations stands in the way of a pause.
struct Books {
  explicit Books(const Context& context) {
    const config::Options options = load_options(context, true);
    server = postgres::open_database({options.database, options.role});
    ledger = postgres::open_ledger(options.ledger_schema);
    session = server->connect({});
    ledger->prepare(*session);
  }

  std::unique_ptr<database::Database> server;
  std::unique_ptr<database::Ledger> ledger;
  std::unique_ptr<database::Session> session;
};

ordered_json json_of(const char* format, const std::optional<database::Pause>& pause) {
  const auto of = [&](std::string database::Pause::*field) -> ordered_json {
    return pause ? ordered_json((*pause).*field) : ordered_json(nullptr);
  };
  return {{"format", format},
          {"since", of(&database::Pause::since)},
          {"host", of(&database::Pause::host)},
          {"os_user", of(&database::Pause::os_user)},
          {"reason", of(&database::Pause::reason)}};
}

}  // namespace

ExitCode run_pause(Context& context, const PauseOptions& options) {
  const Books books(context);
  const database::Pause pause =
      books.ledger->pause(*books.session, who_runs(), options.reason.value_or(std::string()));
  if (context.output.format() == Format::kJson) {
    context.output.data(json_of("lockstep.pause/1", pause).dump(2) + "\n");
  } else {
    context.output.say(fmt::format(
        "Runs in this database are {}.\nWhat they are at ends first: a transaction, a batch, an "
        "index build.\nLet them go on:  lockstep resume{}\n",
        to_string(pause), context.repeated_flags));
  }
  return ExitCode::kDone;
}

ExitCode run_resume(Context& context) {
  const Books books(context);
  const std::optional<database::Pause> pause = books.ledger->resume(*books.session);
  if (context.output.format() == Format::kJson) {
    context.output.data(json_of("lockstep.resume/1", pause).dump(2) + "\n");
  } else if (pause) {
    context.output.say(fmt::format(
        "Runs go on by themselves; they were {}.\nWhere none is at work any more:  lockstep "
        "apply{}\n",
        to_string(*pause), context.repeated_flags));
  } else {
    context.output.say("Nothing was paused.\n");
  }
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
