#include "planning.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "after_rollback.h"
#include "others.h"

namespace lockstep::fleet {

using core::Scope;
using database::Profile;

namespace {

class Planning {
 public:
  Planning(const Ports& ports, const FleetOptions& options, database::Session& session,
           database::CatalogReader& catalog, const Survey& survey, const Files& files)
      : ports_(ports),
        options_(options),
        session_(session),
        catalog_(catalog),
        survey_(survey),
        files_(files) {}

  Planned run() {
    result_.missing = survey_.missing;
    result_.tenants = survey_.tenants.size();
    sort_profiles();
    read_stored_steps();
    name_half_way();
    planner::PlanInput input;
    input.database = catalog_.identity();
    input.lockstep_version = options_.lockstep_version;
    input.grace = options_.grace;
    input.shared = shared_input();
    input.cohorts = cohorts();
    for (const database::RecordedMigration& recorded : survey_.recorded) {
      if (recorded.begun && !recorded.repeatable()) {
        const planner::Recognised* file = find_file(files_, recorded.key);
        input.begun.insert(file == nullptr ? recorded.key : file->migration->id.key());
      }
    }
    planner::PlanResult planned = planner::make_plan(files_, input);
    result_.plan = std::move(planned.plan);
    result_.plan.half_way = result_.half_way;
    result_.problems = std::move(planned.problems);
    result_.refusals = as_refusals(judge_files(survey_, files_, options_.out_of_order));
    std::move(planned.refusals.begin(), planned.refusals.end(),
              std::back_inserter(result_.refusals));
    advise_after_rollback(ports_, session_, survey_, files_, result_);
    return std::move(result_);
  }

 private:
  struct Standing {
    const Profile* profile = nullptr;
    Progress progress;
  };

  void sort_profiles() {
    for (const Profile& profile : survey_.profiles) {
      Standing standing{&profile, progress_of(profile, files_, Scope::kTenant)};
      if (reached(standing.progress, PhaseChoice::kAll)) {
        result_.current += profile.tenants.size();
      } else if (!standing.progress.running.empty()) {
        half_way_.push_back(std::move(standing));
      } else if (!standing.progress.pending.empty()) {
        pending_.push_back(std::move(standing));
      } else {
        half_way_.push_back(std::move(standing));  // expanded: its contract is stored
      }
    }
    shared_ = Standing{&survey_.shared, progress_of(survey_.shared, files_, Scope::kShared)};
  }

  void read_stored_steps() {
    std::set<std::string> hashes;
    const auto add = [&](const Profile& profile) {
      for (const database::TenantMigration& row : profile.migrations) {
        if (row.state == database::MigrationState::kRunning ||
            row.state == database::MigrationState::kExpanded) {
          hashes.insert(row.step_list);
        }
      }
    };
    for (const Profile& profile : survey_.profiles) {
      add(profile);
    }
    add(survey_.shared);
    if (!hashes.empty()) {
      lists_ = ports_.ledger.step_lists(session_, {hashes.begin(), hashes.end()});
    }
  }

  /// Stored steps of the migrations that a profile has begun and not finished, without those of
  /// `done`.
  std::vector<plan::Step> stored(const Profile& profile, const std::set<std::string>& done,
                                 bool contract_only) const {
    std::vector<plan::Step> steps;
    for (const database::TenantMigration& row : profile.migrations) {
      if (planned_anew(profile, row, files_)) {
        continue;
      }
      const auto list = lists_.find(row.step_list);
      const bool open = row.state == database::MigrationState::kRunning ||
                        row.state == database::MigrationState::kExpanded;
      if (!open || list == lists_.end()) {
        continue;
      }
      for (const plan::Step& step : list->second) {
        if (!done.contains(step.id) && (!contract_only || step.phase == core::Phase::kContract)) {
          steps.push_back(step);
        }
      }
    }
    return steps;
  }

  void name_half_way(const Standing& standing) {
    std::vector<database::TenantId> ids;
    for (const database::LedgerTenant& tenant : standing.profile->tenants) {
      ids.push_back(tenant.id);
    }
    auto done = ports_.ledger.done_steps(session_, ids);
    for (const database::LedgerTenant& tenant : standing.profile->tenants) {
      HalfWayTenant half{tenant.name, {}, {}};
      for (const plan::Step& step : stored(*standing.profile, done[tenant.id], false)) {
        (step.phase == core::Phase::kExpand ? half.expand : half.contract).push_back(step.id);
      }
      result_.half_way.push_back(std::move(half));
    }
  }

