#include "lockstep/fleet/fleet.h"

#include <utility>

#include <fmt/format.h>

#include "after_rollback.h"
#include "apply.h"
#include "lockstep/core/error.h"
#include "planning.h"
#include "preflight.h"
#include "purge.h"
#include "registration.h"
#include "repair.h"
#include "rollback.h"
#include "settled.h"
#include "status.h"
#include "structures.h"
#include "way_out.h"

namespace lockstep::fleet {

using database::RecordedMigration;
using database::Session;

class Fleet::Impl {
 public:
  Impl(Ports ports, FleetOptions options)
      : ports_(std::move(ports)), options_(std::move(options)), control_(ports_, options_) {}

  Status status(const Files& files, const std::stop_token& stop) {
    control_.expect_reads();
    control_.wait_until(stop);
    return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
      return make_status(ports_, options_, session, catalog,
                         take_survey(ports_, options_, session, catalog), files);
    });
  }

  Planned plan(const Files& files) {
    control_.expect_reads();
    return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
      Survey survey = take_survey(ports_, options_, session, catalog);
      refuse_unknown_names(ports_, options_, session, survey);
      Planned planned = settled_plan(ports_, options_, session, catalog, survey, files);
      if (options_.preflight) {
        planned.preflight = preflight_of_all(ports_, session, catalog, survey, files,
                                             work_of(planned.plan), PhaseChoice::kAll);
      }
      return planned;
    });
  }

  ApplyResult apply(const Files& files, const ApplyRequest& request, const StopTokens& stop) {
    control_.expect_writes();
    control_.wait_until(stop.finish);
    control_.cancel_on(stop.cancel);
    return Apply(ports_, options_, control_, files, request, stop).run();
  }

  RollbackPlan rollback_plan(const Files& files, const RollbackRequest& request) {
    control_.expect_reads();
    return control_.retrying([&](Session& session, database::CatalogReader& catalog) {
      const Survey survey = take_survey(ports_, options_, session, catalog);
      refuse_unknown_names(ports_, options_, session, survey);
      return rollback_of(ports_, options_, session, survey, files, request).plan;
    });
  }

  RollbackResult rollback(const Files& files, const RollbackRequest& request,
                          const StopTokens& stop) {
    control_.expect_writes();
    control_.wait_until(stop.finish);
    control_.cancel_on(stop.cancel);
    return RollbackRun(ports_, options_, control_, files, request, stop).run();
  }

  PurgePlan purge_plan(const PurgeRequest& request) {
    control_.expect_reads();
    return control_.retrying([&](Session& session, database::CatalogReader&) {
      return purge_plan_of(ports_, options_, session, request);
    });
  }

  PurgeResult purge(const PurgeRequest& request, const StopTokens& stop) {
    control_.expect_writes();
    control_.wait_until(stop.finish);
    control_.cancel_on(stop.cancel);
    return PurgeRun(ports_, options_, control_, request, stop).run();
  }

  std::vector<database::HistoryEntry> history(const std::optional<std::string>& tenant,
                                              std::size_t limit) {
    control_.expect_reads();
    return control_.retrying([&](Session& session, database::CatalogReader&) {
      return ports_.ledger.present(session)
                 ? ports_.ledger.history(session, of_history(session, tenant), limit)
                 : std::vector<database::HistoryEntry>{};
    });
  }

  BaselineResult baseline(const Files& files, const core::Version& version) {
    std::vector<RecordedMigration> of_tenants;
    std::vector<RecordedMigration> of_shared;
    bool found = false;
    for (const planner::Recognised& file : files) {
      const migration::Migration& migration = *file.migration;
      if (migration.id.version && !(version < *migration.id.version)) {
        found = found || *migration.id.version == version;
        (migration.scope == core::Scope::kShared ? of_shared : of_tenants)
            .push_back(recorded_of(migration.id.key(), migration));
      }
    }
    if (!found) {
      throw core::InvalidInput(fmt::format("there is no migration {}", version.text()),
                               "name the version of an existing file");
    }
    return write_baseline(files, of_tenants, of_shared);
  }

  RepairResult repair(const Files& files, const RepairRequest& request) {
    control_.expect_writes();
    Session& session = control_.session();
    ports_.ledger.prepare(session);
    FleetOptions all = options_;
    all.tenants.only.clear();
    const Survey everybody = take_survey(ports_, all, session, control_.catalog());
    Repair accepted = repair_of(everybody, ports_.ledger.migrations(session, true), files,
                                options_.variables, request);
    RepairResult result = std::move(accepted.result);
    accept_structures(session, take_survey(ports_, options_, session, control_.catalog()), files,
                      result);
    if (!result.accepted.empty() || !result.forgotten.empty()) {
      const database::RunId run = begin_run(session, "repair");
      ports_.ledger.replace_checksums(session, run, accepted.edited);
      ports_.ledger.forget_migrations(session, run, result.forgotten);
      ports_.ledger.end_run(session, run, "done");
    }
    return result;
  }

 private:
  /// What somebody else changed in half-way tenants counts as theirs from now on.
  void accept_structures(Session& session, const Survey& survey, const Files& files,
                         RepairResult& result) {
    const std::set<std::string> everybody(survey.tenants.begin(), survey.tenants.end());
    for (const plan::RefusedTenants& changed :
         Structures(ports_, options_, files)
             .changed(session, control_.catalog(), survey, everybody)) {
      result.structures.insert(result.structures.end(), changed.tenants.begin(),
                               changed.tenants.end());
    }
    std::vector<database::TenantId> ids;
    for (const auto& entry : ports_.ledger.register_tenants(session, result.structures)) {
      ids.push_back(entry.second.id);
    }
    ports_.ledger.forget_structures(session, ids);
  }

  std::optional<std::vector<std::string>> of_history(Session& session,
                                                     const std::optional<std::string>& tenant) {
    if (options_.tenants.only.empty()) {
      return tenant ? std::optional(std::vector{*tenant}) : std::nullopt;
    }
    std::vector<std::string> names = discover_tenants(session, options_.tenants);
    std::erase_if(names, [&](const std::string& name) { return tenant && name != *tenant; });
    return names;
  }

  database::RunId begin_run(Session& session, const std::string& command) {
    database::RunInfo info = options_.run;
    info.command = command;
    return ports_.ledger.begin_run(session, info);
  }

  /// Whoever is half way has steps that are not done: to declare them done would leave them undone.
  static void refuse_half_way(const Survey& survey, const Files& files,
                              const std::vector<RecordedMigration>& of_tenants,
                              const std::vector<RecordedMigration>& of_shared) {
    core::Problems reasons;
    for (const auto* migrations : {&of_tenants, &of_shared}) {
      for (const RecordedMigration& migration : *migrations) {
        const Spread spread = spread_of(survey, migration, migration.checksum);
        if (!spread.half_way.empty()) {
          reasons.push_back(
              {{},
               fmt::format("migration {} ({}) cannot count as applied: {}", migration.key,
                           migration.name, in_words(spread)),
               "finish it: lockstep apply. Where nothing makes a step of it succeed: " +
                   taking_back(migration.key, files)});
        }
      }
    }
    if (!reasons.empty()) {
      throw core::Refused(std::move(reasons));
    }
  }

  BaselineResult write_baseline(const Files& files,
                                const std::vector<RecordedMigration>& of_tenants,
                                const std::vector<RecordedMigration>& of_shared) {
    control_.expect_writes();
    Session& session = control_.session();
    const Survey survey = take_survey(ports_, options_, session, control_.catalog());
    refuse_unknown_names(ports_, options_, session, survey);
    refuse_half_way(survey, files, of_tenants, of_shared);
    ports_.ledger.prepare(session);
    std::vector<std::string> names = survey.tenants;
    names.emplace_back(database::kSharedTenant);
    std::vector<database::TenantId> tenants;
    std::vector<database::TenantId> shared;
    for (const auto& [name, tenant] : ports_.ledger.register_tenants(session, names)) {
      (name == database::kSharedTenant ? shared : tenants).push_back(tenant.id);
    }
    const auto taken_back = taken_back_in(ports_, session, survey);
    const database::RunId run = begin_run(session, "baseline");
    ports_.ledger.register_migrations(session, of_tenants);
    ports_.ledger.register_migrations(session, of_shared);
    BaselineResult result;
    result.tenants = tenants.size();
    for (const auto* migrations : {&of_tenants, &of_shared}) {
      for (const RecordedMigration& migration : *migrations) {
        if (const auto found = taken_back.find(migration.key); found != taken_back.end()) {
          result.taken_back[migration.key].assign(found->second.begin(), found->second.end());
        }
      }
    }
    result.recorded = ports_.ledger.baseline(session, run, tenants, of_tenants) +
                      ports_.ledger.baseline(session, run, shared, of_shared);
    ports_.ledger.end_run(session, run, "done");
    return result;
  }

  Ports ports_;
  FleetOptions options_;
  Control control_;
};

