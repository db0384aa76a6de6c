#include "watchdog.h"

#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

namespace lockstep::execution {
namespace {

using namespace std::chrono_literals;

/// A session to a server that does not answer: a request to cancel takes until it is let go.
class Unanswered final : public database::Session {
 public:
  database::Result execute(std::string_view) override { return {}; }
  database::Result execute(std::string_view,
                           const std::vector<std::optional<std::string>>&) override {
    return {};
  }
  std::string quote_identifier(std::string_view name) const override { return std::string(name); }
  std::string quote_literal(std::string_view text) const override { return std::string(text); }
  int backend_pid() const override { return 1; }
  bool alive() const noexcept override { return true; }
  int server_version() const noexcept override { return 150000; }
  std::size_t statement_number() const noexcept override { return 0; }
  void cancel(std::size_t) noexcept override {
    asked_.set_value();
    let_go_.get_future().wait();
  }
  std::vector<std::string> take_notices() override { return {}; }

  void wait_until_asked() { asked_.get_future().wait(); }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> asked_;
  std::promise<void> let_go_;
};

TEST_CASE("a server that does not answer a cancel request stops nobody else") {
  Watchdog watchdog;
  const auto stuck = std::make_shared<Unanswered>();
  auto guard = watchdog.watch(stuck, 0ms);
  stuck->wait_until_asked();
  // While the request hangs, others begin and end, and its own statement ends too.
  const auto other = std::make_shared<Unanswered>();
  auto ended = std::async(std::launch::async, [&] {
    watchdog.watch(other, 1h).reset();
    watchdog.cancel(other, 1).reset();
    guard.reset();
  });
  CHECK(ended.wait_for(10s) == std::future_status::ready);
  stuck->let_go();
}

/// A session whose server notices a request to cancel only at the third time.
class HardOfHearing final : public test::ScriptedSession {
 public:
  void cancel(std::size_t number) noexcept override {
    if (number == 7 && ++asked_ == 3) {
      heard_.set_value();
    }
  }
  std::future<void> heard() { return heard_.get_future(); }

 private:
  int asked_ = 0;
  std::promise<void> heard_;
};

TEST_CASE("a statement that is to end is asked to until it does") {
  Watchdog watchdog;
  const auto session = std::make_shared<HardOfHearing>();
  auto heard = session->heard();
  const auto guard = watchdog.cancel(session, 7);
  CHECK(heard.wait_for(10s) == std::future_status::ready);
}

}  // namespace
}  // namespace lockstep::execution
