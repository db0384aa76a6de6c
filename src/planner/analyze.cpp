#include <utility>

#include "allows.h"
#include "fold.h"
#include "lockstep/planner/planner.h"

namespace lockstep::planner {

namespace {

/// Lint cannot know what is pending: each migration is judged as if all before it were applied and
/// deployed, so what they created is live.
void forget_what_is_new(catalog::Catalog& catalog) {
  for (auto& [name, relation] : catalog.relations) {
    relation.created_by.clear();
    for (catalog::Column& column : relation.columns) column.added_by_plan = false;
  }
}

}  // namespace

Analysis analyze(const std::vector<Recognised>& migrations, catalog::Catalog catalog) {
  Analysis analysis;
  for (const Recognised& migration : migrations) {
    Folded folded = fold(migration, catalog, catalog.partial);
    forget_what_is_new(catalog);
    if (folded.problems.empty()) folded.problems = unused_allows(migration, folded.used_allows);
    for (auto& hazard : folded.hazards) analysis.hazards.push_back(std::move(hazard));
    for (auto& problem : folded.problems) analysis.problems.push_back(std::move(problem));
  }
  return analysis;
}

}  // namespace lockstep::planner
