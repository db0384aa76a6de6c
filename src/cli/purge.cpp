#include "lockstep/report/purge.h"

#include <fmt/format.h>

#include "command_line.h"
#include "commands.h"
#include "fleet_session.h"
#include "lockstep/core/error.h"
#include "run_many.h"

namespace lockstep::cli {
namespace {

using fleet::ApplyOutcome;
using Mode = report::PurgeView::Mode;

Mode mode_of(const PurgeOptions& options) {
  if (options.list) {
    return Mode::kList;
  }
  if (options.dry_run) {
    return Mode::kDryRun;
  }
  return options.restore.empty() ? Mode::kPurge : Mode::kRestore;
}

std::string same_command(const Context& context, const PurgeOptions& options) {
  std::string command = "lockstep purge" + context.repeated_flags;
  for (const std::string& name : options.restore) {
    command += " --restore " + shell_word(name);
  }
  if (!options.fill.empty()) {
    command += " --fill " + shell_word(options.fill);
  }
  if (options.now) {
    command += " --now";
  }
  command += repeated_rollout_flags(context);
  if (options.yes) {
    command += " --yes";
  }
  return command;
}

std::vector<std::string> next_commands(const Context& context, const PurgeOptions& options,
                                       const fleet::PurgeResult& result) {
  const std::string again = same_command(context, options);
  switch (result.run.outcome) {
    case ApplyOutcome::kDone:
      if (options.restore.empty() || result.plan.chosen.empty()) {
        return {};
      }
      return {"Its drop is pending again. To keep it, take the drop out of " +
              result.plan.chosen.front().migration + "; to drop it again:  lockstep apply" +
              context.repeated_flags + " --phase contract"};
    case ApplyOutcome::kInterrupted:
      return {"Go on where it stopped:  " + again};
    case ApplyOutcome::kFailed:
    case ApplyOutcome::kStuck:
      return {"Mend the cause, then go on from there:  " + again};
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

void print(Context& context, const fleet::PurgeResult& result, const report::PurgeView& view,
           bool only_looked) {
  if (context.output.format() == Format::kJson) {
    context.output.data(report::purge_json(result, view));
  } else if (only_looked) {
    context.output.data(report::purge_plan_text(result.plan, view, context.output.style()));
  } else {
    context.output.data(report::purge_text(result, view, context.output.style()));
  }
}

}  // namespace

ExitCode run_purge(Context& context, const PurgeOptions& options) {
  const fleet::PurgeRequest request{options.restore, options.fill, options.now};
  report::PurgeView view{mode_of(options), options.restore, {}};
  Relay events;
  FleetSession session(context, events);
  if (options.list || options.dry_run) {
    fleet::PurgeResult looked;
    looked.plan = session.fleet().purge_plan(request);
    if (!options.restore.empty()) {
      view.mode = options.list ? Mode::kList : Mode::kRestore;
    }
    print(context, looked, view, true);
    return ExitCode::kDone;
  }
  if (!options.yes && context.output.can_ask()) {
    const fleet::PurgePlan plan = session.fleet().purge_plan(request);
    if (!plan.chosen.empty()) {
      context.output.data(report::purge_plan_text(plan, view, context.output.style()));
      if (!context.output.ask(options.restore.empty() ? "\nRemove this for good now? [y/N] "
                                                      : "\nBring this back now? [y/N] ")) {
        context.output.say("Nothing was changed.\n");
        return ExitCode::kRefused;
      }
    }
  }
  const fleet::PurgeResult result = shown(context, events, [&](const fleet::StopTokens& stop) {
    return session.fleet().purge(request, stop);
  });
  view.next = next_commands(context, options, result);
  print(context, result, view, false);
  return exit_code(result.run.outcome);
}

}  // namespace lockstep::cli
