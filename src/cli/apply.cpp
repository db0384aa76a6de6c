#include <fmt/format.h>

#include "commands.h"
#include "fleet_session.h"
#include "lockstep/core/error.h"
#include "lockstep/report/apply.h"
#include "lockstep/report/plan.h"
#include "run_many.h"

namespace lockstep::cli {
namespace {

using fleet::ApplyOutcome;

plan::Plan read_plan(const Context& context, const std::string& file) {
  const auto text = context.files.read(file);
  if (!text) {
    throw core::InvalidInput(core::Problem{
        {file, 0, 0}, "there is no such plan", "`lockstep plan --out FILE` writes one"});
  }
  auto read = plan::from_json(*text, file);
  if (const auto* problems = std::get_if<core::Problems>(&read)) {
    throw core::InvalidInput(*problems);
  }
  return std::get<plan::Plan>(std::move(read));
}

std::string_view phase_word(fleet::PhaseChoice phase) {
  switch (phase) {
    case fleet::PhaseChoice::kExpand:
      return "expand";
    case fleet::PhaseChoice::kContract:
      return "contract";
    case fleet::PhaseChoice::kAll:
      return "all";
  }
  return "";
}

/// The command as it was given, to be run again.
std::string same_command(const Context& context, const ApplyOptions& options) {
  std::string command = "lockstep apply";
  if (options.plan) {
    command += " " + *options.plan;
  }
  command += context.repeated_flags;
  if (options.phase) {
    command += fmt::format(" --phase {}", phase_word(*options.phase));
  }
  if (options.out_of_order) {
    command += " --out-of-order";
  }
  if (!options.preflight) {
    command += " --preflight off";
  }
  if (options.strict_tenants) {
    command += " --strict-tenants";
  }
  command += repeated_rollout_flags(context);
  if (options.yes) {
    command += " --yes";
  }
  return command;
}

class Application {
 public:
  Application(Context& context, const ApplyOptions& options)
      : context_(context), options_(options) {
    if (options.plan) {
      saved_ = read_plan(context, *options.plan);
    }
    session_.emplace(context, events_, options.out_of_order, options.preflight);
  }

  ExitCode run() {
    if (!confirmed()) {
      context_.output.say("Nothing was changed.\n");
      return ExitCode::kRefused;
    }
    const fleet::ApplyResult result = apply();
    if (context_.output.format() == Format::kJson) {
      context_.output.data(report::apply_json(result));
    } else {
      context_.output.data(
          report::apply_text(result, {reached(), next_commands(result), empty_folder_, no_tenants_},
                             context_.output.style()));
    }
    return exit_code(result.outcome);
  }

 private:
  /// Somebody at a terminal sees what will be done and is asked; a reviewed plan needs no asking.
  bool confirmed() {
    if (options_.yes || saved_ || !context_.output.can_ask()) {
      return true;
    }
    fleet::Planned planned = session_->fleet().plan(session_->files());
    if (!planned.problems.empty()) {
      throw core::InvalidInput(planned.problems);
    }
    if (options_.phase == fleet::PhaseChoice::kContract) {
      if (!planned.plan.cohorts.empty()) {
        return true;  // expand comes first, and apply says so
      }
      for (const fleet::HalfWayTenant& tenant : planned.half_way) {
        if (!tenant.expand.empty()) {
          return true;  // as there
        }
      }
    }
    if (planned.nothing_to_do() || !planned.refusals.empty() || !planned.preflight.empty()) {
      return true;  // apply says so
    }
    report::PlanView view{session_->head(), {}};
    view.tries_direct = session_->options().locks.direct_below > 0;
    context_.output.data(report::plan_text(planned, view, context_.output.style()));
    shown_ = std::move(planned.plan);
    return context_.output.ask(question());
  }

  std::string question() const {
    if (!options_.phase || *options_.phase == fleet::PhaseChoice::kAll) {
      return "\nRun this now? [y/N] ";
    }
    return fmt::format("\nRun the {} steps of this now? [y/N] ", phase_word(*options_.phase));
  }

  fleet::ApplyResult apply() {
    const fleet::StopTokens stop = context_.signals.tokens();
    // Gone before anything else is written: it draws on the same terminal.
    const std::unique_ptr<execution::Events> display = context_.output.progress(context_.clock);
    events_.to(*display);
    FleetSession& session = *session_;
    const fleet::ApplyRequest request{options_.phase, saved_ ? &*saved_ : nullptr,
                                      options_.strict_tenants, shown_ ? &*shown_ : nullptr};
    empty_folder_ = session.empty_folder();
    no_tenants_ = session.no_tenants();
    fleet::ApplyResult result = session.fleet().apply(session.files(), request, stop);
    events_.to(no_events());
    return result;
  }

  std::string reached() const {
    if (options_.phase && *options_.phase != fleet::PhaseChoice::kAll) {
      return fmt::format("{} is finished", phase_word(*options_.phase));
    }
    return "everything is applied";
  }

  std::vector<std::string> next_commands(const fleet::ApplyResult& result) const {
    const std::string again = same_command(context_, options_);
    switch (result.outcome) {
      case ApplyOutcome::kDone:
        if (result.contract_left && options_.phase == fleet::PhaseChoice::kExpand) {
          ApplyOptions contract = options_;
          contract.phase = fleet::PhaseChoice::kContract;
          return {"Once the new application is deployed:  " + same_command(context_, contract)};
        }
        return {};
      case ApplyOutcome::kFailed:
        if (!result.preflight.empty()) {
          return {"Once it is permitted:  " + again};
        }
        return {"Mend the cause, then go on from the failed step:  " + again,
                "See where every tenant stands:                    lockstep status" +
                    context_.repeated_flags};
      case ApplyOutcome::kInterrupted:
        return {"Go on where it stopped:  " + again};
      case ApplyOutcome::kRefused:
        return {};
      case ApplyOutcome::kStuck:
        return {
            "To repeat it does not help: raise locks.max_hold; or, if its file may still be "
            "edited, "
            "declare the step's locks there.",
            "Then go on from that step:  " + again};
      case ApplyOutcome::kBlocked:
      case ApplyOutcome::kBusy:
      case ApplyOutcome::kPaused:
      case ApplyOutcome::kWaiting:
        return {"Run it again later, it goes on where it stopped:  " + again};
    }
    return {};
  }

  Context& context_;
  const ApplyOptions& options_;
  std::optional<plan::Plan> saved_;
  std::optional<plan::Plan> shown_;  ///< what somebody at a terminal has agreed to
  Relay events_;
  std::optional<FleetSession> session_;  ///< one: what is run are the files that were shown
  std::string empty_folder_;
  std::string no_tenants_;
};

}  // namespace

ExitCode run_apply(Context& context, const ApplyOptions& options) {
  return Application(context, options).run();
}

}  // namespace lockstep::cli