  void name_half_way() {
    for (const Standing& standing : half_way_) {
      name_half_way(standing);
    }
    if (!shared_.progress.running.empty() || !shared_.progress.expanded.empty()) {
      name_half_way(shared_);
    }
  }

  planner::CohortInput shared_input() {
    planner::CohortInput input;
    input.catalog.version = catalog_.version();
    input.catalog.shared_schemas = options_.execution.shared_schemas;
    if (shared_.progress.pending.empty() || !shared_.progress.running.empty()) {
      return input;
    }
    fill(input, shared_, Scope::kShared);
    std::set<std::string> touched = input.pending;
    touched.insert(input.expanded.begin(), input.expanded.end());
    input.catalog =
        catalog_.read("", options_.execution.shared_schemas, request_of(files_, touched));
    return input;
  }

  void fill(planner::CohortInput& input, const Standing& standing, Scope scope) const {
    input.pending = {standing.progress.pending.begin(), standing.progress.pending.end()};
    for (const std::string& key : standing.progress.expanded) {
      const planner::Recognised* file = find_file(files_, key);
      if (file != nullptr && file->migration->scope == scope) {
        input.expanded.insert(file->migration->id.key());
      }
    }
    input.unfinished = stored(*standing.profile, {}, true);
  }

  /// Tenants of equal structure with the same migrations pending and half done, in rollout order.
  std::vector<planner::CohortInput> cohorts() {
    std::vector<planner::CohortInput> all;
    std::map<std::set<std::string>, std::vector<const Standing*>> by_touched;
    for (const Standing& standing : pending_) {
      by_touched[touched_by(standing.progress)].push_back(&standing);
    }
    for (const auto& [touched, standings] : by_touched) {
      add_cohorts(all, touched, standings);
    }
    restore_order(all);
    read_sizes(all);
    describe(all);
    compare_with_others(all);
    return all;
  }

  /// What is over for everybody else need not be staged again for those who come later.
  void compare_with_others(std::vector<planner::CohortInput>& all) {
    if (all.empty()) {
      return;
    }
    const Others others(everybody(), fresh_);
    for (planner::CohortInput& input : all) {
      const bool fresh = fresh_.contains(input.tenants.front());
      for (const std::string& key : input.pending) {
        const core::MigrationId id = core::MigrationId::from_key(key);
        if (fresh && others.all_through(id)) {
          input.at_once.insert(key);
        }
        if (others.release_over(id)) {
          input.over.insert(key);
        }
      }
    }
  }

  /// All tenants of the database, also those that this command does not select.
  std::vector<Profile> everybody() {
    if (options_.tenants.only.empty()) {
      return survey_.profiles;
    }
    FleetOptions all = options_;
    all.tenants.only.clear();
    return take_survey(ports_, all, session_, catalog_).profiles;
  }

  void add_cohorts(std::vector<planner::CohortInput>& all, const std::set<std::string>& touched,
                   const std::vector<const Standing*>& standings) {
    std::vector<std::string> tenants;
    for (const Standing* standing : standings) {
      for (const database::LedgerTenant& tenant : standing->profile->tenants) {
        tenants.push_back(tenant.name);
      }
    }
    const auto fingerprints = catalog_.fingerprints(tenants, options_.execution.shared_schemas,
                                                    request_of(files_, touched));
    // Shared migrations change what tenants refer to, so their objects are read with the tenant's.
    std::set<std::string> read = touched;
    read.insert(shared_.progress.pending.begin(), shared_.progress.pending.end());
    const catalog::CatalogRequest request = request_of(files_, read);
    std::map<std::tuple<std::string, std::vector<std::string>, bool>, std::size_t> known;
    for (const Standing* standing : standings) {
      for (const database::LedgerTenant& tenant : standing->profile->tenants) {
        const auto fingerprint = fingerprints.find(tenant.name);
        if (fingerprint == fingerprints.end()) {
          continue;  // dropped since the survey
        }
        const bool never_begun = has_begun_nothing(*standing->profile);
        const auto entry = known.emplace(
            std::tuple{fingerprint->second, standing->progress.pending, never_begun}, all.size());
        if (entry.second) {
          planner::CohortInput input;
          input.fingerprint = fingerprint->second;
          fill(input, *standing, Scope::kTenant);
          input.catalog = catalog_.read(tenant.name, options_.execution.shared_schemas, request);
          all.push_back(std::move(input));
        }
        planner::CohortInput& input = all[entry.first->second];
        input.tenants.push_back(tenant.name);
        if (never_begun && untouched(input.catalog)) {
          fresh_.insert(tenant.name);
        }
      }
    }
  }

