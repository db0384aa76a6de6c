#include "detached_statement.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace lockstep::execution {
namespace {

struct Outcome {
  std::mutex mutex;
  std::condition_variable_any ended;
  bool over = false;
  database::Result result;
  std::exception_ptr error;
};

void execute_into(Outcome& outcome, database::Session& session, const std::string& sql) {
  database::Result result;
  std::exception_ptr error;
  try {
    result = session.execute(sql);
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(outcome.mutex);
  outcome.result = std::move(result);
  outcome.error = error;
  outcome.over = true;
  outcome.ended.notify_all();
}

}  // namespace

std::optional<database::Result> run_or_leave(const std::shared_ptr<database::Session>& session,
                                             const std::string& sql, const std::stop_token& leave,
                                             std::chrono::milliseconds every,
                                             const std::function<void()>& watch) {
  const auto outcome = std::make_shared<Outcome>();
  std::thread runner([outcome, session, sql] { execute_into(*outcome, *session, sql); });
  std::unique_lock lock(outcome->mutex);
  while (!outcome->ended.wait_for(lock, leave, every, [&] { return outcome->over; })) {
    if (leave.stop_requested()) {
      runner.detach();
      return std::nullopt;
    }
    lock.unlock();
    watch();
    lock.lock();
  }
  lock.unlock();
  runner.join();
  if (outcome->error) {
    std::rethrow_exception(outcome->error);
  }
  return std::move(outcome->result);
}

}  // namespace lockstep::execution
