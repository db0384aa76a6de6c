#include "planning.h"

#include <utility>

#include "tests/support/catch.h"

namespace lockstep::planner::test {

Folder::Folder(std::initializer_list<File> files) {
  for (const File& file : files) {
    migration::Loaded loaded = migration::load_migration(file.name, file.text);
    for (auto& migration : loaded.migrations) migrations_.push_back(std::move(migration));
    problems_.insert(problems_.end(), loaded.problems.begin(), loaded.problems.end());
  }
  recognised_ = recognise(migrations_, problems_);
}

catalog::Catalog live(const std::string& ddl) {
  catalog::Catalog catalog;
  catalog.version.number = 150000;
  catalog.shared_schemas = {"public"};
  catalog.schemas = {"public"};
  if (ddl.empty()) return catalog;
  const Folder folder{{"0001_live.sql", ddl}};
  REQUIRE(messages(folder.problems()) == std::vector<std::string>{});
  for (const Recognised& migration : folder.recognised()) {
    for (const auto& operation : migration.operations) {
      operation->apply(catalog, core::Phase::kExpand);
      operation->apply(catalog, core::Phase::kContract);
    }
  }
  for (auto& [name, relation] : catalog.relations) {
    relation.created_by.clear();
    for (auto& column : relation.columns) column.added_by_plan = false;
  }
  return catalog;
}

CohortInput cohort(const catalog::Catalog& catalog, const std::vector<std::string>& tenants,
                   const std::set<std::string>& pending) {
  CohortInput input;
  input.fingerprint = "of " + (tenants.empty() ? std::string("nobody") : tenants.front());
  input.tenants = tenants;
  input.catalog = catalog;
  input.pending = pending;
  return input;
}

PlanInput plan_input(const std::vector<CohortInput>& cohorts) {
  PlanInput input;
  input.lockstep_version = "0.1.0";
  input.database = {"app", "7300000000000000000", 150018};
  input.cohorts = cohorts;
  return input;
}

std::vector<std::string> outline(const std::vector<plan::Step>& steps) {
  std::vector<std::string> lines;
  for (const plan::Step& step : steps) {
    lines.push_back(step.id + " " + std::string(core::to_string(step.phase)) + " " + step.title);
  }
  return lines;
}

std::vector<std::string> messages(const core::Problems& problems) {
  std::vector<std::string> lines;
  for (const core::Problem& problem : problems) lines.push_back(problem.message);
  return lines;
}

}  // namespace lockstep::planner::test
