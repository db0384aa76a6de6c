#include "tests/scenarios/staged.h"

#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/lock_mode.h"
#include "lockstep/plan/undo_step.h"
#include "lockstep/postgres/catalog_reader.h"
#include "lockstep/sql/quote.h"

namespace lockstep::test {

namespace {

[[noreturn]] void fail(const std::string& message) {
  throw std::runtime_error(message);
}

void require_none(const char* what, const core::Problems& problems) {
  if (problems.empty()) return;
  std::string text = what;
  for (const core::Problem& problem : problems) text += "\n  " + to_string(problem);
  fail(text);
}

const std::vector<std::string>& shared_schemas() {
  static const std::vector<std::string> schemas{"shared"};
  return schemas;
}

std::string condition(const plan::BackfillBody& body) {
  std::vector<std::string> parts;
  if (!body.predicate.empty()) parts.push_back("(" + body.predicate + ")");
  if (!body.remaining.empty()) parts.push_back("(" + body.remaining + ")");
  return parts.empty() ? "true" : fmt::format("{}", fmt::join(parts, " AND "));
}

std::string target(const Tenant& tenant, const plan::BackfillBody& body) {
  std::string text = tenant.render(sql::quote(body.table));
  if (!body.alias.empty()) text += " AS " + sql::quote_identifier(body.alias);
  return text;
}

class Player {
 public:
  Player(Tenant& tenant, const plan::Step& step) : tenant_(tenant), step_(step) {}

  void operator()(const plan::TransactionBody& body) const {
    run_transaction(statements_of(tenant_, body.lock_first, body.sql));
  }

  void operator()(const plan::ConcurrentBody& body) const {
    if (body.kind == plan::ConcurrentBody::Kind::kReindex) {
      const std::string before = oid_of(body.index);
      tenant_.run(body.sql);
      if (oid_of(body.index) == before) fail("the index is the one that was there");
      return;
    }
    if (is_done()) fail("done_when is true before the step");
    tenant_.run(body.sql);
    if (!is_done()) fail("done_when is false after the step");
  }

  void operator()(const plan::BackfillBody& body) const {
    tenant_.session().execute(backfill_statement(tenant_, body));
    if (body.remaining.empty()) return;
    const auto left = tenant_.session().execute(fmt::format("SELECT count(*) = 0 FROM {} WHERE {}",
                                                            target(tenant_, body),
                                                            tenant_.render(condition(body))));
    if (!left.as_bool()) fail("the backfill leaves rows that it should have changed");
  }

  void operator()(const plan::CheckBody& body) const {
    const auto offending = tenant_.run(body.query);
    if (!offending.empty()) fail("the check finds " + offending.at(0, 0));
  }

  void operator()(const plan::GateBody& body) const { fail("a gate: " + body.reason); }

  void run_transaction(const std::vector<std::string>& statements) const {
    tenant_.session().execute("BEGIN");
    for (const std::string& statement : statements) tenant_.session().execute(statement);
    tenant_.session().execute("COMMIT");
  }

 private:
  std::string oid_of(const core::QualifiedName& index) const {
    return tenant_
        .run(fmt::format("SELECT {}::regclass::oid", sql::quote_literal(sql::quote(index))))
        .at(0, 0);
  }
  bool is_done() const { return tenant_.run(step_.done_when).as_bool(); }

