#include "lock_capacity.h"

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

using namespace lockstep;

namespace {

plan::Step locking(std::size_t relations) {
  plan::Step step;
  step.id = "0007.1";
  for (std::size_t i = 0; i < relations; ++i) {
    step.locks.push_back({{std::string(core::kTenantSchema), "p" + std::to_string(i)},
                          catalog::LockMode::kAccessExclusive});
  }
  return step;
}

}  // namespace

TEST_CASE("a step that locks more relations than the server has room for is told") {
  const plan::Step small = locking(3);
  const plan::Step many = locking(900);
  test::ScriptedSession session;
  session.answer("max_locks_per_transaction", {{"64", "10"}});
  const auto failures =
      fleet::beyond_lock_table(session, {{{"t1", "t2"}, {&small, &many}}, {{"t3"}, {&small}}});
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].tenant == "t1");
  CHECK(failures[0].step == "0007.1");
  CHECK(failures[0].message ==
        "the step locks 900 relations at once, and the server has room for 640 locks");
  CHECK(failures[0].remedy.find("max_locks_per_transaction = 155") != std::string::npos);
  CHECK(failures[0].sqlstate == "53200");
  CHECK(session.sent().size() == 1);
}

TEST_CASE("the lock table's size is not asked for where few locks are taken") {
  const plan::Step step = locking(100);
  test::ScriptedSession session;
  CHECK(fleet::beyond_lock_table(session, {{{"t1"}, {&step}}}).empty());
  CHECK(session.sent().empty());
}

TEST_CASE("a direct attempt counts as much as the steps it stands for") {
  plan::Step step = locking(1);
  step.direct.emplace();
  step.direct->locks = locking(500).locks;
  test::ScriptedSession session;
  session.answer("max_locks_per_transaction", {{"64", "100"}});
  CHECK(fleet::beyond_lock_table(session, {{{"t1"}, {&step}}}).empty());
  CHECK(session.sent().size() == 1);
}