  bool has_begun_nothing(const Profile& profile) const {
    return std::all_of(
        profile.migrations.begin(), profile.migrations.end(),
        [&](const database::TenantMigration& row) { return planned_anew(profile, row, files_); });
  }

  /// None of the tables that the migrations are about is there, so no application works with them.
  static bool untouched(const catalog::Catalog& catalog) {
    return std::none_of(catalog.relations.begin(), catalog.relations.end(), [](const auto& entry) {
      return entry.first.schema == core::kTenantSchema;
    });
  }

  /// Profiles come one after the other; rollout goes by the order of tenants.
  void restore_order(std::vector<planner::CohortInput>& all) const {
    std::map<std::string, std::size_t> place;
    for (std::size_t i = 0; i < survey_.tenants.size(); ++i) {
      place.emplace(survey_.tenants[i], i);
    }
    for (planner::CohortInput& input : all) {
      std::sort(
          input.tenants.begin(), input.tenants.end(),
          [&](const std::string& a, const std::string& b) { return place.at(a) < place.at(b); });
    }
  }

  void read_sizes(std::vector<planner::CohortInput>& all) {
    if (all.empty()) {
      return;
    }
    std::set<core::QualifiedName> tables;
    std::vector<std::string> tenants;
    for (const planner::CohortInput& input : all) {
      for (const auto& relation : input.catalog.relations) {
        if (relation.second.is_table()) {
          tables.insert(relation.first);
        }
      }
      tenants.insert(tenants.end(), input.tenants.begin(), input.tenants.end());
    }
    const auto sizes = catalog_.sizes(tenants, {tables.begin(), tables.end()});
    for (planner::CohortInput& input : all) {
      for (const std::string& tenant : input.tenants) {
        const auto of_tenant = sizes.find(tenant);
        if (of_tenant == sizes.end()) {
          continue;
        }
        for (const auto& size : of_tenant->second) {
          double& rows = input.rows[size.first];
          rows = std::max(rows, size.second.rows);
        }
      }
    }
  }

  static void describe(std::vector<planner::CohortInput>& all) {
    const auto largest = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.tenants.size() < b.tenants.size();
    });
    for (planner::CohortInput& input : all) {
      if (&input != &*largest) {
        input.differs = planner::describe_difference(input.catalog, largest->catalog);
      }
    }
  }

  const Ports& ports_;
  const FleetOptions& options_;
  database::Session& session_;
  database::CatalogReader& catalog_;
  const Survey& survey_;
  const Files& files_;
  std::vector<Standing> pending_;
  std::vector<Standing> half_way_;
  Standing shared_;
  std::map<std::string, std::vector<plan::Step>> lists_;
  std::set<std::string> fresh_;  ///< tenants that no application works with yet
  Planned result_;
};

}  // namespace

std::set<std::string> touched_by(const Progress& progress) {
  std::set<std::string> touched(progress.pending.begin(), progress.pending.end());
  touched.insert(progress.expanded.begin(), progress.expanded.end());
  return touched;
}

catalog::CatalogRequest request_of(const Files& files, const std::set<std::string>& keys) {
  catalog::CatalogRequest request;
  for (const planner::Recognised& file : files) {
    if (keys.contains(file.migration->id.key())) {
      request.merge(planner::request_for(file));
    }
  }
  return request;
}

Planned make_plan(const Ports& ports, const FleetOptions& options, database::Session& session,
                  database::CatalogReader& catalog, const Survey& survey, const Files& files) {
  return Planning(ports, options, session, catalog, survey, files).run();
}

}  // namespace lockstep::fleet
