#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "allows.h"
#include "estimate.h"
#include "fold.h"
#include "lockstep/planner/planner.h"
#include "phases.h"

namespace lockstep::planner {

using core::Phase;
using core::Scope;
using plan::Step;

namespace {

/// "A", "B", ..., "Z", "AA": as spreadsheets count.
std::string cohort_id(std::size_t number) {
  std::string id;
  for (std::size_t rest = number + 1; rest > 0; rest = (rest - 1) / 26) {
    id.insert(id.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return id;
}

/// By size, then by the first tenant.
std::vector<const CohortInput*> ordered(const std::vector<CohortInput>& cohorts) {
  std::vector<const CohortInput*> result;
  for (const CohortInput& cohort : cohorts) result.push_back(&cohort);
  const auto first = [](const CohortInput& cohort) {
    return cohort.tenants.empty() ? std::string() : cohort.tenants.front();
  };
  std::stable_sort(result.begin(), result.end(), [&](const CohortInput* a, const CohortInput* b) {
    if (a->tenants.size() != b->tenants.size()) return a->tenants.size() > b->tenants.size();
    return first(*a) < first(*b);
  });
  return result;
}

/// A Problem and the cohorts that have it.
struct Report {
  core::Problem problem;
  std::vector<std::string> cohorts;
};

/// "acme, globex and 47 more tenants", of these cohorts.
std::string named_tenants(const std::vector<plan::Cohort>& cohorts,
                          const std::vector<std::string>& ids) {
  constexpr std::size_t kMostNamed = 3;
  std::vector<std::string> tenants;
  for (const plan::Cohort& cohort : cohorts) {
    if (std::find(ids.begin(), ids.end(), cohort.id) == ids.end()) continue;
    tenants.insert(tenants.end(), cohort.tenants.begin(), cohort.tenants.end());
  }
  const std::size_t named = std::min(tenants.size(), kMostNamed);
  std::string text = fmt::format("{}", fmt::join(tenants.begin(), tenants.begin() + named, ", "));
  if (named < tenants.size()) text += fmt::format(" and {} more tenants", tenants.size() - named);
  return text;
}

class Reports {
 public:
  void add(const core::Problem& problem, const std::string& cohort) {
    for (Report& report : reports_) {
      if (report.problem != problem) continue;
      if (report.cohorts.back() != cohort) report.cohorts.push_back(cohort);
      return;
    }
    reports_.push_back({problem, {cohort}});
  }

  /// Names the tenants where not all of them have the problem: cohorts are not known to anybody
  /// before there is a plan.
  core::Problems take(const std::vector<plan::Cohort>& cohorts, std::size_t tenant_cohorts) {
    core::Problems problems;
    for (Report& report : reports_) {
      const bool some =
          report.cohorts.size() < tenant_cohorts && report.cohorts.front() != "shared";
      if (some) {
        report.problem.message +=
            fmt::format(" (only in {})", named_tenants(cohorts, report.cohorts));
      }
      problems.push_back(std::move(report.problem));
    }
    return problems;
  }

 private:
  std::vector<Report> reports_;
};

class Planning {
 public:
  Planning(const std::vector<Recognised>& migrations, const PlanInput& input)
      : migrations_(migrations),
        input_(input),
        hazards_(migrations.size()),
        used_(migrations.size()) {}

  PlanResult run() {
    result_.plan.lockstep_version = input_.lockstep_version;
    result_.plan.database = input_.database;
    plan_shared();
    const std::vector<const CohortInput*> cohorts = ordered(input_.cohorts);
    for (std::size_t i = 0; i < cohorts.size(); ++i) plan_cohort(*cohorts[i], cohort_id(i));
    list_migrations();
    collect_hazards(cohorts.size());
    plan::seal(result_.plan);
    return std::move(result_);
  }

 private:
  bool is_shared(std::size_t index) const {
    return migrations_[index].migration->scope == Scope::kShared;
  }
  const std::string key(std::size_t index) const { return migrations_[index].migration->id.key(); }
  bool shared_pending(std::size_t index) const {
    return is_shared(index) && input_.shared.pending.count(key(index)) > 0;
  }

  void plan_shared() {
    if (input_.shared.pending.empty()) return;
    plan::Cohort cohort;
    cohort.id = "shared";
    cohort.scope = Scope::kShared;
    cohort.fingerprint = input_.shared.fingerprint;
    catalog::Catalog catalog = input_.shared.catalog;
    std::vector<Step> before = input_.shared.unfinished;
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      if (!is_shared(i)) continue;
      if (input_.shared.expanded.count(key(i)) > 0) apply_only(migrations_[i], catalog);
      if (!shared_pending(i)) continue;
      add_steps(i, catalog, input_.shared, before, cohort);
    }
    shared_steps_ = cohort.steps;
    result_.plan.cohorts.push_back(std::move(cohort));
  }

  void plan_cohort(const CohortInput& input, std::string id) {
    plan::Cohort cohort;
    cohort.id = std::move(id);
    cohort.fingerprint = input.fingerprint;
    cohort.tenants = input.tenants;
    cohort.differs = input.differs;
    catalog::Catalog catalog = input.catalog;
    std::vector<Step> before = input.unfinished;
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      if (is_shared(i)) {
        if (!shared_pending(i)) continue;
        apply_only(migrations_[i], catalog);
        for (const Step& step : shared_steps_) {
          if (step.migration == key(i)) before.push_back(step);
        }
      } else if (input.expanded.count(key(i)) > 0) {
        apply_only(migrations_[i], catalog);
      } else if (input.pending.count(key(i)) > 0) {
        add_steps(i, catalog, input, before, cohort);
      }
    }
    result_.plan.cohorts.push_back(std::move(cohort));
  }

  /// Folds one migration, and checks it against what earlier ones leave to their contract phase.
  void add_steps(std::size_t index, catalog::Catalog& catalog, const CohortInput& input,
                 std::vector<Step>& before, plan::Cohort& cohort) {
    Folded folded = fold(migrations_[index], catalog, false);
    check_conflicts(migrations_[index], folded.steps, before, cohort.id);
    for (const auto& problem : folded.problems) problems_.add(problem, cohort.id);
    for (plan::Hazard& hazard : folded.hazards) keep(index, std::move(hazard), cohort.id);
    used_[index].merge(folded.used_allows);
    planned_.insert(index);
    for (Step& step : folded.steps) {
      step.estimate = estimate(step, input.rows);
      before.push_back(step);
      cohort.steps.push_back(std::move(step));
    }
  }

  /// RULES.md 4: a conflict inside one release is found here, not by apply.
  void check_conflicts(const Recognised& migration, const std::vector<Step>& steps,
                       const std::vector<Step>& before, const std::string& cohort) {
    for (const Step& step : steps) {
      if (step.phase != Phase::kExpand) continue;
      for (const Step& earlier : before) {
        if (earlier.phase != Phase::kContract) continue;
        const auto conflict = depends_across_files(step, earlier);
        if (!conflict) continue;
        refusals_.add(
            {{migration.migration->file, 0, 0},
             fmt::format("[phase-conflict] {} ({}) is in expand and touches {}, but {} ({}), which "
                         "touches it too, comes only in contract",
                         step.id, step.title, describe(conflict->object), earlier.id,
                         earlier.title),
             fmt::format("Finish {} first (apply --phase contract), or write \"phase = contract\" "
                         "for this change.",
                         earlier.migration)},
            cohort);
        break;
      }
    }
  }

  /// Hazards are the migration's, not the cohort's: equal ones are said once.
  void keep(std::size_t index, plan::Hazard hazard, const std::string& cohort) {
    if (hazard.verdict == plan::Verdict::kRefused) {
      refusals_.add({hazard.where, fmt::format("[{}] {}", hazard.id, hazard.effect), hazard.remedy},
                    cohort);
    }
    std::vector<plan::Hazard>& kept = hazards_[index];
    if (std::find(kept.begin(), kept.end(), hazard) == kept.end())
      kept.push_back(std::move(hazard));
  }

  void list_migrations() {
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      if (planned_.count(i) == 0) continue;
      const migration::Migration& migration = *migrations_[i].migration;
      result_.plan.migrations.push_back(
          {key(i), migration.id.name, migration.file, migration.scope, migration.checksum});
    }
  }

  void collect_hazards(std::size_t tenant_cohorts) {
    result_.problems = problems_.take(result_.plan.cohorts, tenant_cohorts);
    result_.refusals = refusals_.take(result_.plan.cohorts, tenant_cohorts);
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      for (plan::Hazard& hazard : hazards_[i]) result_.plan.hazards.push_back(std::move(hazard));
      if (planned_.count(i) == 0 || !result_.problems.empty()) continue;
      for (core::Problem& problem : unused_allows(migrations_[i], used_[i])) {
        result_.problems.push_back(std::move(problem));
      }
    }
  }

  const std::vector<Recognised>& migrations_;
  const PlanInput& input_;
  PlanResult result_;
  Reports problems_;
  Reports refusals_;
  std::vector<std::vector<plan::Hazard>> hazards_;  ///< by migration
  std::vector<std::set<UsedAllow>> used_;           ///< by migration
  std::set<std::size_t> planned_;
  std::vector<Step> shared_steps_;
};

}  // namespace

PlanResult make_plan(const std::vector<Recognised>& migrations, const PlanInput& input) {
  return Planning(migrations, input).run();
}

}  // namespace lockstep::planner
