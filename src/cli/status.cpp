#include <chrono>

#include "commands.h"
#include "fleet_session.h"
#include "lockstep/report/status.h"

namespace lockstep::cli {
namespace {

constexpr std::chrono::seconds kBetweenLooks{2};
constexpr const char* kClearScreen = "\x1b[H\x1b[2J";

}  // namespace

ExitCode run_status(Context& context, const StatusOptions& options) {
  FleetSession session(context, no_events());
  const auto look = [&] { return session.fleet().status(session.files()); };
  const auto text = [&] {
    const fleet::Status status = look();
    const std::string none =
        status.tenants.empty() ? "No tenant: " + session.no_tenants() + ".\n" : "";
    return report::status_text(status, context.output.style()) + none;
  };
  if (context.output.format() == Format::kJson) {
    context.output.data(report::status_json(look()));
    return ExitCode::kDone;
  }
  if (!options.watch) {
    context.output.data(text());
    return ExitCode::kDone;
  }
  const fleet::StopTokens stop = context.signals.tokens();
  do {
    context.output.data(kClearScreen + text() + "\nLooks again every 2 s; Ctrl-C ends it.\n");
  } while (context.clock.sleep_for(kBetweenLooks, stop.finish));
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
