#include "lockstep/execution/take_back.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "lockstep/plan/undo_step.h"

namespace lockstep::execution {

Objections objections_to(const std::vector<StandingSteps>& standing) {
  Objections objections;
  for (const StandingSteps& migration : standing) {
    if (migration.state == database::MigrationState::kBaseline) {
      objections.baselines.push_back(migration.migration);
      continue;
    }
    for (const plan::Step& step : *migration.steps) {
      if (!migration.done.contains(step.id)) {
        continue;
      }
      if (step.phase == core::Phase::kContract) {
        objections.contract.push_back(&step);
      } else if (step.undo.gives != plan::UndoGives::kExact) {
        objections.lossy.push_back(&step);
      }
    }
  }
  return objections;
}

std::set<std::string> standing_steps(const std::vector<plan::Step>& steps,
                                     const std::vector<database::StepRecord>& records) {
  std::set<std::string> standing;
  for (const database::StepRecord& record : records) {
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const plan::Step& each) { return each.id == record.step; });
    // What failed in one transaction left nothing; batches and builds may have left something.
    const bool left_something = step != steps.end() && plan::changes_something(*step) &&
                                (record.state == database::StepState::kDone ||
                                 !std::holds_alternative<plan::TransactionBody>(step->body));
    if (left_something) {
      standing.insert(record.step);
    }
  }
  return standing;
}

std::string loss_of(const plan::Step& step) {
  const char* how = "";
  switch (step.undo.gives) {
    case plan::UndoGives::kExact:
      how = "gives everything back";
      break;
    case plan::UndoGives::kLosesNewData:
      how = "loses";
      break;
    case plan::UndoGives::kStructureOnly:
      how = "leaves as it is:";
      break;
    case plan::UndoGives::kNone:
      how = "does not give back";
      break;
  }
  return fmt::format("{} ({}) {} {}", step.id, step.title, how, step.undo.loses);
}

}  // namespace lockstep::execution
