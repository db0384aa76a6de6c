#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "lockstep/database/session.h"

namespace lockstep::execution {

/// Runs one statement, and gives its result or throws its error. Meanwhile `watch` is called here
/// every so often, and must not throw. If `leave` is requested first, gives nothing at once: the
/// statement goes on, in a thread and with the session, which must not be used any more. When the
/// process ends, the backend finishes alone and keeps its lease until then (RULES.md 22).
std::optional<database::Result> run_or_leave(const std::shared_ptr<database::Session>& session,
                                             const std::string& sql, const std::stop_token& leave,
                                             std::chrono::milliseconds every,
                                             const std::function<void()>& watch);

}  // namespace lockstep::execution
