#include "lockstep/report/purge.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using namespace std::chrono_literals;
using Mode = report::PurgeView::Mode;

namespace {

database::KeptObject column(const std::string& tenant, bool over) {
  database::KeptObject kept;
  kept.tenant = {tenant == "acme" ? 1 : 2, tenant, 17};
  kept.step = "0007.2";
  kept.migration = "0007";
  kept.table = {std::string(core::kTenantSchema), "users"};
  kept.column = "note";
  kept.kept_as = {tenant, "users"};
  kept.column_as = "users_note_lockstep_0007_1";
  kept.since = "2026-11-01T10:00:00.000Z";
  kept.until = tenant == "acme" ? "2026-11-08T10:00:00.000Z" : "2026-11-08T10:00:01.000Z";
  kept.over = over;
  return kept;
}

database::KeptObject table() {
  database::KeptObject kept = column("gone", false);
  kept.tenant.id = 3;
  kept.tenant_exists = false;
  kept.step = "0007.4";
  kept.table.name = "orders";
  kept.column.clear();
  kept.column_as.clear();
  kept.kept_as = {"lockstep_grace", "t3_0007_orders"};
  return kept;
}

fleet::PurgeResult purged() {
  fleet::PurgeResult result;
  result.plan.kept = {column("acme", true), column("globex", true), table()};
  result.plan.chosen = {column("acme", true), column("globex", true)};
  result.plan.tenants = 2;
  result.run.run = 9;
  result.run.tenants = {2, 2, 0, 0, 0, 0, 0};
  result.run.steps = {2, 0};
  result.run.longest_lock_wait = 3ms;
  result.run.duration = 41ms;
  return result;
}

}  // namespace

TEST_CASE("a purge says what is gone, and a restore what is there again") {
  CHECK(report::purge_text(purged(), {Mode::kPurge, {}, {}}, {}) ==
        "Done: users.note is gone for good in 2 of 2 tenants, 2 steps in 41 ms, longest wait for a "
        "lock at most 3 ms.\n");
  CHECK_THAT(report::purge_text(purged(), {Mode::kRestore, {"users.note"}, {"Next"}}, {}),
             ContainsSubstring("users.note is there again in 2 of 2 tenants") &&
                 ContainsSubstring("\nNext\n"));
}

TEST_CASE("what is kept is listed once for all tenants that keep it alike") {
  const std::string text = report::purge_plan_text(purged().plan, {Mode::kList, {}, {}}, {});
  CHECK_THAT(text, ContainsSubstring("column users.note  dropped by 0007.2  over since "
                                     "2026-11-08T10:00:00.000Z  acme, globex\n"));
  CHECK_THAT(text, ContainsSubstring("table orders"));
  CHECK_THAT(text, ContainsSubstring("until 2026-11-08T10:00:01.000Z       gone (gone)\n"));
}

TEST_CASE("where nothing is to do, what is kept is shown") {
  fleet::PurgeResult nothing = purged();
  nothing.plan.chosen.clear();
  CHECK_THAT(report::purge_text(nothing, {Mode::kPurge, {}, {}}, {}),
             ContainsSubstring("Nothing to purge: nothing is over its grace.") &&
                 ContainsSubstring("column users.note"));
  CHECK_THAT(report::purge_text(nothing, {Mode::kRestore, {"users.nix"}, {}}, {}),
             ContainsSubstring("Nothing by the name users.nix is kept. There is:"));
  CHECK(report::purge_text({}, {}, {}) == "Nothing is kept.\n");
}

TEST_CASE("what is half brought back, or gone, is shown as that") {
  fleet::PurgePlan plan;
  plan.kept = {column("acme", true), column("globex", true)};
  plan.kept[0].restored = 2;
  plan.kept[1].found = false;
  const std::string text = report::purge_plan_text(plan, {Mode::kList, {}, {}}, {});
  CHECK_THAT(text, ContainsSubstring("half brought back") && ContainsSubstring("gone already"));
}

TEST_CASE("a purge as JSON") {
  const json out = json::parse(report::purge_json(purged(), {Mode::kDryRun, {}, {}}));
  CHECK(out["format"] == "lockstep.purge/1");
  CHECK(out["mode"] == "dry-run");
  CHECK(out["outcome"] == "done");
  REQUIRE(out["kept"].size() == 3);
  CHECK(out["kept"][0]["object"] == "users.note");
  CHECK(out["kept"][0]["chosen"] == true);
  CHECK(out["kept"][0]["kept_as"] == "acme.users.users_note_lockstep_0007_1");
  CHECK(out["kept"][2]["kind"] == "table");
  CHECK(out["kept"][2]["chosen"] == false);
  CHECK(out["kept"][2]["tenant_exists"] == false);
}
