#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sequences/steps.h"

// NOT NULL without a scan under a lock that blocks anybody (RULES.md 5): fill, see that none is
// left, let a CHECK keep it so, fill what came in between, prove it, and only then set the flag.

namespace lockstep::operations {

struct NotNullSequence {
  const catalog::Relation& table;
  std::string column;
  core::Phase phase = core::Phase::kContract;
  std::optional<std::string> fill;  ///< expression for rows where the column is NULL
  std::vector<std::string> reads;   ///< columns that `fill` names
};

/// Whether a validated CHECK proves the column free of NULLs, so that SET NOT NULL doesn't scan.
bool proven_not_null(const catalog::Relation& table, std::string_view column);

/// The whole sequence. The direct attempt, if any, is left to the caller.
std::vector<plan::Step> not_null_steps(const Maker& make, const NotNullSequence& sequence);

/// The statements that do the same in one transaction, for direct attempts.
std::vector<std::string> not_null_plainly(const NotNullSequence& sequence);

/// SET NOT NULL alone, where nothing needs proving.
plan::Step set_not_null_step(const Maker& make, const catalog::Relation& table,
                             const std::string& column, core::Phase phase);

}  // namespace lockstep::operations
