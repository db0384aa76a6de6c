#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "step_runner.h"

namespace lockstep::execution {

/// A concurrent build waits for every older snapshot, in a mode that blocks nobody, so it runs
/// without timeouts. SET LOCAL has no way in, so the settings are the session's: set, read back,
/// and put back afterwards (RULES.md 17).
class SessionSettings {
 public:
  SessionSettings(const StepContext& context, const plan::Step& step);

  /// Throws DatabaseError, always as if the session were lost.
  void reset();

 private:
  void require(const std::string& question);
  /// Whoever uses the session next must not run with these settings: a new one is opened instead.
  [[noreturn]] static void give_up(const std::string& why);

  std::shared_ptr<database::Session> session_;
  std::vector<std::string> before_;  ///< values of what is changed
};

/// How a statement without timeouts ended.
struct Ended {
  bool left = false;  ///< to its backend: the session is gone with it
  std::optional<database::DatabaseError> error;
  std::optional<Blocker> gave_up;  ///< the error is our own doing: whom it waited for too long
  std::string leftover;            ///< why what it left behind is still there
};

/// Under the settings of a concurrent build. Throws only what is the session's end.
Ended run_watched(const StepContext& context, const plan::Step& step, const std::string& statement);

/// Runs `work` under the settings of a concurrent build, and puts the session's own back however it
/// ends, unless the session is left.
template <typename Work>
Ended under_settings(StepContext& context, const plan::Step& step, const Work& work) {
  SessionSettings settings(context, step);
  Ended ended;
  try {
    ended = work();
  } catch (...) {
    settings.reset();
    throw;
  }
  if (ended.left) {
    context.session.reset();
  } else {
    settings.reset();
  }
  return ended;
}

}  // namespace lockstep::execution
