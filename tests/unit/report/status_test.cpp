#include "lockstep/report/status.h"

#include <nlohmann/json.hpp>

#include "lockstep/report/history.h"
#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using fleet::StandingState;
using nlohmann::json;

namespace {

fleet::Standing standing(const std::string& schema, StandingState state) {
  fleet::Standing result;
  result.schema = schema;
  result.version = "0006";
  result.state = state;
  if (state != StandingState::kCurrent) {
    result.pending = {"0007", "0008"};
    result.expand_left = state != StandingState::kExpanded;
  }
  return result;
}

fleet::Status sample() {
  fleet::Status status;
  status.head = "0008";
  status.ledger = true;
  fleet::Standing failed = standing("acme", StandingState::kFailed);
  failed.step = "0007.2";
  failed.sqlstate = "23505";
  failed.error = "duplicate \x1b[2J key";
  failed.hint = "remove one";
  failed.since = "2026-11-22T10:00:00Z";
  status.tenants = {standing("b", StandingState::kPending), failed,
                    standing("c", StandingState::kCurrent), standing("d", StandingState::kPending)};
  return status;
}

}  // namespace

TEST_CASE("status begins with those who need somebody") {
  CHECK(report::status_text(sample(), {}, "") ==
        "Newest migration 0008. 4 tenants: 1 failed, 2 pending, 1 current\n"
        "\n"
        "failed\n"
        "  acme: at 0006, step 0007.2 since 2026-11-22T10:00:00Z: duplicate ?[2J key (SQLSTATE "
        "23505)\n"
        "    remove one\n"
        "\n"
        "pending\n"
        "  b, d: at 0006, 2 to finish: 0007, 0008\n"
        "\n"
        "See what would run:   lockstep plan\n"
        "Run it:               lockstep apply --phase expand\n"
        "After the deploy:     lockstep apply --phase contract\n");
}

TEST_CASE("tenants that failed alike share a line") {
  fleet::Status status;
  status.head = "0008";
  status.ledger = true;
  for (const std::string tenant : {"a", "b", "c"}) {
    fleet::Standing failed = standing(tenant, StandingState::kFailed);
    failed.step = "0007.2";
    failed.error = "no table " + tenant + ".users";
    failed.since = tenant == "b" ? "2026-11-22T09:00:00Z" : "2026-11-22T10:00:00Z";
    status.tenants.push_back(failed);
  }
  status.tenants[2].step = "0007.3";
  CHECK_THAT(report::status_text(status, {}, ""),
             ContainsSubstring("failed\n"
                               "  2 tenants (a, b): at 0006, step 0007.2 since "
                               "2026-11-22T09:00:00Z: no table ${schema}.users\n"
                               "  c: at 0006, step 0007.3 since 2026-11-22T10:00:00Z: no table "
                               "c.users\n"));
}

TEST_CASE("the next commands of status are for the same tenants") {
  CHECK_THAT(report::status_text(sample(), {}, " --tenants 'a*'"),
             ContainsSubstring("lockstep apply --tenants 'a*' --phase expand\n"));
}

TEST_CASE("status after expand names the next phase") {
  fleet::Status status;
  status.head = "0008";
  status.ledger = true;
  status.tenants = {standing("a", StandingState::kExpanded)};
  CHECK_THAT(report::status_text(status, {}, ""),
             ContainsSubstring(
                 "Once the new application is deployed:  lockstep apply --phase contract\n"));
  status.tenants.clear();
  CHECK(report::status_text(status, {}, "") == "Newest migration 0008. 0 tenants\n");

  SECTION("also where only the shared schemas have one") {
    status.shared = standing("", StandingState::kExpanded);
    CHECK(report::status_text(status, {}, "") ==
          "Newest migration 0008. 0 tenants\n"
          "\n"
          "expanded\n"
          "  shared schemas: at 0006, 2 to finish: 0007, 0008\n"
          "\n"
          "Once the new application is deployed:  lockstep apply --phase contract\n");
  }
}

