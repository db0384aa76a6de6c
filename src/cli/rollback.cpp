#include "lockstep/report/rollback.h"

#include <fmt/format.h>

#include "commands.h"
#include "fleet_session.h"
#include "lockstep/core/error.h"
#include "run_many.h"

namespace lockstep::cli {
namespace {

using fleet::ApplyOutcome;

std::string same_command(const Context& context, const RollbackOptions& options) {
  std::string command = "lockstep rollback" + context.repeated_flags;
  if (options.to) {
    command += " --to " + *options.to;
  }
  if (options.accept_loss) {
    command += " --accept-loss";
  }
  command += repeated_rollout_flags(context);
  if (options.yes) {
    command += " --yes";
  }
  return command;
}

fleet::RollbackRequest request_of(const RollbackOptions& options) {
  fleet::RollbackRequest request;
  request.accept_loss = options.accept_loss;
  if (options.to) {
    request.to = core::Version::parse(*options.to);
    if (!request.to) {
      throw core::InvalidInput(fmt::format("--to {}: that is no version", *options.to),
                               "a version is the digits that a file's name begins with: --to 0006");
    }
  }
  return request;
}

std::vector<std::string> next_commands(const Context& context, const RollbackOptions& options,
                                       const fleet::RollbackResult& result) {
  const std::string again = same_command(context, options);
  const std::string forward = "lockstep apply" + context.repeated_flags + " --phase expand";
  switch (result.run.outcome) {
    case ApplyOutcome::kDone:
      return {"The files may be edited now; to run them again:  " + forward};
    case ApplyOutcome::kInterrupted:
      return {"Go on where it stopped:  " + again, "Or forward again:        " + forward};
    case ApplyOutcome::kFailed:
    case ApplyOutcome::kStuck:
      return {"Mend the cause, then go on from there:  " + again,
              "Or forward again:                       " + forward};
    case ApplyOutcome::kRefused:
      return {};
    case ApplyOutcome::kBlocked:
    case ApplyOutcome::kBusy:
    case ApplyOutcome::kPaused:
    case ApplyOutcome::kWaiting:
      return {"Run it again later, it goes on where it stopped:  " + again};
  }
  return {};
}

}  // namespace

ExitCode run_rollback(Context& context, const RollbackOptions& options) {
  const fleet::RollbackRequest request = request_of(options);
  Relay events;
  FleetSession session(context, events);
  if (!options.yes && context.output.can_ask()) {
    fleet::RollbackPlan plan = session.fleet().rollback_plan(session.files(), request);
    if (!plan.refusals.empty()) {
      throw core::Refused(std::move(plan.refusals));
    }
    if (!plan.groups.empty()) {
      context.output.data(report::rollback_plan_text(plan, context.output.style()));
      if (!context.output.ask("\nTake this back now? [y/N] ")) {
        context.output.say("Nothing was changed.\n");
        return ExitCode::kRefused;
      }
    }
  }
  const fleet::RollbackResult result = shown(context, events, [&](const fleet::StopTokens& stop) {
    return session.fleet().rollback(session.files(), request, stop);
  });
  const report::RollbackView view{options.to, next_commands(context, options, result)};
  context.output.data(context.output.format() == Format::kJson
                          ? report::rollback_json(result, view)
                          : report::rollback_text(result, view, context.output.style()));
  return exit_code(result.run.outcome);
}

}  // namespace lockstep::cli
