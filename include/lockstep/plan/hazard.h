#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/plan/step.h"

namespace lockstep::plan {

enum class Verdict {
  kExpanded,  ///< planned into a safe sequence
  kInstant,   ///< safe as it is under a lock timeout
  kAllowed,   ///< would be refused; the author allowed it with a reason
  kRefused,   ///< exit 3, with the remedy to write instead
};

/// What the naive form of a statement would block, break or rewrite.
struct Hazard {
  std::string id;  ///< "add-column-volatile-default"
  Verdict verdict = Verdict::kExpanded;
  std::string migration;  ///< MigrationId::key
  std::string operation;
  std::string statement;  ///< the author's text, or the YAML operation in words
  core::SourceLocation where;
  std::optional<LockClaim> lock;  ///< the naive form's strongest lock
  bool rewrite = false;
  bool scan = false;
  std::string effect;  ///< what the naive form would do to whom
  std::string remedy;  ///< what Lockstep does instead, or what to write instead
  std::string reason;  ///< the author's, for kAllowed
  friend bool operator==(const Hazard&, const Hazard&) = default;
};

std::string_view to_string(Verdict verdict) noexcept;
/// "error" for refused, "warning" for expanded and allowed, "info" for instant.
std::string_view severity(Verdict verdict) noexcept;

}  // namespace lockstep::plan
