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
  return body != nullptr && !body->alone && !body->long_running && !step.rewrite && !step.scan &&
         !step.direct;
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

bool names_a_relation(const plan::Touch& touch) {
  return touch.kind == "relation" &&
         (touch.how == plan::Touch::How::kCreates || touch.how == plan::Touch::How::kRenames);
}

/// What steps of a run lock, and what only exists, under that name, because of them.
struct Run {
  std::set<plan::QualifiedName> locked;
  std::set<plan::QualifiedName> made;
  bool unknown = false;  ///< a step of it does not say what it touches

  void add(const plan::Step& step) {
    locked.merge(relations_of(step));
    unknown = unknown || step.touches.empty();
    for (const plan::Touch& touch : step.touches) {
      if (names_a_relation(touch)) {
        made.insert(touch.name);
      }
    }
  }
};

/// A later step's relations are among those of the run: no relation is held for another's sake.
bool on_the_same(const Run& run, const std::set<plan::QualifiedName>& relations) {
  return std::includes(run.locked.begin(), run.locked.end(), relations.begin(), relations.end());
}

/// All of it can be locked before the first statement, and nobody but the tenant waits for it.
bool lockable_at_once(const Run& run, const std::set<plan::QualifiedName>& relations) {
  return !run.unknown &&
         std::all_of(relations.begin(), relations.end(), [&](const plan::QualifiedName& relation) {
           return relation.in_tenant() && !run.made.contains(relation);
         });
}

using MayJoin = bool (*)(const Run& run, const std::set<plan::QualifiedName>& relations);

/// Where a run of instant steps ends that may share a transaction.
std::size_t merge_end(const std::vector<StepItem>& items, std::size_t begin, MayJoin may_join) {
  Run run;
  run.add(*items[begin].step);
  std::size_t end = begin + 1;
  for (; end < items.size() && instant(*items[end].step); ++end) {
    if (!may_join(run, relations_of(*items[end].step))) {
      break;
    }
    run.add(*items[end].step);
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
    const std::size_t same = merge_end(items, begin, on_the_same);
    const bool alone =
        declined.across.contains(step.id) || !lockable_at_once({}, relations_of(step));
    const std::size_t across = alone ? same : merge_end(items, begin, lockable_at_once);
    if (across > same) {
      return unit_of(items, begin, across, Unit::How::kAcross);
    }
    if (same > begin + 1) {
      return unit_of(items, begin, same, Unit::How::kMerged);
    }
  }
  return unit_of(items, begin, begin + 1, Unit::How::kSingle);
}

}  // namespace lockstep::execution
