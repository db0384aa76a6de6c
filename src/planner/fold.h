#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/planner/planner.h"

// One migration against a catalog: judged, planned, and applied to it, operation by operation.

namespace lockstep::planner {

/// An `allow` that let something pass: the index of its item, and the hazard.
struct UsedAllow {
  std::size_t item = 0;
  std::string hazard;
  friend auto operator<=>(const UsedAllow&, const UsedAllow&) = default;
};

struct Folded {
  std::vector<plan::Step> steps;      ///< numbered; expand before contract
  std::vector<plan::Hazard> hazards;  ///< by operation
  core::Problems problems;
  std::set<UsedAllow> used_allows;
};

/// Judges, plans and applies. Operations with problems or refused hazards have no steps, but are
/// applied, so that those behind them are judged too. `assume`: lint, see Context::assumptions.
/// `before`: what earlier migrations do, or have begun to do.
Folded fold(const Recognised& migration, catalog::Catalog& catalog, bool assume,
            const std::vector<plan::Step>& before = {});

/// Applies both phases without judging: what runs elsewhere, or is stored already.
void apply_only(const Recognised& migration, catalog::Catalog& catalog);

}  // namespace lockstep::planner