TEST_CASE("where only contract is left nobody is sent back to expand") {
  fleet::Status status;
  status.head = "0008";
  status.ledger = true;
  fleet::Standing failed = standing("a", StandingState::kFailed);
  failed.expand_left = false;
  status.tenants = {failed, standing("b", StandingState::kExpanded),
                    standing("c", StandingState::kCurrent)};
  const std::string text = report::status_text(status, {}, " --tenants x");
  CHECK_THAT(text, Catch::Matchers::EndsWith("\n\nOnce the cause is mended, go on from there:  "
                                             "lockstep apply --tenants x --phase contract\n"));
  CHECK(text.find("--phase expand") == std::string::npos);

  status.tenants.push_back(standing("d", StandingState::kPending));
  CHECK_THAT(report::status_text(status, {}, ""),
             ContainsSubstring("lockstep apply --phase expand\n"));
}

TEST_CASE("the way out of a pause goes to the same place") {
  fleet::Status status = sample();
  status.paused = database::Pause{"2026-11-22T10:00:00Z", "desk", "operator", ""};
  status.tenants[1].hint = "take it back: lockstep rollback --to 6";
  report::Style style;
  style.place = " --config prod.yaml";
  const std::string text = report::status_text(status, style, style.place);
  CHECK_THAT(text, ContainsSubstring("lockstep resume --config prod.yaml\n"));
  CHECK_THAT(text, ContainsSubstring("lockstep rollback --config prod.yaml --to 6"));
}

TEST_CASE("edited files are said with what to do") {
  fleet::Status status = sample();
  status.files = {{fleet::FileVerdict::Kind::kEdited, "0006", "m/0006_a.sql",
                   "was applied and then edited", "undo the edit"}};
  const std::string text = report::status_text(status, {}, "");
  CHECK_THAT(text,
             ContainsSubstring("m/0006_a.sql: was applied and then edited\n  undo the edit\n"));
  CHECK(text.find("lockstep apply") == std::string::npos);
}

TEST_CASE("status as JSON") {
  const json j = json::parse(report::status_json(sample()));
  CHECK(j.at("format") == "lockstep.status/1");
  CHECK(j.at("head") == "0008");
  CHECK(j.at("tenants").size() == 4);
  const json& failed = j.at("tenants").at(1);
  CHECK(failed.at("schema") == "acme");
  CHECK(failed.at("state") == "failed");
  CHECK(failed.at("step") == "0007.2");
  CHECK(failed.at("error").at("sqlstate") == "23505");
  CHECK(j.at("tenants").at(2).at("error").is_null());
  CHECK(j.at("tenants").at(2).at("step").is_null());
  CHECK(j.at("shared").is_null());
  CHECK(j.at("summary") == json{{"total", 4},
                                {"current", 1},
                                {"pending", 2},
                                {"expanded", 0},
                                {"running", 0},
                                {"blocked", 0},
                                {"failed", 1}});
}

TEST_CASE("history as text, Markdown and JSON") {
  database::HistoryEntry entry;
  entry.tenant = "ac|me";
  entry.migration = "0007";
  entry.name = "require_phone";
  entry.step = "0007.2";
  entry.phase = "expand";
  entry.kind = "backfill";
  entry.state = "done";
  entry.via = "direct";
  entry.rows = 1200;
  entry.finished = "2026-11-22T10:00:00.123Z";
  entry.run = 3;
  entry.os_user = "deploy";
  entry.host = "ci";
  CHECK(report::history_text({entry}, {}) ==
        "2026-11-22 10:00:00  ac|me  0007.2 require_phone  expand  run 3  deploy@ci  done, direct, "
        "1.2 k rows\n");
  CHECK_THAT(report::history_markdown({entry}),
             ContainsSubstring("| 2026-11-22 10:00:00 | ac\\|me | 0007.2 require_phone |"));
  const json j = json::parse(report::history_json({entry}));
  CHECK(j.at("format") == "lockstep.history/1");
  CHECK(j.at("entries").at(0).at("rows") == 1200);
  CHECK(j.at("entries").at(0).at("sqlstate").is_null());
  CHECK(report::history_text({}, {}) == "Nothing has been run yet.\n");
  CHECK(report::history_text({}, {}, "nobody") ==
        "No run has done anything in a tenant called nobody.\n");
}
