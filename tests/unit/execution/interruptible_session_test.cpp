#include "interruptible_session.h"

#include "lockstep/core/sqlstate.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

namespace lockstep::execution {
namespace {

TEST_CASE("an interrupt that finds no statement keeps one from beginning") {
  const auto real = std::make_shared<test::ScriptedSession>();
  InterruptibleSession session(real);
  session.execute("select 1");
  CHECK_FALSE(session.interrupt().has_value());
  try {
    session.execute("select 2");
    FAIL("it was sent");
  } catch (const database::DatabaseError& error) {
    CHECK(error.is(core::sqlstate::kQueryCanceled));
    CHECK(error.kind() == database::DatabaseError::Kind::kServer);
  }
  session.execute("select 3", {});
  CHECK(real->sent() == std::vector<std::string>{"select 1", "select 3"});
}

TEST_CASE("an interrupt names the statement that runs, and leaves the next alone") {
  const auto real = std::make_shared<test::ScriptedSession>();
  InterruptibleSession session(real);
  std::optional<std::size_t> number;
  real->answer("select 2", [&] {
    number = session.interrupt();
    return database::Result{};
  });
  session.execute("select 1");
  session.execute("select 2");
  CHECK(number == std::size_t{2});
  session.execute("select 3");
  CHECK(real->sent().size() == 3);
}

}  // namespace
}  // namespace lockstep::execution
