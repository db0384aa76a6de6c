#include "rollback_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/error.h"
#include "lockstep/core/migration_key.h"
#include "lockstep/execution/take_back.h"

namespace lockstep::fleet {

using core::MigrationId;
using core::Version;
using database::LedgerTenant;
using database::Profile;
using database::TenantId;
using database::TenantMigration;
using StepList = std::shared_ptr<const std::vector<plan::Step>>;

namespace {

constexpr std::size_t kMostNamed = 3;

/// Something of it is there, or was declared to be.
bool stands(const TenantMigration& row) {
  return !row.only_stored();
}

void refuse_unknown_version(const Survey& survey, const Files& files, const Version& version) {
  const auto is_it = [&](const std::string& key) {
    const MigrationId id = MigrationId::from_key(key);
    return id.version && *id.version == version;
  };
  const bool known = version == Version() ||
                     std::any_of(survey.recorded.begin(), survey.recorded.end(),
                                 [&](const auto& recorded) { return is_it(recorded.key); }) ||
                     std::any_of(files.begin(), files.end(),
                                 [&](const auto& file) { return is_it(file.migration->id.key()); });
  if (!known) {
    throw core::InvalidInput(
        fmt::format("there is no migration {}, neither a file nor one that was applied",
                    version.text()),
        "name the version that is to stay, the last of them; 0 takes everything back");
  }
}

std::optional<Version> lowest_half_way(const Profile& profile) {
  std::optional<Version> lowest;
  for (const TenantMigration& row : profile.migrations) {
    const MigrationId id = MigrationId::from_key(row.migration);
    if (id.version && stands(row) && !row.over() && (!lowest || *id.version < *lowest)) {
      lowest = id.version;
    }
  }
  return lowest;
}

/// Which versions go.
class Range {
 public:
  Range(const Survey& survey, const RollbackRequest& request, bool with_shared)
      : to_(request.to), shared_(with_shared ? lowest_half_way(survey.shared) : std::nullopt) {}

  std::set<std::string> keys_of(const Profile& profile) const {
    std::set<std::string> keys;
    bool any = false;
    const std::optional<Version> first = first_of(profile);
    for (const TenantMigration& row : profile.migrations) {
      const MigrationId id = MigrationId::from_key(row.migration);
      const bool goes = id.version && (to_ ? *to_ < *id.version : first && *first <= *id.version);
      if (goes) {
        keys.insert(row.migration);
        any = any || stands(row);
      }
    }
    return any ? keys : std::set<std::string>{};
  }

 private:
  /// What comes after a shared migration that is between its phases may need it.
  std::optional<Version> first_of(const Profile& profile) const {
    const std::optional<Version> own = lowest_half_way(profile);
    return own && shared_ ? std::min(*own, *shared_) : own ? own : shared_;
  }

  const std::optional<Version> to_;
  const std::optional<Version> shared_;
};

class Planning {
 public:
  Planning(const Ports& ports, database::Session& session, const Survey& survey,
           const RollbackRequest& request)
      : ports_(ports), session_(session), survey_(survey), request_(request) {}

  Rollback run(bool with_shared) {
    const Range range(survey_, request_, with_shared);
    for (const Profile& profile : survey_.profiles) {
      note(profile, range.keys_of(profile));
    }
    const std::set<std::string> shared = range.keys_of(survey_.shared);
    if (with_shared) {
      note(survey_.shared, shared);
    }
    rollback_.plan.shared_stays = !with_shared && !shared.empty();
    rollback_.plan.tenants = survey_.tenants.size();
    if (!keys_.empty()) {
      read();
      group();
      refuse();
    }
    return std::move(rollback_);
  }

 private:
  struct Tenant {
    LedgerTenant tenant;
    const Profile* profile = nullptr;
  };

  void note(const Profile& profile, const std::set<std::string>& keys) {
    for (const LedgerTenant& tenant : profile.tenants) {
      if (!keys.empty()) {
        keys_[tenant.id] = keys;
        tenants_[tenant.name] = {tenant, &profile};
      }
    }
  }

