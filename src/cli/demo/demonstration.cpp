#include "demonstration.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application.h"
#include "clients.h"
#include "example_files.h"
#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"
#include "lockstep/core/version.h"
#include "lockstep/database/error.h"
#include "lockstep/migration/migration.h"
#include "lockstep/planner/planner.h"
#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/postgres/database.h"
#include "lockstep/postgres/ledger.h"
#include "lockstep/sandbox/cluster.h"
#include "lockstep/sandbox/traffic.h"
#include "lockstep/text/units.h"

namespace lockstep::cli::demo {

namespace {

constexpr const char* kAlreadyApplied = "0005";
constexpr auto kQuietTime = std::chrono::seconds(4);

/// The example's files, recognised. Keeps what the recognised ones point to.
class Files {
 public:
  explicit Files(const ExampleFiles& files)
      : loaded_(migration::load_migrations(files, "migrations")) {
    core::Problems problems = loaded_.problems;
    recognised_ = planner::recognise(loaded_.migrations, problems);
    if (!problems.empty()) throw core::InvalidInput(problems);
  }
  const fleet::Files& recognised() const noexcept { return recognised_; }

 private:
  migration::Loaded loaded_;
  fleet::Files recognised_;
};

/// One part of the run as its clients felt it.
struct Felt {
  std::string what;
  sandbox::TrafficReport traffic;
  core::Clock::Duration took{0};
};

class Demonstration {
 public:
  Demonstration(const DemonstrationPorts& ports, const fleet::StopTokens& stop)
      : ports_(ports), stop_(stop), tenants_(demo_tenants()), clients_(tenants_) {}

  bool run() {
    set_up();
    if (stopped()) return false;
    show_plan();
    migrate();
    const bool current = all_current();
    if (stopped()) return false;
    migrate_naively();
    return report() && current;
  }

 private:
  void say(const std::string& line) const { ports_.say(line); }
  bool stopped() const { return stop_.finish.stop_requested(); }

  std::unique_ptr<database::Database> open(const std::string& name) const {
    return postgres::open_database({cluster_.connection_string(name), {}});
  }

  fleet::Ports fleet_ports(database::Database& database, database::Ledger& ledger,
                           database::Lease& lease) const {
    return {database,
            ledger,
            lease,
            [](database::Session& session) { return postgres::open_catalog_reader(session); },
            ports_.clock,
            ports_.jitter,
            ports_.events};
  }

  fleet::FleetOptions fleet_options() const {
    fleet::FleetOptions options;
    options.tenants.query =
        "SELECT schema_name FROM tenant_management.tenants ORDER BY created_at, schema_name";
    options.execution.shared_schemas = {"tenant_management", "public"};
    options.run.host = "demo";
    options.run.os_user = "demo";
    options.run.version = std::string(core::version());
    options.lockstep_version = std::string(core::version());
    return options;
  }

  void set_up() {
    say(fmt::format("A throwaway PostgreSQL {} with {} tenants; nothing of yours is touched.",
                    cluster_.major_version(), tenants_.size()));
    cluster_.create_database("app");
    app_ = open("app");
    ledger_ = postgres::open_ledger("lockstep");
    lease_ = postgres::advisory_lease();
    auto session = app_->connect({});
    sign_up(*session, tenants_);
    apply_or_throw(Files(ExampleFiles(kAlreadyApplied)), fleet::PhaseChoice::kAll);
    fill(*session, tenants_);
    session.reset();
    std::size_t rows = 0;
    for (const DemoTenant& tenant : tenants_) rows += tenant.dispatches;
    say(
        fmt::format("Migrations up to {} are applied. {} dispatches in all, {} of them in {}, {} "
                    "in the smallest.",
                    kAlreadyApplied, text::format_count(static_cast<double>(rows)),
                    text::format_count(static_cast<double>(tenants_.front().dispatches)),
                    tenants_.front().schema, tenants_.back().dispatches));
    cluster_.create_database("naive", "app");
  }

  fleet::ApplyResult apply_or_throw(const Files& files, fleet::PhaseChoice phase) {
    fleet::Fleet fleet(fleet_ports(*app_, *ledger_, *lease_), fleet_options());
    fleet::ApplyRequest request;
    request.phase = phase;
    fleet::ApplyResult result = fleet.apply(files.recognised(), request, stop_);
    if (result.outcome == fleet::ApplyOutcome::kInterrupted) return result;
    if (!result.refusals.empty()) throw core::Refused(result.refusals);
    if (result.outcome != fleet::ApplyOutcome::kDone) {
      const std::string why =
          result.failures.empty()
              ? std::string(fleet::to_string(result.outcome))
              : fmt::format("{}, step {}: {}", result.failures[0].tenant, result.failures[0].step,
                            result.failures[0].failure.message);
      throw core::Refused("the demonstration's own migrations did not get through: " + why,
                          "This is a bug of Lockstep; please report it with this output.");
    }
    return result;
  }

