#pragma once

#include <optional>
#include <string>

#include "lockstep/core/phase.h"
#include "lockstep/execution/events.h"
#include "lockstep/report/log.h"
#include "lockstep/report/progress.h"

namespace lockstep::report {

/// A piece of news in words, with the fields of its JSON line.
struct News {
  LogLevel level = LogLevel::kInfo;
  Detail from = Detail::kNormal;  ///< the least detail that tells it
  std::string text;
  Log::Fields fields;  ///< "event" first
};

/// Nothing for what is only seen in a live display.
News news(const execution::Event& event);

/// "expand", "contract", or "rollback" where steps are taken back.
std::string phase_word(core::Phase phase, bool back);

/// "tenant_acme", or "shared schemas" for the empty name.
std::string tenant_words(const std::string& tenant);

}  // namespace lockstep::report