  /// Of all of them at once.
  void read() {
    for (auto& [tenant, keys] : ports_.ledger.later_repeatables(session_, keys_)) {
      keys_[tenant].insert(keys.begin(), keys.end());
    }
    std::vector<TenantId> ids;
    std::set<std::string> hashes;
    for (const auto& [name, tenant] : tenants_) {
      ids.push_back(tenant.tenant.id);
      for (const TenantMigration& row : tenant.profile->migrations) {
        if (keys_.at(tenant.tenant.id).contains(row.migration) && !row.step_list.empty()) {
          hashes.insert(row.step_list);
        }
      }
    }
    for (auto& [hash, steps] : ports_.ledger.step_lists(session_, {hashes.begin(), hashes.end()})) {
      lists_[hash] = std::make_shared<const std::vector<plan::Step>>(std::move(steps));
    }
    done_ = ports_.ledger.done_steps(session_, ids);
    if (survey_.open_steps) {
      for (const database::OpenStep& step : ports_.ledger.open_steps(session_)) {
        open_[step.tenant].push_back({step.step, step.migration, step.state, 1});
      }
    }
  }

  std::set<std::string> done_of(const Tenant& tenant, const TenantMigration& row) const {
    const std::vector<plan::Step>& steps = *lists_.at(row.step_list);
    std::vector<database::StepRecord> records;
    const auto known = done_.find(tenant.tenant.id);
    for (const plan::Step& step : steps) {
      if (row.over() || (known != done_.end() && known->second.contains(step.id))) {
        records.push_back({step.id, row.migration, database::StepState::kDone, 1});
      }
    }
    if (const auto open = open_.find(tenant.tenant.name); open != open_.end()) {
      records.insert(records.end(), open->second.begin(), open->second.end());
    }
    return execution::standing_steps(steps, records);
  }

  std::vector<execution::StandingSteps> standing(const Tenant& tenant) const {
    std::vector<execution::StandingSteps> all;
    for (const TenantMigration& row : tenant.profile->migrations) {
      if (!keys_.at(tenant.tenant.id).contains(row.migration)) {
        continue;
      }
      execution::StandingSteps migration;
      migration.migration = row.migration;
      migration.state = row.state;
      if (!row.step_list.empty()) {
        migration.steps = lists_.at(row.step_list);
        migration.done = done_of(tenant, row);
      }
      all.push_back(std::move(migration));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return MigrationId::from_key(b.migration) < MigrationId::from_key(a.migration);
    });
    return all;
  }

  /// Tenants that have the same are looked at once.
  void group() {
    std::map<std::string, std::size_t> known;
    std::vector<std::string> order = survey_.tenants;
    order.emplace_back(database::kSharedTenant);
    for (const std::string& name : order) {
      const auto tenant = tenants_.find(name);
      if (tenant == tenants_.end()) {
        continue;
      }
      rollback_.keys[name] = keys_.at(tenant->second.tenant.id);
      std::vector<execution::StandingSteps> all = standing(tenant->second);
      std::string same(name.empty() ? "shared" : "tenant");
      for (const execution::StandingSteps& each : all) {
        same += fmt::format("\n{} {} {} {}", each.migration, database::to_string(each.state),
                            static_cast<const void*>(each.steps.get()), fmt::join(each.done, " "));
      }
      const auto [at, added] = known.emplace(same, groups_.size());
      if (added) {
        groups_.push_back({{}, std::move(all)});
      }
      groups_[at->second].tenants.push_back(name);
    }
    for (const Group& group : groups_) {
      rollback_.plan.groups.push_back({group.tenants, migrations_of(group.standing)});
    }
  }

  std::vector<RollbackMigration> migrations_of(
      const std::vector<execution::StandingSteps>& standing) const {
    std::vector<RollbackMigration> all;
    for (const execution::StandingSteps& each : standing) {
      all.push_back({each.migration, name_of(each.migration), {}});
      if (!each.steps) {
        continue;
      }
      std::copy_if(each.steps->rbegin(), each.steps->rend(), std::back_inserter(all.back().steps),
                   [&](const plan::Step& step) { return each.done.contains(step.id); });
    }
    return all;
  }

  std::string name_of(const std::string& key) const {
    const auto found =
        std::find_if(survey_.recorded.begin(), survey_.recorded.end(),
                     [&](const database::RecordedMigration& each) { return each.key == key; });
    return found == survey_.recorded.end() ? std::string() : found->name;
  }

