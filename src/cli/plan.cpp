#include <algorithm>

#include <fmt/format.h>

#include "commands.h"
#include "files.h"
#include "fleet_session.h"
#include "lockstep/core/error.h"
#include "lockstep/core/migration_key.h"
#include "lockstep/report/plan.h"
#include "lockstep/report/preflight.h"

namespace lockstep::cli {
namespace {

bool has_steps(const fleet::Planned& planned, core::Phase phase) {
  const auto& cohorts = planned.plan.cohorts;
  const bool planned_steps =
      std::any_of(cohorts.begin(), cohorts.end(), [phase](const plan::Cohort& cohort) {
        return std::any_of(cohort.steps.begin(), cohort.steps.end(),
                           [phase](const plan::Step& step) { return step.phase == phase; });
      });
  return planned_steps ||
         std::any_of(
             planned.half_way.begin(), planned.half_way.end(),
             [phase](const fleet::HalfWayTenant& tenant) {
               return !(phase == core::Phase::kExpand ? tenant.expand : tenant.contract).empty();
             });
}

/// "0007-0009": what a saved plan is named after.
std::string versions_of(const plan::Plan& plan) {
  if (plan.migrations.empty()) {
    return "next";
  }
  std::string first = plan.migrations.front().version;
  std::string last = first;
  for (const plan::PlannedMigration& migration : plan.migrations) {
    if (!core::is_repeatable(migration.version)) {
      last = migration.version;
    }
  }
  if (core::is_repeatable(first)) {
    first = first.substr(core::kRepeatableKey.size());
  }
  return first == last || core::is_repeatable(last) ? first : first + "-" + last;
}

std::vector<std::string> next_commands(const fleet::Planned& planned, const PlanOptions& options,
                                       const std::string& flags) {
  if (planned.nothing_to_do() || !planned.refusals.empty() || !planned.preflight.empty()) {
    return {};
  }
  // What is begun, is begun in expand, though all of its steps may be contract.
  const bool expand = has_steps(planned, core::Phase::kExpand) || !planned.plan.cohorts.empty();
  const bool contract = has_steps(planned, core::Phase::kContract);
  if (!expand && !contract) {
    return {};
  }
  const std::string file = options.out ? " " + *options.out : "";
  std::vector<std::string> lines;
  if (!options.out) {
    lines.push_back(fmt::format("Save it for review:   lockstep plan{} --out plans/{}.plan.json",
                                flags, versions_of(planned.plan)));
  }
  const char* what = options.out ? "Apply exactly this:   " : "Apply it:             ";
  if (expand && contract) {
    lines.push_back(fmt::format("{}lockstep apply{}{} --phase expand", what, file, flags));
    lines.push_back(
        fmt::format("After the deploy:     lockstep apply{}{} --phase contract", file, flags));
  } else {
    lines.push_back(fmt::format("{}lockstep apply{}{}{}", what, file, flags,
                                contract ? " --phase contract" : ""));
  }
  return lines;
}

void print(Context& context, const fleet::Planned& planned, const report::PlanView& view) {
  switch (context.output.format()) {
    case Format::kText:
      context.output.data(report::plan_text(planned, view, context.output.style()));
      break;
    case Format::kMarkdown:
      context.output.data(report::plan_markdown(planned, view));
      break;
    case Format::kJson:
      context.output.data(plan::to_json(planned.plan));
      break;
  }
}

}  // namespace

ExitCode run_plan(Context& context, const PlanOptions& options) {
  FleetSession session(context, no_events(), options.out_of_order, options.preflight);
  const fleet::Planned planned = session.fleet().plan(session.files());
  if (!planned.problems.empty()) {
    throw core::InvalidInput(planned.problems);
  }
  const bool refused = !planned.refusals.empty();
  report::PlanView view{session.head(), next_commands(planned, options, context.repeated_flags),
                        session.empty_folder(), session.no_tenants(),
                        session.options().locks.direct_below > 0};
  if (options.out && !refused) {
    write_atomically(*options.out, plan::to_json(planned.plan));
  }
  print(context, planned, view);
  if (refused) {
    if (context.output.format() == Format::kJson) {
      context.output.warn(planned.refusals);
    }
    if (options.out) {
      context.output.log().write(
          report::LogLevel::kWarning,
          fmt::format("{} is not written: a refused plan cannot be applied", *options.out));
    }
    return ExitCode::kRefused;
  }
  if (!planned.plan.refused.empty()) {
    return ExitCode::kRefused;  // the plan is good for the others, and a human must look
  }
  if (!planned.preflight.empty()) {
    if (context.output.format() == Format::kJson) {
      context.output.warn(report::preflight_problems(planned.preflight, true));
    }
    return ExitCode::kFailed;
  }
  return options.detailed_exit_code && !planned.nothing_to_do() ? ExitCode::kPending
                                                                : ExitCode::kDone;
}

}  // namespace lockstep::cli
