#include "fleet_session.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/core/version.h"
#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/postgres/database.h"
#include "lockstep/postgres/ledger.h"
#include "who_runs.h"

namespace lockstep::cli {
namespace {

fleet::TenantSource tenant_source(const config::TenantOptions& options) {
  return {options.query, options.pattern, options.schemas, options.exclude, options.only};
}

fleet::RolloutPolicy rollout_policy(const config::RolloutOptions& options) {
  fleet::RolloutPolicy policy;
  for (const config::WaveOptions& wave : options.waves) {
    policy.waves.push_back({wave.name, wave.tenants, wave.percent});
  }
  policy.jobs = options.jobs;
  policy.max_failures = options.max_failures;
  policy.wait = options.wait;
  return policy;
}

execution::ExecutionOptions execution_options(const config::Options& options) {
  execution::ExecutionOptions result;
  result.locks.lock_timeout = options.locks.lock_timeout;
  result.locks.max_hold = options.locks.max_hold;
  result.locks.give_up_after = options.locks.give_up_after;
  result.locks.direct_below = options.locks.direct_below;
  result.backfill.batch_duration = options.backfill.batch_duration;
  result.backfill.max_rows_per_second = options.backfill.max_rows_per_second;
  result.backfill.max_replica_lag = options.backfill.max_replica_lag;
  result.backfill.max_active_sessions = options.backfill.max_active_sessions;
  result.backfill.pause_when = options.backfill.pause_when;
  result.shared_schemas = options.shared_schemas;
  return result;
}

fleet::FleetOptions fleet_options(const config::Options& options, bool out_of_order,
                                  bool preflight) {
  fleet::FleetOptions result;
  result.preflight = preflight;
  result.out_of_order = out_of_order;
  result.tenants = tenant_source(options.tenants);
  result.rollout = rollout_policy(options.rollout);
  result.execution = execution_options(options);
  result.lockstep_version = core::version();
  result.variables = options.variables;
  if (options.drop_grace.count() > 0) {
    result.grace = catalog::DropGrace{options.drop_grace.count(), options.ledger_schema + "_grace"};
  }
  result.run = who_runs();
  return result;
}

core::Jitter random_jitter() {
  // Only the pauses between retries depend on it; plans never do.
  return [engine = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

class NoEvents : public execution::Events {
 public:
  void on(const execution::Event& /*event*/) override {}
};

}  // namespace

FleetSession::FleetSession(Context& context, execution::Events& events, bool out_of_order,
                           bool preflight)
    : options_(load_options(context, true)) {
  read_files(context);
  database_ = postgres::open_database({options_.database, options_.role});
  ledger_ = postgres::open_ledger(options_.ledger_schema);
  lease_ = postgres::advisory_lease();
  check_tenants();
  context.output.log().debug("database " + database_->description());
  fleet_ = std::make_unique<fleet::Fleet>(
      fleet::Ports{*database_, *ledger_, *lease_, postgres::open_catalog_reader, context.clock,
                   random_jitter(), events},
      fleet_options(options_, out_of_order, preflight));
}

void FleetSession::read_files(Context& context) {
  migration::Loaded loaded =
      migration::load_migrations(context.files, options_.migrations, options_.variables);
  migrations_ = std::move(loaded.migrations);
  core::Problems problems = std::move(loaded.problems);
  files_ = planner::recognise(migrations_, problems);
  if (!problems.empty()) {
    sort_by_place(problems);
    throw core::InvalidInput(std::move(problems));
  }
  context.output.log().debug(
      fmt::format("{} migrations in {}", migrations_.size(), options_.migrations));
}

void FleetSession::check_tenants() {
  const bool tenants_needed = std::any_of(
      migrations_.begin(), migrations_.end(),
      [](const migration::Migration& each) { return each.scope == core::Scope::kTenant; });
  if (!options_.tenants.configured() && (tenants_needed || !options_.tenants.only.empty())) {
    throw core::InvalidInput(
        "no tenants are configured",
        "set tenants.query, tenants.pattern or tenants.schemas in lockstep.yaml");
  }
  if (options_.tenants.only.empty()) {
    return;
  }
  database::SessionOptions to_read;
  to_read.reads_only = true;
  const auto session = database_->connect(to_read);
  if (fleet::discover_tenants(*session, tenant_source(options_.tenants)).empty()) {
    throw core::InvalidInput(
        fmt::format("--tenants \"{}\" selects no tenant", options_.tenants.only),
        "`lockstep status --verbose` lists all of them");
  }
}

std::string FleetSession::head() const {
  std::string head;
  for (const migration::Migration& each : migrations_) {
    if (each.id.version) {
      head = each.id.version->text();
    }
  }
  return head;
}

std::string FleetSession::no_tenants() const {
  return fleet::nobody_selected(tenant_source(options_.tenants));
}

execution::Events& no_events() {
  static NoEvents none;
  return none;
}

}  // namespace lockstep::cli
