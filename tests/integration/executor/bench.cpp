#include "tests/integration/executor/bench.h"

#include <fmt/format.h>

#include "lockstep/core/sha256.h"

namespace lockstep::test {

Bench::Bench(std::string_view setup)
    : db_(setup),
      ledger_(postgres::open_ledger("lockstep")),
      lease_(postgres::advisory_lease()),
      session_(worker()) {
  ledger_->prepare(*session_);
  options_.server.number = std::stoi(db_.ask("show server_version_num"));
  run_ = ledger_->begin_run(*session_, {"host", "user", "0.1.0", "", "apply", "expand"});
}

std::shared_ptr<database::Session> Bench::worker() {
  database::SessionOptions how;
  how.settings = execution::session_settings();
  return db_.connect(how);
}

execution::TenantWork Bench::work(const std::string& tenant,
                                  std::vector<std::vector<plan::Step>> migrations,
                                  core::Phase phase) {
  execution::TenantWork work = resumed(tenant, phase);
  work.resumes = false;
  std::vector<database::RecordedMigration> recorded;
  for (const std::vector<plan::Step>& steps : migrations) {
    database::RecordedMigration migration;
    migration.key = steps.front().migration;
    migration.name = "test";
    migration.checksum = core::sha256_hex(migration.key);
    recorded.push_back(migration);
    execution::PlannedMigration planned;
    planned.start = {migration.key, migration.checksum, ledger_->store_step_list(*session_, steps),
                     0, 0};
    for (const plan::Step& step : steps) {
      ++(step.phase == core::Phase::kExpand ? planned.start.expand_steps
                                            : planned.start.contract_steps);
    }
    planned.steps = std::make_shared<const std::vector<plan::Step>>(steps);
    work.planned.push_back(planned);
  }
  ledger_->register_migrations(*session_, recorded);
  return work;
}

execution::TenantWork Bench::resumed(const std::string& tenant, core::Phase phase) {
  execution::TenantWork work;
  work.tenant = ledger_->register_tenants(*session_, {tenant}).at(tenant);
  work.phase = phase;
  work.resumes = true;
  return work;
}

execution::TenantResult Bench::run(execution::TenantWork& work) {
  return run(work, {}, session_);
}

execution::TenantResult Bench::run(execution::TenantWork& work, const execution::Stops& stops,
                                   const std::shared_ptr<database::Session>& session) {
  execution::Executor executor(
      *ledger_, *lease_, clock_, [] { return 0.5; }, events_, run_, options_,
      [this] { return db_.connect(); });
  return executor.run(session, work, stops);
}

execution::TenantResult Bench::run_to_the_end(execution::TenantWork& work) {
  for (;;) {
    execution::TenantResult result = run(work);
    if (!result.retry_in) {
      return result;
    }
    [[maybe_unused]] const bool slept = clock_.sleep_for(*result.retry_in, {});
  }
}

std::string Bench::steps_of(const std::string& tenant) {
  return db_.ask(
      fmt::format("select coalesce(string_agg(format('%s %s %s %s', step, state, attempt, via),"
                  " ', ' order by s.migration, s.ordinal), '') from lockstep.step s"
                  " join lockstep.tenant t on t.id = s.tenant where t.name = '{}'",
                  tenant));
}

std::string Bench::state_of(const std::string& tenant, const std::string& migration) {
  return db_.ask(
      fmt::format("select coalesce((select state from lockstep.tenant_migration m"
                  " join lockstep.tenant t on t.id = m.tenant where t.name = '{}'"
                  " and m.migration = '{}'), 'not begun')",
                  tenant, migration));
}

}  // namespace lockstep::test
