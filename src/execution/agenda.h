#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockstep/core/phase.h"
#include "lockstep/database/ledger.h"
#include "repeatable_order.h"
#include "step_runner.h"

namespace lockstep::execution {

/// What is left to do in one tenant and phase: migrations in their order, and of their steps those
/// that are not done.
class Agenda {
 public:
  explicit Agenda(core::Phase phase) : phase_(phase) {}

  void clear();
  /// `begun`: the ledger has its steps; otherwise the first message begins it.
  void add(std::string migration, StepList steps, bool begun);
  /// Puts the migrations in order, and their steps that `records` does not have as done. Call it
  /// once, after all were added.
  void settle(std::vector<database::StepRecord> records);

  /// Instead of both: these steps, in this order, each the step of the item at its place.
  void put(StepList steps, std::vector<StepItem> items);

  /// Of any of the migrations. Precondition: settled.
  bool expand_is_left() const;
  std::vector<StepItem>& items() noexcept { return items_; }

 private:
  struct Entry {
    std::string migration;
    StepList steps;
    bool begun = false;
  };

  void put_in_order();
  const database::StepRecord* record_of(const std::string& step) const;

  core::Phase phase_;
  std::vector<Entry> entries_;
  StepList put_;  ///< keeps the steps of items that were put
  std::vector<database::StepRecord> records_;
  std::vector<StepItem> items_;
};

}  // namespace lockstep::execution