  static std::string in_tenants(const std::vector<std::string>& tenants) {
    if (tenants.size() == 1 && tenants.front() == database::kSharedTenant) {
      return "in the shared scope";
    }
    const std::size_t named = std::min(tenants.size(), kMostNamed);
    return fmt::format(
        "in {}{}",
        fmt::join(tenants.begin(), tenants.begin() + static_cast<std::ptrdiff_t>(named), ", "),
        named < tenants.size() ? fmt::format(" and {} more", tenants.size() - named) : "");
  }

  void refuse() {
    // By what is said, who it is said of.
    std::map<std::string, std::vector<std::string>> baselines;
    std::map<std::string, std::vector<std::string>> contracts;
    std::map<std::string, std::vector<std::string>> losses;
    for (const Group& group : groups_) {
      const execution::Objections objections = execution::objections_to(group.standing);
      const auto say = [&](auto& where, const std::string& what) {
        std::vector<std::string>& tenants = where[what];
        tenants.insert(tenants.end(), group.tenants.begin(), group.tenants.end());
      };
      for (const std::string& key : objections.baselines) {
        say(baselines, key);
      }
      for (const plan::Step* step : objections.contract) {
        say(contracts, fmt::format("{} ({})", step->id, step->title));
      }
      for (const plan::Step* step : objections.lossy) {
        say(losses, execution::loss_of(*step));
      }
    }
    for (const auto& [key, tenants] : baselines) {
      add(fmt::format("{} was declared applied by `lockstep baseline` {}: nobody knows what it did",
                      key, in_tenants(tenants)),
          fmt::format("go back no further than to it: --to {}", key));
    }
    for (const auto& [step, tenants] : contracts) {
      add(fmt::format("contract has begun {}: {} is done", in_tenants(tenants), step),
          "what the deployed application may rely on is not taken back: go on (lockstep apply"
          " --phase contract) and bring back what is missing by a new migration; or leave these"
          " tenants out with --tenants, or that version in with --to");
    }
    if (request_.accept_loss) {
      return;
    }
    for (const auto& [loss, tenants] : losses) {
      add(fmt::format("{} {}", loss, in_tenants(tenants)), "if that may be: --accept-loss");
    }
  }

  void add(std::string message, std::string remedy) {
    rollback_.plan.refusals.push_back({{}, std::move(message), std::move(remedy)});
  }

  struct Group {
    std::vector<std::string> tenants;
    std::vector<execution::StandingSteps> standing;
  };

  const Ports& ports_;
  database::Session& session_;
  const Survey& survey_;
  const RollbackRequest& request_;
  std::map<TenantId, std::set<std::string>> keys_;
  std::map<std::string, Tenant> tenants_;
  std::map<std::string, StepList> lists_;
  std::map<TenantId, std::set<std::string>> done_;
  std::map<std::string, std::vector<database::StepRecord>> open_;
  std::vector<Group> groups_;
  Rollback rollback_;
};

}  // namespace

Rollback rollback_of(const Ports& ports, const FleetOptions& options, database::Session& session,
                     const Survey& survey, const Files& files, const RollbackRequest& request) {
  if (request.to) {
    refuse_unknown_version(survey, files, *request.to);
  }
  return Planning(ports, session, survey, request).run(options.tenants.only.empty());
}

TakenBack still_standing(const Survey& survey, const TakenBack& keys) {
  TakenBack left;
  const auto look = [&](const Profile& profile) {
    for (const LedgerTenant& tenant : profile.tenants) {
      const auto wanted = keys.find(tenant.name);
      if (wanted == keys.end()) {
        continue;
      }
      const bool any = std::any_of(profile.migrations.begin(), profile.migrations.end(),
                                   [&](const TenantMigration& row) {
                                     return wanted->second.contains(row.migration) && stands(row);
                                   });
      if (any) {
        left.insert(*wanted);
      }
    }
  };
  std::for_each(survey.profiles.begin(), survey.profiles.end(), look);
  look(survey.shared);
  return left;
}

}  // namespace lockstep::fleet
