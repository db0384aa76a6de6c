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
  std::string migration;
  std::vector<std::string> cohorts;
};

constexpr const char* kSharedCohort = "shared";
/// What a file's remedy says would be wrong advice: for other tenants the file is right.
constexpr const char* kOwnProblem =
    "Other tenants do not have this problem. Make these like them by hand: remove what is in the "
    "way, add what is missing; or leave them out (tenants.exclude). Only if they have all that "
    "every migration up to this one does: lockstep baseline VERSION --tenants NAME. It counts all "
    "of them as applied, and what is missing is never added.";

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
  void add(const core::Problem& problem, const std::string& migration, const std::string& cohort) {
    for (Report& report : reports_) {
      if (report.problem != problem) continue;
      if (report.cohorts.back() != cohort) report.cohorts.push_back(cohort);
      return;
    }
    reports_.push_back({problem, migration, {cohort}});
  }

  /// Each cohort that has any, with the migrations that they are in.
  void collect(std::map<std::string, std::set<std::string>>& by_cohort) const {
    for (const Report& report : reports_) {
      for (const std::string& cohort : report.cohorts) by_cohort[cohort].insert(report.migration);
    }
  }

  /// Takes away what that cohort has.
  void move_out(const std::string& cohort, core::Problems& to) {
    for (auto report = reports_.begin(); report != reports_.end();) {
      const auto found = std::find(report->cohorts.begin(), report->cohorts.end(), cohort);
      if (found != report->cohorts.end()) {
        to.push_back(report->problem);
        report->cohorts.erase(found);
      }
      report = report->cohorts.empty() ? reports_.erase(report) : std::next(report);
    }
  }

  /// Names the tenants where not all of them have the problem: cohorts are not known to anybody
  /// before there is a plan.
  core::Problems take(const std::vector<plan::Cohort>& cohorts, std::size_t tenant_cohorts) {
    core::Problems problems;
    for (Report& report : reports_) {
      const bool some =
          report.cohorts.size() < tenant_cohorts && report.cohorts.front() != kSharedCohort;
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

struct KeptHazard {
  plan::Hazard hazard;
  std::set<std::string> cohorts;
};

class Planning {
 public:
  Planning(const std::vector<Recognised>& migrations, const PlanInput& input)
      : migrations_(migrations),
        input_(input),
        hazards_(migrations.size()),
        used_(migrations.size()),
        planned_(migrations.size()) {}

  PlanResult run() {
    result_.plan.lockstep_version = input_.lockstep_version;
    result_.plan.database = input_.database;
    plan_shared();
    const std::vector<const CohortInput*> cohorts = ordered(input_.cohorts);
    for (std::size_t i = 0; i < cohorts.size(); ++i) plan_cohort(*cohorts[i], cohort_id(i));
    const std::size_t planned = cohorts.size() - leave_out_refused();
    list_migrations();
    collect_hazards(planned);
    plan::seal(result_.plan);
    return std::move(result_);
  }

 private:
  bool is_shared(std::size_t index) const {
    return migrations_[index].migration->scope == Scope::kShared;
  }
  std::string key(std::size_t index) const { return migrations_[index].migration->id.key(); }
  bool shared_pending(std::size_t index) const {
    return is_shared(index) && input_.shared.pending.count(key(index)) > 0;
  }

  void plan_shared() {
    if (input_.shared.pending.empty()) return;
    plan::Cohort cohort;
    cohort.id = kSharedCohort;
    cohort.scope = Scope::kShared;
    cohort.fingerprint = input_.shared.fingerprint;
    catalog::Catalog catalog = input_.shared.catalog;
    std::vector<Step> before = input_.shared.unfinished;
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      if (!is_shared(i)) continue;
      if (input_.shared.expanded.count(key(i)) > 0) apply(i, catalog);
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
        apply(i, catalog);
        for (const Step& step : shared_steps_) {
          if (step.migration == key(i)) before.push_back(step);
        }
      } else if (input.expanded.count(key(i)) > 0) {
        apply(i, catalog);
      } else if (input.pending.count(key(i)) > 0) {
        add_steps(i, catalog, input, before, cohort);
      }
    }
    result_.plan.cohorts.push_back(std::move(cohort));
  }

  /// Folds one migration, and checks it against what earlier ones leave to their contract phase.
  void add_steps(std::size_t index, catalog::Catalog& catalog, const CohortInput& input,
                 std::vector<Step>& before, plan::Cohort& cohort) {
    const bool at_once = input.at_once.count(key(index)) > 0;
    set_grace(index, catalog, at_once);
    Folded folded = fold(migrations_[index], catalog, false, before);
    if (at_once) {
      for (Step& step : folded.steps) {
        if (step.phase == Phase::kExpand) continue;
        step.phase = Phase::kExpand;
        step.note = "is not left to contract because no application works with these tenants yet";
      }
    }
    check_conflicts(index, folded.steps, before, input, cohort.id);
    for (const auto& problem : folded.problems) problems_.add(problem, key(index), cohort.id);
    for (plan::Hazard& hazard : folded.hazards) keep(index, std::move(hazard), cohort.id);
    used_[index].merge(folded.used_allows);
    planned_[index].insert(cohort.id);
    for (Step& step : folded.steps) {
      step.estimate = estimate(step, input.rows);
      before.push_back(step);
      cohort.steps.push_back(std::move(step));
    }
  }

  void apply(std::size_t index, catalog::Catalog& catalog) const {
    set_grace(index, catalog, false);
    apply_only(migrations_[index], catalog);
  }

  /// Nobody misses what is dropped where nobody works yet; and a repeatable file may drop the same
  /// again and again.
  void set_grace(std::size_t index, catalog::Catalog& catalog, bool at_once) const {
    catalog.grace.reset();
    if (!at_once && migrations_[index].migration->id.version) catalog.grace = input_.grace;
  }

  /// RULES.md 4: a conflict inside one release is found here, not by apply.
  void check_conflicts(std::size_t index, std::vector<Step>& steps, const std::vector<Step>& before,
                       const CohortInput& input, const std::string& cohort) {
    for (const Step& step : steps) {
      if (step.phase != Phase::kExpand) continue;
      for (const Step& earlier : before) {
        if (earlier.phase != Phase::kContract) continue;
        const auto conflict = depends_across_files(step, earlier);
        if (!conflict) continue;
        const bool late =
            input.over.count(key(index)) > 0 && input.over.count(earlier.migration) > 0;
        if (late) {
          put_off(steps, earlier, describe(conflict->object));
          return;
        }
        refusals_.add(
            {{migrations_[index].migration->file, 0, 0},
             fmt::format("[phase-conflict] {} ({}) is in expand and touches {}, but {} ({}), which "
                         "touches it too, comes only in contract",
                         step.id, step.title, describe(conflict->object), earlier.id,
                         earlier.title),
             fmt::format("Finish {} first (apply --phase contract), or write \"phase = contract\" "
                         "for this change.",
                         earlier.migration)},
            key(index), cohort);
        break;
      }
    }
  }

  /// The whole migration comes in contract, behind the earlier step that it needs.
  static void put_off(std::vector<Step>& steps, const Step& earlier, const std::string& object) {
    for (Step& step : steps) {
      if (step.phase == Phase::kContract) continue;
      step.phase = Phase::kContract;
      step.note += (step.note.empty() ? "" : "; ") +
                   fmt::format("is contract in late tenants because {} ({}) touches {} first",
                               earlier.id, earlier.title, object);
    }
  }

  /// Hazards are the migration's, not the cohort's: equal ones are said once.
  void keep(std::size_t index, plan::Hazard hazard, const std::string& cohort) {
    if (hazard.verdict == plan::Verdict::kRefused) {
      refusals_.add({hazard.where, fmt::format("[{}] {}", hazard.id, hazard.effect), hazard.remedy},
                    key(index), cohort);
    }
    std::vector<KeptHazard>& kept = hazards_[index];
    const auto same = std::find_if(kept.begin(), kept.end(),
                                   [&](const KeptHazard& each) { return each.hazard == hazard; });
    if (same == kept.end()) {
      kept.push_back({std::move(hazard), {cohort}});
    } else {
      same->cohorts.insert(cohort);
    }
  }

  /// A problem that some tenants have and others do not, or that comes with a migration which
  /// others have run, is those tenants' own: they are left out, and hold nobody up. What all have
  /// is the migration's. Gives the number of cohorts left out.
  std::size_t leave_out_refused() {
    std::map<std::string, std::set<std::string>> wrong;
    problems_.collect(wrong);
    refusals_.collect(wrong);
    if (wrong.count(kSharedCohort) > 0) return 0;  // shared steps are there for everybody
    const bool some_are_well = std::any_of(
        result_.plan.cohorts.begin(), result_.plan.cohorts.end(), [&](const plan::Cohort& cohort) {
          return cohort.scope == Scope::kTenant && wrong.count(cohort.id) == 0;
        });
    std::size_t left_out = 0;
    for (const auto& [id, migrations] : wrong) {
      const bool ran_elsewhere = std::all_of(
          migrations.begin(), migrations.end(),
          [&](const std::string& migration) { return input_.begun.count(migration) > 0; });
      if (!some_are_well && !ran_elsewhere) continue;
      leave_out(id);
      ++left_out;
    }
    return left_out;
  }

  void leave_out(const std::string& id) {
    const auto cohort = std::find_if(result_.plan.cohorts.begin(), result_.plan.cohorts.end(),
                                     [&id](const plan::Cohort& each) { return each.id == id; });
    plan::RefusedTenants refused{std::move(cohort->tenants), std::move(cohort->differs), {}};
    problems_.move_out(id, refused.reasons);
    for (core::Problem& problem : refused.reasons) problem.remedy = kOwnProblem;
    refusals_.move_out(id, refused.reasons);
    result_.plan.refused.push_back(std::move(refused));
    result_.plan.cohorts.erase(cohort);
    for (std::vector<KeptHazard>& hazards : hazards_) {
      std::erase_if(hazards, [&id](KeptHazard& hazard) {
        return hazard.cohorts.erase(id) > 0 && hazard.cohorts.empty();
      });
    }
    for (std::set<std::string>& cohorts : planned_) cohorts.erase(id);
  }

  void list_migrations() {
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      if (planned_[i].empty()) continue;
      const migration::Migration& migration = *migrations_[i].migration;
      result_.plan.migrations.push_back(
          {key(i), migration.id.name, migration.file, migration.scope, migration.checksum});
    }
  }

  void collect_hazards(std::size_t tenant_cohorts) {
    result_.problems = problems_.take(result_.plan.cohorts, tenant_cohorts);
    result_.refusals = refusals_.take(result_.plan.cohorts, tenant_cohorts);
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
      for (KeptHazard& kept : hazards_[i]) result_.plan.hazards.push_back(std::move(kept.hazard));
      if (planned_[i].empty() || !result_.problems.empty()) continue;
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
  std::vector<std::vector<KeptHazard>> hazards_;  ///< by migration
  std::vector<std::set<UsedAllow>> used_;         ///< by migration
  std::vector<std::set<std::string>> planned_;    ///< by migration: in which cohorts
  std::vector<Step> shared_steps_;
};

}  // namespace

PlanResult make_plan(const std::vector<Recognised>& migrations, const PlanInput& input) {
  return Planning(migrations, input).run();
}

}  // namespace lockstep::planner
