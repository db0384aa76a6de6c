#include "lockstep/plan/kept.h"

#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using plan::BackfillBody;
using plan::CheckBody;
using plan::Step;
using plan::TransactionBody;

plan::QualifiedName users() {
  return {std::string(core::kTenantSchema), "users"};
}

Step kept() {
  Step step;
  step.id = "0007.2";
  step.migration = "0007";
  step.phase = core::Phase::kContract;
  Step name;
  name.body = TransactionBody{{"its name"}, {}};
  Step fill;
  fill.title = "fill";
  fill.body =
      BackfillBody{users(), false,     {{"note", std::string(plan::kFill)}}, {}, {}, "note IS NULL",
                   {"id"},  {"bigint"}};
  Step check;
  check.title = "check";
  check.body = CheckBody{"SELECT 1", "has NULLs", "fill them", "23502"};
  step.restore = {name, fill, check};
  return step;
}

TEST_CASE("parts that bring back are steps of the one that keeps") {
  const auto parts = plan::restore_parts(kept(), "'none'", {});
  REQUIRE(parts.size() == 3);
  for (const Step& part : parts) {
    CHECK(part.id == "0007.2");
    CHECK(part.migration == "0007");
    CHECK(part.phase == core::Phase::kContract);
  }
  CHECK(std::get<BackfillBody>(parts[1].body).assignments[0].value == "('none')");
}

TEST_CASE("without a value it is asked whether there is anything to fill") {
  const auto parts = plan::restore_parts(kept(), {}, {});
  REQUIRE(parts.size() == 3);
  CHECK(std::get<CheckBody>(parts[1].body) == std::get<CheckBody>(parts[2].body));
  CHECK(parts[1].title == "check");
}

TEST_CASE("what the ledger has kept of it comes with the first part, and is no template") {
  const auto parts = plan::restore_parts(kept(), {}, {"ADD ${schema}"});
  CHECK(std::get<TransactionBody>(parts[0].body).sql ==
        std::vector<std::string>{"its name", "ADD ${schema:begin}}"});
}

TEST_CASE("what keeps nothing has no parts") {
  CHECK(plan::restore_parts(Step{}, {}, {}).empty());
  CHECK(plan::restore_parts(Step{}, {}, {"ADD"}).empty());
}

}  // namespace
}  // namespace lockstep::test