  Tenant& tenant_;
  const plan::Step& step_;
};

}  // namespace

std::unique_ptr<Recognised> recognise(const Scenario& scenario) {
  auto recognised = std::make_unique<Recognised>();
  recognised->files = migration::load_migration(
      scenario.yaml() ? "0001_scenario.yaml" : "0001_scenario.sql", scenario.migration);
  require_none("the file has problems", recognised->files.problems);
  core::Problems problems;
  recognised->migrations = planner::recognise(recognised->files.migrations, problems);
  require_none("not recognised", problems);
  recognised->request = planner::request_for(recognised->migrations);
  return recognised;
}

catalog::CatalogRequest with_all_of(catalog::CatalogRequest request,
                                    const catalog::Catalog& catalog) {
  for (const auto& entry : catalog.relations) request.relations.insert(entry.first);
  for (const auto& entry : catalog.types) request.types.insert(entry.first);
  for (const catalog::Function& function : catalog.functions)
    request.functions.insert(function.name);
  return request;
}

catalog::Catalog read_catalog(Tenant& tenant, const catalog::CatalogRequest& request) {
  return postgres::open_catalog_reader(tenant.session())
      ->read(tenant.schema(), shared_schemas(), request);
}

std::string fingerprint(Tenant& tenant, const catalog::CatalogRequest& request) {
  return postgres::open_catalog_reader(tenant.session())
      ->fingerprints({tenant.schema()}, shared_schemas(), request)
      .at(tenant.schema());
}

Planned make_plan(const Recognised& recognised, const catalog::Catalog& catalog, bool kept) {
  planner::PlanInput input;
  if (kept) input.grace = catalog::DropGrace{604800, "lockstep_grace"};
  input.database = {"test", "1", catalog.version.number};
  input.lockstep_version = "test";
  planner::CohortInput cohort;
  cohort.fingerprint = "start";
  cohort.tenants = {"tenant"};
  cohort.catalog = catalog;
  for (const auto& migration : recognised.migrations) {
    cohort.pending.insert(migration.migration->id.key());
  }
  input.cohorts.push_back(std::move(cohort));
  planner::PlanResult result = planner::make_plan(recognised.migrations, input);
  require_none("the plan has problems", result.problems);
  require_none("refused", result.refusals);
  Planned planned;
  planned.hazards = std::move(result.plan.hazards);
  for (plan::Cohort& each : result.plan.cohorts) {
    if (each.scope == core::Scope::kTenant) planned.steps = std::move(each.steps);
  }
  return planned;
}

std::vector<std::string> statements_of(const Tenant& tenant,
                                       const std::vector<plan::LockClaim>& lock_first,
                                       const std::vector<std::string>& sql) {
  std::vector<std::string> statements;
  for (const plan::LockClaim& claim : lock_first) {
    statements.push_back(tenant.render(fmt::format(
        "LOCK TABLE {} IN {} MODE", sql::quote(claim.relation), catalog::sql_words(claim.mode))));
  }
  for (const std::string& statement : sql) statements.push_back(tenant.render(statement));
  return statements;
}

std::string backfill_statement(const Tenant& tenant, const plan::BackfillBody& body) {
  std::string text = body.is_delete ? "DELETE FROM " + target(tenant, body)
                                    : "UPDATE " + target(tenant, body) + " SET ";
  std::vector<std::string> assignments;
  for (const auto& assignment : body.assignments) {
    assignments.push_back(fmt::format("{} = {}", sql::quote_identifier(assignment.column),
                                      tenant.render(assignment.value)));
  }
  return fmt::format("{}{} WHERE {}", text, fmt::join(assignments, ", "),
                     tenant.render(condition(body)));
}

void keep_former(Tenant& tenant, const plan::Step& step) {
  for (const std::string& query : step.undo.former) {
    const database::Result found = tenant.run(query);
    if (found.rows.size() > 1) fail("more than one of what is replaced: " + query);
    if (!found.empty() && found.rows[0][0]) tenant.former[step.id].push_back(*found.rows[0][0]);
  }
}

void play(Tenant& tenant, const plan::Step& step) {
  try {
    keep_former(tenant, step);
    std::visit(Player(tenant, step), step.body);
  } catch (const std::exception& error) {
    fail(fmt::format("step {} ({}): {}", step.id, step.title, error.what()));
  }
}

void play(Tenant& tenant, const plan::Direct& direct) {
  const plan::Step nobody;
  Player(tenant, nobody).run_transaction(statements_of(tenant, direct.lock_first, direct.sql));
}

plan::Step undo_step_of(const Tenant& tenant, const plan::Step& step) {
  const auto former = tenant.former.find(step.id);
  return plan::undo_step(
      step, former == tenant.former.end() ? std::vector<std::string>{} : former->second);
}

void undo(Tenant& tenant, const plan::Step& step) {
  try {
    const plan::Step back = undo_step_of(tenant, step);
    if (const auto* body = std::get_if<plan::TransactionBody>(&back.body)) {
      Player(tenant, step).run_transaction(statements_of(tenant, body->lock_first, body->sql));
    } else {
      const auto& statement = std::get<plan::ConcurrentBody>(back.body).sql;
      if (!statement.empty()) tenant.run(statement);
    }
    tenant.former.erase(step.id);
  } catch (const std::exception& error) {
    fail(fmt::format("undo of step {} ({}): {}", step.id, step.title, error.what()));
  }
}

}  // namespace lockstep::test