Fleet::Fleet(Ports ports, FleetOptions options)
    : impl_(std::make_unique<Impl>(std::move(ports), std::move(options))) {}
Fleet::~Fleet() = default;

Status Fleet::status(const Files& files, const std::stop_token& stop) {
  return impl_->status(files, stop);
}

Planned Fleet::plan(const Files& files) {
  return impl_->plan(files);
}

ApplyResult Fleet::apply(const Files& files, const ApplyRequest& request, const StopTokens& stop) {
  return impl_->apply(files, request, stop);
}

RollbackPlan Fleet::rollback_plan(const Files& files, const RollbackRequest& request) {
  return impl_->rollback_plan(files, request);
}

RollbackResult Fleet::rollback(const Files& files, const RollbackRequest& request,
                               const StopTokens& stop) {
  return impl_->rollback(files, request, stop);
}

PurgePlan Fleet::purge_plan(const PurgeRequest& request) {
  return impl_->purge_plan(request);
}

PurgeResult Fleet::purge(const PurgeRequest& request, const StopTokens& stop) {
  return impl_->purge(request, stop);
}

std::vector<database::HistoryEntry> Fleet::history(const std::optional<std::string>& tenant,
                                                   std::size_t limit) {
  return impl_->history(tenant, limit);
}

BaselineResult Fleet::baseline(const Files& files, const core::Version& version) {
  return impl_->baseline(files, version);
}

RepairResult Fleet::repair(const Files& files, const RepairRequest& request) {
  return impl_->repair(files, request);
}

}  // namespace lockstep::fleet
