#include "estimate.h"

#include <variant>

namespace lockstep::planner {

namespace {

// Rows a second on a small server, of the order that was measured; only people read estimates.
constexpr double kBackfill = 50'000;
constexpr double kIndexBuild = 400'000;
constexpr double kScan = 1'000'000;

double rows_of(const core::QualifiedName& table,
               const std::map<core::QualifiedName, double>& rows) {
  const auto found = rows.find(table);
  return found == rows.end() ? 0 : found->second;
}

double rows_of_all(const plan::Step& step, const std::map<core::QualifiedName, double>& rows) {
  double sum = 0;
  for (const plan::LockClaim& claim : step.locks) sum += rows_of(claim.relation, rows);
  return sum;
}

}  // namespace

plan::Estimate estimate(const plan::Step& step, const std::map<core::QualifiedName, double>& rows) {
  double count = 0;
  double per_second = kScan;
  if (const auto* backfill = std::get_if<plan::BackfillBody>(&step.body)) {
    count = rows_of(backfill->table, rows);
    per_second = kBackfill;
  } else if (const auto* build = std::get_if<plan::ConcurrentBody>(&step.body)) {
    const bool builds = build->kind == plan::ConcurrentBody::Kind::kCreateIndex ||
                        build->kind == plan::ConcurrentBody::Kind::kReindex;
    count = builds ? rows_of(build->table, rows) : 0;
    per_second = kIndexBuild;
  } else if (step.scan || step.rewrite) {
    count = rows_of_all(step, rows);
    per_second = step.rewrite ? kBackfill : kScan;
  }
  return {count, count / per_second};
}

}  // namespace lockstep::planner
