#include "relation_leases.h"

#include <algorithm>

#include <fmt/format.h>

#include "lockstep/database/lease.h"

namespace lockstep::execution {
namespace {

// A rest of nine times the attempt makes its share a tenth; the attempt is longer than the lock.
constexpr int kRestFactor = 9;
constexpr milliseconds kLookEvery{20};
// Then the worker does something else meanwhile.
constexpr milliseconds kPatience{1000};

bool stops_the_application(catalog::LockMode mode) {
  return catalog::conflict(mode, catalog::LockMode::kRowExclusive);
}

}  // namespace

RelationLeases::RelationLeases(const StepContext& context,
                               const std::vector<plan::LockClaim>& locks)
    : context_(context) {
  for (const plan::LockClaim& claim : locks) {
    if (!claim.relation.in_tenant() && stops_the_application(claim.mode)) {
      wanted_.push_back(context.render.name(claim.relation));
    }
  }
  std::sort(wanted_.begin(), wanted_.end());
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
}

RelationLeases::~RelationLeases() {
  try {
    release();
  } catch (const database::DatabaseError&) {
    // The session is lost, and its advisory locks with it.
  }
}

std::optional<Busy> RelationLeases::take() {
  const auto until = context_.clock.now() + kPatience;
  for (;;) {
    const std::optional<std::string> taken = try_all();
    if (!taken) {
      return std::nullopt;
    }
    if (context_.clock.now() >= until ||
        !context_.clock.sleep_for(kLookEvery, context_.stops.finish)) {
      return Busy{Busy::Why::kRelation,
                  fmt::format("steps of other tenants lock {} too, one after the other", *taken),
                  {}};
    }
  }
}

std::optional<std::string> RelationLeases::try_all() {
  while (held_ < wanted_.size()) {
    if (!context_.lease.try_take(*context_.session,
                                 {context_.ledger.schema(), 0, wanted_[held_]})) {
      std::string taken = wanted_[held_];
      release();
      return taken;
    }
    ++held_;
  }
  return std::nullopt;
}

void RelationLeases::release() {
  while (held_ > 0) {
    --held_;
    context_.lease.release(*context_.session, {context_.ledger.schema(), 0, wanted_[held_]});
  }
}

void RelationLeases::rest(core::Clock::Duration attempt) const {
  if (!wanted_.empty()) {
    [[maybe_unused]] const bool all =
        context_.clock.sleep_for(attempt * kRestFactor, context_.stops.finish);
  }
}

}  // namespace lockstep::execution
