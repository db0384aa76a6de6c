#include "agenda.h"

#include <algorithm>
#include <utility>

#include "lockstep/core/ids.h"
#include "lockstep/core/migration_key.h"

namespace lockstep::execution {

using database::StepState;

void Agenda::clear() {
  entries_.clear();
  records_.clear();
  items_.clear();
}

void Agenda::add(std::string migration, StepList steps, bool begun) {
  entries_.push_back({std::move(migration), std::move(steps), begun});
}

void Agenda::settle(std::vector<database::StepRecord> records) {
  records_ = std::move(records);
  put_in_order();
  for (const Entry& entry : entries_) {
    int ordinal = 0;
    for (const plan::Step& step : *entry.steps) {
      ++ordinal;
      if (step.phase != phase_) {
        continue;
      }
      StepItem item{&step, ordinal, 0, StepState::kRunning};
      // Starting a migration forgets what was recorded of it before.
      const database::StepRecord* record = entry.begun ? record_of(step.id) : nullptr;
      if (record != nullptr) {
        item.attempt = record->attempt;
        item.state = record->state;
      }
      if (item.attempt == 0 || item.state != StepState::kDone) {
        items_.push_back(item);
      }
    }
  }
}

void Agenda::put(StepList steps, std::vector<StepItem> items) {
  put_ = std::move(steps);
  items_ = std::move(items);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    items_[i].step = &(*put_)[i];
  }
}

/// Versions by number, then repeatables as they depend on each other: first those that the ledger
/// has begun, then as they are planned, unless a dependency says otherwise.
void Agenda::put_in_order() {
  const auto repeatables = std::stable_partition(
      entries_.begin(), entries_.end(),
      [](const Entry& entry) { return !core::is_repeatable(entry.migration); });
  std::stable_sort(entries_.begin(), repeatables, [](const Entry& a, const Entry& b) {
    return core::MigrationId::from_key(a.migration) < core::MigrationId::from_key(b.migration);
  });
  const std::vector<Entry> given(repeatables, entries_.end());
  std::vector<StepList> lists;
  for (const Entry& entry : given) {
    lists.push_back(entry.steps);
  }
  entries_.erase(repeatables, entries_.end());
  for (const std::size_t next : repeatable_order(lists)) {
    entries_.push_back(given[next]);
  }
}

const database::StepRecord* Agenda::record_of(const std::string& step) const {
  const auto found =
      std::find_if(records_.begin(), records_.end(),
                   [&](const database::StepRecord& record) { return record.step == step; });
  return found == records_.end() ? nullptr : &*found;
}

bool Agenda::expand_is_left() const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return std::any_of(entry.steps->begin(), entry.steps->end(), [&](const plan::Step& step) {
      const database::StepRecord* record = record_of(step.id);
      return step.phase == core::Phase::kExpand &&
             (record == nullptr || record->state != StepState::kDone);
    });
  });
}

}  // namespace lockstep::execution
