#include "units.h"

#include <algorithm>

namespace lockstep::execution {
namespace {

/// Whether every step that the plain statement stands for comes next, and none has begun here.
bool direct_possible(const std::vector<StepItem>& items, std::size_t begin,
                     const plan::Direct& direct) {
  if (direct.replaces.empty() || begin + direct.replaces.size() > items.size()) {
    return false;
  }
  for (std::size_t i = 0; i < direct.replaces.size(); ++i) {
    const StepItem& item = items[begin + i];
    if (item.step->id != direct.replaces[i] || item.attempt > 0 ||
        item.step->phase != items[begin].step->phase) {
      return false;
    }
  }
  return true;
}

bool instant(const plan::Step& step) {
  const auto* body = std::get_if<plan::TransactionBody>(&step.body);
  return body != nullptr && !body->long_running && !step.rewrite && !step.scan && !step.direct;
}

std::set<plan::QualifiedName> relations_of(const plan::Step& step) {
  std::set<plan::QualifiedName> relations;
  for (const plan::LockClaim& claim : step.locks) {
    relations.insert(claim.relation);
  }
  for (const plan::LockClaim& claim : std::get<plan::TransactionBody>(step.body).lock_first) {
    relations.insert(claim.relation);
  }
  return relations;
}

/// Where a run of steps ends that may share a transaction. A later step's relations are among the
/// first one's: then LOCK names nothing that an earlier step of the run only creates, and no
/// relation is held for another's sake.
std::size_t merge_end(const std::vector<StepItem>& items, std::size_t begin) {
  const std::set<plan::QualifiedName> first = relations_of(*items[begin].step);
  std::size_t end = begin + 1;
  for (; end < items.size() && instant(*items[end].step); ++end) {
    const std::set<plan::QualifiedName> next = relations_of(*items[end].step);
    if (!std::includes(first.begin(), first.end(), next.begin(), next.end())) {
      break;
    }
  }
  return end;
}

Unit unit_of(std::vector<StepItem>& items, std::size_t begin, std::size_t end, Unit::How how) {
  Unit unit;
  unit.how = how;
  for (std::size_t i = begin; i < end; ++i) {
    unit.items.push_back(&items[i]);
  }
  return unit;
}

}  // namespace

Unit next_unit(std::vector<StepItem>& items, std::size_t begin, const Declined& declined,
               const ExecutionOptions& options) {
  const plan::Step& step = *items[begin].step;
  if (step.direct && options.locks.direct_below > 0 && !declined.direct.contains(step.id) &&
      direct_possible(items, begin, *step.direct)) {
    return unit_of(items, begin, begin + step.direct->replaces.size(), Unit::How::kDirect);
  }
  if (instant(step) && !declined.merged.contains(step.id)) {
    const std::size_t end = merge_end(items, begin);
    if (end > begin + 1) {
      return unit_of(items, begin, end, Unit::How::kMerged);
    }
  }
  return unit_of(items, begin, begin + 1, Unit::How::kSingle);
}

}  // namespace lockstep::execution
