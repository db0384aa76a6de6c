#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "case_file.h"
#include "lockstep/migration/migration.h"
#include "lockstep/operations/registry.h"
#include "lockstep/planner/planner.h"
#include "lockstep/sql/parse.h"
#include "render.h"
#include "starting_catalog.h"
#include "tests/support/catch.h"

namespace lockstep::cases {

namespace {

const std::string kFolder = std::string(LOCKSTEP_SOURCE_DIR) + "/tests/cases";

/// What one form of a case's migration comes to.
struct Outcome {
  std::vector<std::string> operations;
  std::string hazards;
  std::string plan;
};

planner::PlanInput input_for(const catalog::Catalog& catalog,
                             const migration::Migration& migration) {
  planner::CohortInput cohort;
  cohort.fingerprint = "start";
  cohort.tenants = {"acme"};
  cohort.catalog = catalog;
  planner::PlanInput input;
  input.lockstep_version = "0";
  input.grace = catalog.grace;
  if (migration.scope == core::Scope::kShared) {
    input.shared = cohort;
    input.shared.tenants.clear();
    input.shared.pending = {migration.id.key()};
  } else {
    cohort.pending = {migration.id.key()};
    input.cohorts = {cohort};
  }
  return input;
}

/// Each phase applied twice is as good as once; and applying changes something where there are
/// steps.
void check_fold(const std::vector<planner::Recognised>& migrations, const catalog::Catalog& start) {
  catalog::Catalog catalog = start;
  for (const auto& migration : migrations) {
    for (const auto& operation : migration.operations) {
      INFO(operation->describe());
      const operations::Judgement judgement = operation->judge({catalog});
      if (!judgement.problems.empty()) return;
      for (const core::Phase phase : {core::Phase::kExpand, core::Phase::kContract}) {
        operation->apply(catalog, phase);
        const catalog::Catalog once = catalog;
        operation->apply(catalog, phase);
        CHECK(catalog == once);
      }
    }
  }
}

void check_plan(const planner::PlanResult& result, const planner::PlanResult& again) {
  CHECK(plan::to_json(result.plan) == plan::to_json(again.plan));
  const auto read = plan::from_json(plan::to_json(result.plan), "p.json");
  REQUIRE(std::holds_alternative<plan::Plan>(read));
  CHECK(std::get<plan::Plan>(read) == result.plan);
  for (const plan::Cohort& cohort : result.plan.cohorts) {
    for (const plan::Step& step : cohort.steps) {
      INFO(step.id << " " << step.title);
      CHECK_FALSE(step.title.empty());
      CHECK_FALSE(step.operation.empty());
      CHECK_FALSE(step.touches.empty());
    }
  }
}

/// The SQL that "Write ALTER TABLE ... ;" tells to write; nothing where it is about no table in
/// particular.
std::optional<std::string> sql_in(const std::string& remedy) {
  constexpr std::string_view kWrite = "Write ";
  for (const std::string_view begin :
       {"ALTER TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "DROP INDEX ", "DROP TABLE ",
        "UPDATE ", "DELETE FROM ", "INSERT INTO "}) {
    const auto at = remedy.find(std::string(kWrite) + std::string(begin));
    if (at == std::string::npos) continue;
    const std::string rest = remedy.substr(at + kWrite.size());
    if (rest.compare(begin.size(), 3, "...") == 0) continue;  // of no table in particular
    INFO(remedy);
    const auto end = rest.find(';');
    REQUIRE(end != std::string::npos);
    return rest.substr(0, end);
  }
  return std::nullopt;
}

/// What the author is told to write has to be SQL, with its names quoted.
void check_remedy(const std::string& remedy) {
  const std::optional<std::string> sql = sql_in(remedy);
  if (!sql) return;
  INFO(remedy);
  CHECK(sql->find("...") == std::string::npos);
  const sql::ParsedFile parsed = sql::parse(*sql, {"remedy", true});
  CHECK(parsed.problems.empty());
  CHECK(parsed.statements.size() == 1);
}

void check_remedies(const planner::PlanResult& result) {
  for (const plan::Hazard& hazard : result.plan.hazards) check_remedy(hazard.remedy);
  for (const core::Problem& problem : result.problems) check_remedy(problem.remedy);
  for (const core::Problem& refusal : result.refusals) check_remedy(refusal.remedy);
}

Outcome run(const std::string& file, const std::string& text, const catalog::Catalog& start) {
  Outcome outcome;
  const migration::Loaded loaded = migration::load_migration(file, text);
  core::Problems problems = loaded.problems;
  const std::vector<planner::Recognised> recognised =
      planner::recognise(loaded.migrations, problems);
  if (!problems.empty()) {
    outcome.plan = render_problems("problem", problems);
    return outcome;
  }
  for (const auto& operation : recognised.front().operations) {
    outcome.operations.push_back(operation->describe());
  }
  check_fold(recognised, start);
  const planner::PlanInput input = input_for(start, loaded.migrations.front());
  const planner::PlanResult result = planner::make_plan(recognised, input);
  check_plan(result, planner::make_plan(recognised, input));
  check_remedies(result);
  outcome.hazards = render_hazards(result.plan.hazards);
  outcome.plan =
      render_problems("problem", result.problems) + render_problems("refused", result.refusals);
  for (const plan::Cohort& cohort : result.plan.cohorts) {
    if (cohort.scope == core::Scope::kShared) outcome.plan += "shared\n";
    outcome.plan += render_steps(cohort.steps);
  }
  if (outcome.plan.empty()) outcome.plan = "nothing to do\n";
  return outcome;
}

bool updating() {
  const char* update = std::getenv("UPDATE_CASES");
  return update && std::string(update) == "1";
}

void run_case(const std::string& path) {
  Case value = read_case(path);
  REQUIRE_FALSE((value.sql.empty() && value.yaml.empty()));
  const catalog::Catalog start = starting_catalog(value.catalog);
  Outcome outcome;
  if (!value.sql.empty()) outcome = run("0007_case.sql", value.sql, start);
  if (!value.yaml.empty()) {
    const Outcome yaml = run("0007_case.yaml", value.yaml, start);
    if (!value.sql.empty()) {
      CHECK(yaml.operations == outcome.operations);
      CHECK(yaml.hazards == outcome.hazards);
      CHECK(yaml.plan == outcome.plan);
    } else {
      outcome = yaml;
    }
  }
  if (updating()) {
    value.hazards = outcome.hazards;
    value.plan = outcome.plan;
    write_case(value);
    return;
  }
  CHECK(outcome.hazards == value.hazards);
  CHECK(outcome.plan == value.plan);
}

planner::PlanResult plan_of(const std::string& text, const catalog::Catalog& start) {
  const migration::Loaded loaded = migration::load_migration("0007_case.sql", text);
  core::Problems problems = loaded.problems;
  const auto recognised = planner::recognise(loaded.migrations, problems);
  if (!problems.empty()) return {};
  return planner::make_plan(recognised, input_for(start, loaded.migrations.front()));
}

}  // namespace

TEST_CASE("the remedy of what is refused, pasted in its place, is accepted") {
  std::size_t tried = 0;
  for (const std::string& path : case_files(kFolder)) {
    const Case value = read_case(path);
    if (value.sql.empty()) continue;
    const catalog::Catalog start = starting_catalog(value.catalog);
    const std::vector<plan::Hazard> hazards = plan_of(value.sql, start).plan.hazards;
    for (const plan::Hazard& hazard : hazards) {
      const std::optional<std::string> sql = sql_in(hazard.remedy);
      if (hazard.verdict != plan::Verdict::kRefused || !sql) continue;
      INFO(path << ": " << *sql);
      ++tried;
      const planner::PlanResult accepted = plan_of(*sql + ";\n", start);
      CHECK(render_problems("problem", accepted.problems) == "");
      for (const plan::Hazard& other : accepted.plan.hazards) {
        if (other.verdict != plan::Verdict::kRefused) continue;
        // Some cases name shared tables, of which a tenant's migration changes none in any form.
        const bool besides = other.id == "changes-shared-object";
        INFO(other.id << ": " << other.effect);
        CHECK(besides);
      }
    }
  }
  CHECK(tried > 5);
}

TEST_CASE("each case says and plans what its file holds") {
  const std::vector<std::string> files = case_files(kFolder);
  REQUIRE_FALSE(files.empty());
  for (const std::string& path : files) {
    DYNAMIC_SECTION(std::filesystem::relative(path, kFolder).string()) {
      run_case(path);
    }
  }
}

TEST_CASE("each operation has a folder of cases, and each folder an operation") {
  for (const operations::OperationKind& kind : operations::registry()) {
    INFO(kind.name);
    const std::string folder = kFolder + "/" + std::string(kind.name);
    CHECK((std::filesystem::is_directory(folder) && !case_files(folder).empty()));
  }
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (!entry.is_directory()) continue;
    INFO(entry.path().string());
    const std::string name = entry.path().filename().string();
    CHECK((name == "rules" || name == "planner" || name == "refused" ||
           operations::find_operation(name) != nullptr));
  }
}

}  // namespace lockstep::cases
