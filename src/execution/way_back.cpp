#include "way_back.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/ids.h"
#include "lockstep/plan/undo_step.h"

namespace lockstep::execution {
namespace {

std::optional<core::Version> lowest(const std::set<std::string>& keys) {
  std::optional<core::Version> found;
  for (const std::string& key : keys) {
    const core::MigrationId id = core::MigrationId::from_key(key);
    if (id.version && (!found || *id.version < *found)) {
      found = id.version;
    }
  }
  return found;
}

std::vector<std::string> ids_of(const std::vector<const plan::Step*>& steps) {
  std::vector<std::string> ids;
  for (const plan::Step* step : steps) {
    ids.push_back(step->id);
  }
  return ids;
}

}  // namespace

WayBack::WayBack(database::Ledger& ledger, database::Session& session, database::TenantId tenant,
                 const TakeBack& wanted, const StoredList& stored_list)
    : wanted_(wanted) {
  const std::optional<core::Version> floor = lowest(wanted.migrations);
  for (database::StandingMigration& each : ledger.standing(session, tenant)) {
    if (wanted.migrations.contains(each.migration)) {
      StepList steps = each.step_list.empty() ? nullptr : stored_list(each.step_list);
      entries_.push_back({std::move(each), std::move(steps)});
      continue;
    }
    const core::MigrationId id = core::MigrationId::from_key(each.migration);
    if (floor && id.version && *floor < *id.version) {
      begun_since_.push_back(each.migration);
    }
  }
}

std::optional<database::Failure> WayBack::forbidden() const {
  std::vector<StandingSteps> standing;
  for (const Entry& entry : entries_) {
    standing.push_back({entry.migration.migration, entry.migration.state, entry.steps,
                        entry.steps ? standing_steps(*entry.steps, entry.migration.steps)
                                    : std::set<std::string>{}});
  }
  const Objections objections = objections_to(standing);
  std::string why;
  if (!begun_since_.empty()) {
    why = fmt::format("another run has begun {} meanwhile", fmt::join(begun_since_, ", "));
  } else if (!objections.baselines.empty()) {
    why = fmt::format("another run has declared {} applied", fmt::join(objections.baselines, ", "));
  } else if (!objections.contract.empty()) {
    why = fmt::format("another run has begun its contract: {}",
                      fmt::join(ids_of(objections.contract), ", "));
  } else if (!objections.lossy.empty() && !wanted_.accept_loss) {
    why = fmt::format("another run went on meanwhile, and {} cannot be taken back without loss",
                      fmt::join(ids_of(objections.lossy), ", "));
  } else {
    return std::nullopt;
  }
  return database::Failure{
      {}, std::move(why), "see where it stands (lockstep status), and decide again", {}};
}

void WayBack::put_into(Agenda& agenda) const {
  std::vector<plan::Step> undos;
  std::vector<StepItem> items;
  for (const Entry& entry : entries_) {
    if (!entry.steps) {
      continue;
    }
    for (std::size_t i = entry.steps->size(); i-- > 0;) {
      const plan::Step& step = (*entry.steps)[i];
      const auto record =
          std::find_if(entry.migration.steps.begin(), entry.migration.steps.end(),
                       [&](const database::StepRecord& each) { return each.step == step.id; });
      if (record == entry.migration.steps.end()) {
        continue;
      }
      const auto former = entry.migration.former.find(step.id);
      undos.push_back(plan::undo_step(step, former == entry.migration.former.end()
                                                ? std::vector<std::string>{}
                                                : former->second));
      // What failed in a transaction left nothing to undo but its record.
      if (std::holds_alternative<plan::TransactionBody>(step.body) &&
          record->state != database::StepState::kDone) {
        undos.back().body = plan::TransactionBody{};
        undos.back().locks.clear();
      }
      StepItem item;
      item.undoes = &step;
      item.ordinal = static_cast<int>(i) + 1;
      item.attempt = record->attempt;
      item.state = record->state;
      item.finished = record->finished;
      items.push_back(item);
    }
  }
  agenda.put(std::make_shared<const std::vector<plan::Step>>(std::move(undos)), std::move(items));
}

std::vector<std::string> WayBack::without_steps() const {
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) {
    if (entry.migration.steps.empty()) {
      keys.push_back(entry.migration.migration);
    }
  }
  return keys;
}

}  // namespace lockstep::execution
