#include "build_watch.h"

#include <exception>

#include <fmt/format.h>

#include "lock_census.h"

namespace lockstep::execution {

BuildWatch::BuildWatch(const StepContext& context, const plan::Step& step)
    : context_(context), step_(step), number_(context.session->statement_number()) {}

void BuildWatch::look() noexcept {
  if (!context_.connect || out_of_order_) {
    return;
  }
  try {
    look_once();
  } catch (const std::exception& error) {
    // The statement itself is none the worse for it.
    out_of_order_ = true;
    context_.events.on(event::Notice{fmt::format(
        "{}: {} is not watched any more: {}", context_.render.schema(), step_.id, error.what())});
  }
}

void BuildWatch::look_once() {
  if (!session_) {
    session_ = context_.connect();
  }
  std::vector<Blocker> blockers = blockers_of(*session_, context_.session->backend_pid());
  if (blockers.empty()) {
    waits_since_.reset();
    return;
  }
  const auto now = context_.clock.now();
  if (!waits_since_) {
    waits_since_ = now;
  }
  const std::string first = to_string(blockers.front());
  if (now - *waits_since_ >= context_.options.locks.give_up_after) {
    gave_up_ = blockers.front();
    context_.session->cancel(number_ + 1);
    return;
  }
  context_.events.on(event::StepWaiting{context_.render.schema(), step_.id,
                                        "without blocking anybody, for " + first,
                                        std::move(blockers), milliseconds(0)});
}

}  // namespace lockstep::execution