  void show_plan() {
    fleet::Fleet fleet(fleet_ports(*app_, *ledger_, *lease_), fleet_options());
    const fleet::Planned planned = fleet.plan(pending_.recognised());
    if (!planned.refusals.empty()) throw core::Refused(planned.refusals);
    if (!planned.problems.empty()) throw core::InvalidInput(planned.problems);
    std::map<std::string, std::size_t> steps;
    for (const plan::Cohort& cohort : planned.plan.cohorts) {
      for (const plan::Step& step : cohort.steps) ++steps[step.migration];
    }
    say(fmt::format("\nPending: {} migrations. Written plainly, they would:",
                    planned.plan.migrations.size()));
    for (const plan::PlannedMigration& migration : planned.plan.migrations) {
      std::string harm;
      for (const plan::Hazard& hazard : planned.plan.hazards) {
        if (hazard.migration == migration.version && hazard.verdict == plan::Verdict::kExpanded) {
          harm = hazard.id;
          break;
        }
      }
      say(fmt::format("  {:<26} {:>2} steps  {}", migration.version + " " + migration.name,
                      steps[migration.version], harm.empty() ? "brief locks only" : harm));
    }
  }

  void migrate() {
    sandbox::Traffic traffic(*app_, [this](auto& random) { return clients_.next(random); });
    say("\nThe application's clients read and write every tenant from here on.");
    if (!ports_.clock.sleep_for(kQuietTime, stop_.finish)) return;
    felt_.push_back({"before", traffic.take_report(), kQuietTime});

    const auto phase = [&](const char* what, fleet::PhaseChoice choice) {
      say(fmt::format("lockstep apply --phase {}", what));
      const auto begin = ports_.clock.now();
      const fleet::ApplyResult result = apply_or_throw(pending_, choice);
      const auto took = ports_.clock.now() - begin;
      felt_.push_back({fmt::format("lockstep, {}", what), traffic.take_report(), took});
      say(fmt::format("  {} steps in {} tenants, {}", result.steps.done, result.tenants.done,
                      text::format_duration(took)));
    };
    phase("expand", fleet::PhaseChoice::kExpand);
    if (stopped()) return;
    say("(the new release of the application is deployed)");
    clients_.deploy();
    phase("contract", fleet::PhaseChoice::kContract);
    traffic.stop();
    clients_.roll_back();
  }

  bool all_current() {
    fleet::Fleet fleet(fleet_ports(*app_, *ledger_, *lease_), fleet_options());
    const auto summary = fleet.status(pending_.recognised()).summary();
    const auto found = summary.find(fleet::StandingState::kCurrent);
    const std::size_t current = found == summary.end() ? 0 : found->second;
    say(fmt::format("{} of {} tenants are current.", current, tenants_.size()));
    return current >= tenants_.size();
  }

  /// A file is one transaction here. As somebody would by hand, it is run until it is through; how
  /// often that took another try.
  int run_again_after_deadlocks(database::Session& session, const std::string& sql) const {
    for (int victims = 0;; ++victims) {
      try {
        session.execute(sql);
        return victims;
      } catch (const database::DatabaseError& error) {
        if (!error.is(core::sqlstate::kDeadlockDetected) || stopped()) throw;
      }
    }
  }

  void migrate_naively() {
    say("\nThe same on a copy, file by file and tenant by tenant, as tools do that know nothing of "
        "locks.");
    const auto database = open("naive");
    sandbox::Traffic traffic(*database, [this](auto& random) { return clients_.next(random); });
    const auto session = database->connect({});
    const auto begin = ports_.clock.now();
    int victims = 0;
    for (const DemoTenant& tenant : tenants_) {
      for (const auto& [path, sql] : naive_scripts(kAlreadyApplied)) {
        if (stopped()) return;
        session->execute(fmt::format("SET search_path = {}, tenant_management, public",
                                     session->quote_identifier(tenant.schema)));
        victims += run_again_after_deadlocks(*session, sql);
      }
    }
    const auto took = ports_.clock.now() - begin;
    if (victims > 0) {
      say(fmt::format("  Started again after a deadlock with clients: {} of its files.", victims));
    }
    felt_.push_back({"plain statements", traffic.stop(), took});
  }

  bool report() const {
    say(fmt::format("\n{:<20} {:>8} {:>9} {:>7} {:>10} {:>14}  {}", "what clients felt", "took",
                    "queries", "failed", "99 %", "slowest", "which was to"));
    for (const Felt& felt : felt_) {
      say(fmt::format("{:<20} {:>8} {:>9} {:>7} {:>10} {:>14}  {}", felt.what,
                      text::format_duration(felt.took), felt.traffic.requests, felt.traffic.failed,
                      text::format_duration(felt.traffic.p99),
                      text::format_duration(felt.traffic.slowest), felt.traffic.slowest_label));
      for (const std::string& failure : felt.traffic.failures) say("    " + failure);
    }
    const bool lockstep_failed = std::any_of(
        felt_.begin(), felt_.end() - 1, [](const Felt& felt) { return felt.traffic.failed > 0; });
    return !lockstep_failed;
  }

  DemonstrationPorts ports_;
  fleet::StopTokens stop_;
  std::vector<DemoTenant> tenants_;
  Clients clients_;
  Files pending_{ExampleFiles()};
  sandbox::Cluster cluster_{};
  std::unique_ptr<database::Database> app_;
  std::unique_ptr<database::Ledger> ledger_;
  std::unique_ptr<database::Lease> lease_;
  std::vector<Felt> felt_;
};

}  // namespace

bool demonstrate(const DemonstrationPorts& ports, const fleet::StopTokens& stop) {
  return Demonstration(ports, stop).run();
}

}  // namespace lockstep::cli::demo
