#include "lockstep/report/rollback.h"

#include <set>

#include <fmt/format.h>

#include "lockstep/core/ids.h"
#include "lockstep/execution/take_back.h"
#include "lockstep/plan/undo_step.h"
#include "lockstep/report/problems.h"
#include "lockstep/text/units.h"
#include "news.h"
#include "plan_words.h"
#include "run_result.h"

namespace lockstep::report {
namespace {

using fleet::ApplyOutcome;
using fleet::RollbackGroup;
using fleet::RollbackMigration;
using fleet::RollbackPlan;
using fleet::RollbackResult;

constexpr std::size_t kMostNamed = 5;

std::string tenants_words(const std::vector<std::string>& tenants) {
  return tenants.size() == 1 ? tenant_words(tenants.front())
                             : fmt::format("{}: {}", counted(tenants.size(), "tenant"),
                                           listed(tenants, kMostNamed));
}

/// Of all groups, in order of versions.
std::vector<std::string> migrations_of(const RollbackPlan& plan) {
  std::set<core::MigrationId> ids;
  for (const RollbackGroup& group : plan.groups) {
    for (const RollbackMigration& migration : group.migrations) {
      ids.insert(core::MigrationId::from_key(migration.migration));
    }
  }
  std::vector<std::string> keys;
  for (const core::MigrationId& id : ids) {
    keys.push_back(id.key());
  }
  return keys;
}

/// Every step whose undo does not give everything back, once, with what it does not.
std::vector<std::string> losses_of(const RollbackPlan& plan) {
  std::vector<std::string> losses;
  std::set<std::string> told;
  for (const RollbackGroup& group : plan.groups) {
    for (const RollbackMigration& migration : group.migrations) {
      for (const plan::Step& step : migration.steps) {
        std::string loss = execution::loss_of(step);
        if (step.undo.gives != plan::UndoGives::kExact && told.insert(loss).second) {
          losses.push_back(std::move(loss));
        }
      }
    }
  }
  return losses;
}

std::string nothing_to_do(const RollbackView& view) {
  if (view.to) {
    return fmt::format("Nothing to take back: nothing above {} stands.\n", *view.to);
  }
  return "Nothing to take back: no migration is between its phases.\n"
         "To take back what is finished, name the version that stays:  lockstep rollback --to "
         "VERSION\n";
}

std::string shared_note(const RollbackPlan& plan) {
  return plan.shared_stays
             ? "The shared schemas stay as they are: with --tenants only tenants are taken back.\n"
             : "";
}

Json step_json(const plan::Step& step) {
  Json locks = Json::array();
  for (const plan::LockClaim& claim : plan::undo_step(step).locks) {
    locks.push_back(
        {{"relation", core::display(claim.relation)}, {"mode", catalog::to_string(claim.mode)}});
  }
  return {{"step", step.id},
          {"title", step.title},
          {"kind", plan::kind_name(step.body)},
          {"undo_gives", plan::to_string(step.undo.gives)},
          {"undo_loses", step.undo.loses},
          {"locks", std::move(locks)}};
}

Json group_json(const RollbackGroup& group) {
  Json migrations = Json::array();
  for (const RollbackMigration& migration : group.migrations) {
    Json steps = Json::array();
    for (const plan::Step& step : migration.steps) {
      steps.push_back(step_json(step));
    }
    migrations.push_back(
        {{"migration", migration.migration}, {"name", migration.name}, {"steps", steps}});
  }
  return {{"tenants", group.tenants}, {"migrations", migrations}};
}

}  // namespace

std::string rollback_plan_text(const RollbackPlan& plan, const Style& style) {
  const Paint paint(style);
  std::string text;
  for (const RollbackGroup& group : plan.groups) {
    text += paint.bold(printable(tenants_words(group.tenants))) + "\n";
    for (const RollbackMigration& migration : group.migrations) {
      text += fmt::format("  {} {}\n", migration.migration, printable(migration.name));
      std::vector<std::vector<std::string>> rows;
      for (const plan::Step& step : migration.steps) {
        const bool exact = step.undo.gives == plan::UndoGives::kExact;
        const std::string words =
            step.undo.gives == plan::UndoGives::kNone ? "nothing comes back" : undo_words(step);
        const plan::Step undo = plan::undo_step(step);
        rows.push_back({step.id, one_line(step.title, 60),
                        undo.locks.empty() ? std::string() : locks_words(undo),
                        exact ? words : paint.red(words)});
      }
      text += table(rows, "    ");
    }
  }
  const std::vector<std::string> losses = losses_of(plan);
  if (!losses.empty()) {
    text += paint.red("Does not come back") + ":\n";
    for (const std::string& loss : losses) {
      text += "  " + printable(loss) + "\n";
    }
  }
  return text + shared_note(plan);
}

std::string rollback_text(const RollbackResult& result, const RollbackView& view,
                          const Style& style) {
  const Paint paint(style);
  if (result.plan.groups.empty()) {
    return nothing_to_do(view) + shared_note(result.plan);
  }
  const fleet::ApplyResult& run = result.run;
  std::string text = fmt::format("{}: {} {} taken back in {} of {}", headword(run, paint),
                                 listed(migrations_of(result.plan), kMostNamed),
                                 migrations_of(result.plan).size() == 1 ? "is" : "are",
                                 run.tenants.done, counted(run.tenants.total, "tenant"));
  if (run.steps.done > 0) {
    text += fmt::format(", {} in {}, longest wait for a lock at most {}",
                        counted(run.steps.done, "step"), text::format_duration(run.duration),
                        text::format_duration(run.longest_lock_wait));
  }
  text += ".\n" + problems_text(run.refusals, style) + failures_text(run, style) + left_text(run);
  const std::vector<std::string> losses = losses_of(result.plan);
  if (!losses.empty() && run.outcome == ApplyOutcome::kDone) {
    text += "What did not come back:\n";
    for (const std::string& loss : losses) {
      text += "  " + printable(loss) + "\n";
    }
  }
  text += shared_note(result.plan);
  for (const std::string& line : view.next) {
    text += line + "\n";
  }
  return text;
}

std::string rollback_json(const RollbackResult& result, const RollbackView& view) {
  Json json;
  json["format"] = "lockstep.rollback/1";
  json["to"] = view.to ? Json(*view.to) : Json(nullptr);
  add_run(json, result.run);
  Json groups = Json::array();
  for (const RollbackGroup& group : result.plan.groups) {
    groups.push_back(group_json(group));
  }
  json["taken_back"] = groups;
  json["shared_stays"] = result.plan.shared_stays;
  return printed(json);
}

}  // namespace lockstep::report
