#include "lockstep/report/plan.h"

#include "samples.h"
#include "tests/support/catch.h"

using namespace lockstep;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string text(const fleet::Planned& planned) {
  return report::plan_text(planned, {"0008", {"Apply it:  lockstep apply"}}, {});
}

}  // namespace

TEST_CASE("a plan on a terminal") {
  CHECK(
      text(test::planned()) ==
      R"(Plan 4f1c9e2a  2 migrations  3 tenants in 2 cohorts  PostgreSQL 15.18  nothing changed yet

0007 require phone                                                 migrations/0007_require_phone.sql
  ALTER TABLE users ADD COLUMN phone text NOT NULL DEFAULT gen_random_uuid()::text
  staged add-column-volatile-default: As written it rewrites users while nobody can read or write
    it.
    Staged: a nullable column, then its default, then the rows in batches.
  expand
    0007.1  add column phone, nullable       AccessExclusive users       instant
    0007.2  backfill phone where it is null  RowExclusive users          1.2 M rows, about 25 s, resumable
    0007.3  validate users_phone_nn          ShareUpdateExclusive users  scan, about 2 s, blocks nobody
    On small tables first tried at once, as written: 0007.1 to 0007.3.
    A rollback loses the data written since: 0007.1.

0008 drop note                                                         migrations/0008_drop_note.sql
  contract (after the deploy)
    0008.1  drop column legacy_note  AccessExclusive users  instant  cannot be undone
    0008.1 is contract because the deployed application reads it.

Cohort B, 1 tenant (globex): lacks index users_email_idx; without 0007.3 (validate users_phone_nn).

Cannot be undone from 0008.1 on (drop column legacy_note), in contract.

1 of 4 tenants has nothing to do.

Apply it:  lockstep apply
)");
}

TEST_CASE("what is never tried is not said to be") {
  report::PlanView view{"0008", {}};
  view.tries_direct = false;
  CHECK_THAT(report::plan_text(test::planned(), view, {}), !ContainsSubstring("On small tables"));
  CHECK_THAT(report::plan_markdown(test::planned(), view), !ContainsSubstring("is small"));
  view.tries_direct = true;
  CHECK_THAT(report::plan_markdown(test::planned(), view), ContainsSubstring("is small"));
}

TEST_CASE("what nobody knows of a step is not said to be nothing") {
  fleet::Planned planned = test::planned();
  plan::Step& step = planned.plan.cohorts.front().steps.front();
  step.operation = "sql";
  step.locks.clear();
  plan::TransactionBody& body = std::get<plan::TransactionBody>(step.body);
  body.alone = true;
  CHECK_THAT(text(planned), ContainsSubstring("unknown locks"));
  CHECK_THAT(text(planned), ContainsSubstring("unknown time, at most max_hold"));
  step.locks = {plan::LockClaim{{"${schema}", "users"}, catalog::LockMode::kRowExclusive}};
  body.long_running = true;
  CHECK_THAT(text(planned), ContainsSubstring("RowExclusive users"));
  CHECK_THAT(text(planned), ContainsSubstring("unknown time, blocks no writer"));
}

TEST_CASE("what is refused is said first") {
  fleet::Planned planned = test::planned();
  planned.refusals = {
      {{"migrations/0008_drop_note.sql", 1, 1}, "users is read by view v", "drop v first"}};
  const std::string plan = text(planned);
  const auto refused = plan.find(
      "Refused, 1 reason. Nothing is applied before it is resolved:\n"
      "migrations/0008_drop_note.sql:1:1: users is read by view v\n  drop v first\n");
  REQUIRE(refused != std::string::npos);
  CHECK(refused < plan.find("0007 require phone"));
}

TEST_CASE("tenants half way, missing schemas, nothing to do") {
  fleet::Planned planned = test::planned();
  planned.half_way = {{"delta", {"0007.2", "0007.3"}, {"0008.1"}}};
  planned.missing = {"ghost"};
  const std::string plan = text(planned);
  CHECK_THAT(
      plan,
      ContainsSubstring(
          "1 tenant is half way and goes on with the steps stored at its start:\n"
          "  delta  2 steps left in expand: 0007.2, 0007.3  1 step left in contract: 0008.1\n"));
  CHECK_THAT(plan, ContainsSubstring("Configured as tenants, but no such schema: ghost"));

  fleet::Planned nothing;
  nothing.tenants = 3;
  nothing.current = 3;
  CHECK(text(nothing) == "Nothing to do: all 3 tenants are current at 0008.\n");
  nothing.tenants = 0;
  CHECK(text(nothing) ==
        "Nothing to do: no tenant is selected, and nothing is pending in the shared schemas.\n");
}

TEST_CASE("colours come only where asked for, and change no width") {
  report::Style colour;
  colour.colour = true;
  const std::string plan = report::plan_text(test::planned(), {}, colour);
  CHECK_THAT(plan, ContainsSubstring("\x1b[31mcannot be undone\x1b[0m"));
  CHECK(text(test::planned()).find('\x1b') == std::string::npos);
}

TEST_CASE("a plan for reviewers has every statement") {
  const std::string markdown =
      report::plan_markdown(test::planned(), {"0008", {"Apply it:  lockstep apply"}});
  CHECK_THAT(markdown, ContainsSubstring("# Plan 4f1c9e2a\n"));
  CHECK_THAT(markdown,
             ContainsSubstring(
                 "**Cannot be undone from 0008.1 on** (drop column legacy\\_note), in contract."));
  CHECK_THAT(markdown,
             ContainsSubstring(
                 "| 0007.2 | backfill phone where it is null | RowExclusive users | 1.2 M rows, "
                 "about 25 s, resumable | undo exact |"));
  CHECK_THAT(
      markdown,
      ContainsSubstring("```sql\nUPDATE users SET phone = gen_random_uuid()::text WHERE phone IS "
                        "NULL;  -- in batches along user_id"));
  CHECK_THAT(markdown, ContainsSubstring(
                           "| B | 1: globex | lacks index users\\_email\\_idx; without 0007.3"));
}

TEST_CASE("no statement can end its block in Markdown") {
  fleet::Planned planned = test::planned();
  planned.plan.cohorts[0].steps[0].body =
      plan::TransactionBody{{"COMMENT ON TABLE t IS '\n```\n# x'"}, {}, false};
  CHECK_THAT(report::plan_markdown(planned, {}), ContainsSubstring("````sql\nCOMMENT"));
}
