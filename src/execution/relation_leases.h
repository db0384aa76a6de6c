#pragma once

#include <optional>
#include <string>
#include <vector>

#include "step_runner.h"

namespace lockstep::execution {

/// Leases on the relations outside the tenant that a transaction locks against readers or writers
/// (RULES.md 7): one session at a time, of any runner, and then a rest, so that however many
/// tenants there are, the relation is locked for less than a tenth of the time. For most
/// transactions there are none.
class RelationLeases {
 public:
  RelationLeases(const StepContext& context, const std::vector<plan::LockClaim>& locks);
  /// Gives back what is held, without a rest.
  ~RelationLeases();
  RelationLeases(const RelationLeases&) = delete;
  RelationLeases& operator=(const RelationLeases&) = delete;

  /// Waits a moment for others of our kind. Busy: they need longer, and nothing is held.
  std::optional<Busy> take();
  /// After an attempt of that length, whatever came of it. A stop ends the rest.
  void rest(core::Clock::Duration attempt) const;

 private:
  /// The first that another session holds; nothing if all of them are ours now.
  std::optional<std::string> try_all();
  void release();

  const StepContext& context_;
  std::vector<std::string> wanted_;  ///< quoted names, in one order for all sessions
  std::size_t held_ = 0;             ///< the first so many of them
};

}  // namespace lockstep::execution
