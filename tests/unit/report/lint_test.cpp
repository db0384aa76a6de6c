#include "lockstep/report/lint.h"

#include <nlohmann/json.hpp>

#include "samples.h"
#include "tests/support/catch.h"

using namespace lockstep;
using nlohmann::json;

namespace {

report::LintReport sample() {
  report::LintReport report;
  report.files = {{"migrations/0007_require_phone.sql", 2, 2}};
  plan::Hazard staged = test::planned().plan.hazards.front();
  plan::Hazard refused = staged;
  refused.id = "opaque-statement";
  refused.verdict = plan::Verdict::kRefused;
  refused.lock.reset();
  refused.where.line = 9;
  plan::Hazard instant = staged;
  instant.id = "brief-lock";
  instant.verdict = plan::Verdict::kInstant;
  report.hazards = {staged, refused, instant};
  return report;
}

}  // namespace

TEST_CASE("lint says the refused first and leaves out what hurts nobody") {
  const std::string text = report::lint_text(sample(), {});
  const auto refused = text.find("refused opaque-statement");
  const auto staged = text.find("staged add-column-volatile-default");
  CHECK(refused < staged);
  CHECK(text.find("brief-lock") == std::string::npos);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                       "1 file, 2 statements: 1 refused, 1 staged, 0 instant\n"));
  report::Style verbose;
  verbose.verbose = true;
  CHECK_THAT(report::lint_text(sample(), verbose),
             Catch::Matchers::ContainsSubstring("brief-lock"));
}

TEST_CASE("the summary counts statements, each once") {
  report::LintReport report = sample();
  report.files.front().statements = 5;
  // One statement may have several hazards; of two nothing is said.
  plan::Hazard allowed = report.hazards.front();
  allowed.verdict = plan::Verdict::kAllowed;
  allowed.where.line = 4;
  report.hazards.push_back(report.hazards.front());
  report.hazards.push_back(allowed);
  CHECK_THAT(
      report::lint_text(report, {}),
      Catch::Matchers::ContainsSubstring(
          "1 file, 5 statements: 1 refused, 1 allowed by the author, 1 staged, 2 instant\n"));
}

TEST_CASE("lint tells problems before everything") {
  report::LintReport report = sample();
  report.problems = {{{"a.sql", 1, 1}, "broken", ""}};
  const std::string text = report::lint_text(report, {});
  CHECK(text.rfind("a.sql:1:1: broken\n", 0) == 0);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("cannot be read as they are, 1 problem"));
}

TEST_CASE("lint's JSON") {
  const json j = json::parse(report::lint_json(sample()));
  CHECK(j.at("format") == "lockstep.lint/1");
  CHECK(j.at("files").at(0) ==
        json{{"file", "migrations/0007_require_phone.sql"}, {"statements", 2}, {"operations", 2}});
  const json& staged = j.at("hazards").at(0);
  CHECK(staged.at("id") == "add-column-volatile-default");
  CHECK(staged.at("severity") == "warning");
  CHECK(staged.at("verdict") == "expanded");
  CHECK(staged.at("lock") == json{{"relation", "users"}, {"mode", "AccessExclusiveLock"}});
  CHECK(staged.at("blocks") == json{"reads", "writes"});
  CHECK(staged.at("rewrite") == true);
  CHECK(staged.at("line") == 2);
  const json& refused = j.at("hazards").at(1);
  CHECK(refused.at("severity") == "error");
  CHECK(refused.at("lock").is_null());
  CHECK(refused.at("blocks").empty());
  CHECK(j.at("hazards").at(2).at("severity") == "info");
}
