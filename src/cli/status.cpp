#include <chrono>
#include <stop_token>

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
  std::stop_token stop;  // until it looks again and again, a signal ends the process
  const auto look = [&] { return session.fleet().status(session.files(), stop); };
  const auto text = [&] {
    const fleet::Status status = look();
    const std::string none =
        status.tenants.empty() ? "No tenant: " + session.no_tenants() + ".\n" : "";
    return report::status_text(status, context.output.style(), context.repeated_flags) + none;
  };
  if (context.output.format() == Format::kJson) {
    context.output.data(report::status_json(look()));
    return ExitCode::kDone;
  }
  if (!options.watch) {
    context.output.data(text());
    return ExitCode::kDone;
  }
  stop = context.signals.tokens().finish;
  do {
    context.output.data(kClearScreen + text() + "\nLooks again every 2 s; Ctrl-C ends it.\n");
  } while (context.clock.sleep_for(kBetweenLooks, stop));
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
