#include "sequences/steps.h"

#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using plan::LockClaim;
using plan::Step;
using plan::Touch;
using plan::Undo;
using plan::UndoGives;

Step Maker::base(core::Phase natural, std::string title, const std::vector<LockClaim>& locks,
                 Undo undo, std::vector<Touch> touches) const {
  Step step;
  step.operation = operation.name();
  step.phase = phase_of(operation, context, natural);
  step.title = std::move(title);
  step.locks = merge(locks);
  step.undo = std::move(undo);
  step.touches = std::move(touches);
  return step;
}

Step Maker::transaction(core::Phase natural, std::string title, std::vector<std::string> sql,
                        const std::vector<LockClaim>& locks, Undo undo,
                        std::vector<Touch> touches) const {
  Step step = base(natural, std::move(title), locks, std::move(undo), std::move(touches));
  step.body = plan::TransactionBody{std::move(sql), lockable(context.catalog, step.locks), false};
  return step;
}

Step Maker::scan(core::Phase natural, std::string title, std::vector<std::string> sql,
                 const std::vector<LockClaim>& locks, Undo undo, std::vector<Touch> touches) const {
  Step step = base(natural, std::move(title), locks, std::move(undo), std::move(touches));
  step.body = plan::TransactionBody{std::move(sql), lockable(context.catalog, step.locks), true};
  step.scan = true;
  return step;
}

Step Maker::check(core::Phase natural, std::string title, plan::CheckBody body,
                  const std::vector<LockClaim>& locks, std::vector<Touch> touches) const {
  Step step = base(natural, std::move(title), locks, undo_exact(), std::move(touches));
  step.body = std::move(body);
  step.scan = true;
  return step;
}

Step Maker::backfill(core::Phase natural, std::string title, plan::BackfillBody body, Undo undo,
                     std::vector<Touch> touches) const {
  const catalog::Relation* table = context.catalog.find(body.table);
  const catalog::LockMode mode = catalog::LockMode::kRowExclusive;
  Step step = base(
      natural, std::move(title),
      table ? family(context.catalog, *table, mode) : std::vector<LockClaim>{{body.table, mode}},
      std::move(undo), std::move(touches));
  step.body = std::move(body);
  return step;
}

Step Maker::concurrent(core::Phase natural, std::string title, plan::ConcurrentBody body,
                       const std::vector<LockClaim>& locks, Undo undo,
                       std::vector<Touch> touches) const {
  Step step = base(natural, std::move(title), locks, std::move(undo), std::move(touches));
  step.body = std::move(body);
  step.scan = true;
  return step;
}

Undo undo_exact(std::vector<std::string> sql) {
  return {UndoGives::kExact, std::move(sql), false, {}};
}

Undo undo_exact(std::vector<std::string> sql, std::vector<std::string> former) {
  return {UndoGives::kExact, std::move(sql), false, {}, std::move(former)};
}

Undo undo_loses(std::string loses, std::vector<std::string> sql) {
  return {UndoGives::kLosesNewData, std::move(sql), false, std::move(loses)};
}

Undo undo_structure_only(std::string stays) {
  return {UndoGives::kStructureOnly, {}, false, std::move(stays)};
}

Undo undo_none(std::string loses) {
  return {UndoGives::kNone, {}, false, std::move(loses)};
}

std::string alter_table(const catalog::QualifiedName& table, const std::string& action) {
  return fmt::format("ALTER TABLE {} {}", sql::quote(table), action);
}

void attach_direct(std::vector<Step>& steps, std::size_t first, std::size_t last,
                   std::vector<std::string> sql, const std::vector<LockClaim>& locks,
                   const catalog::QualifiedName& table, const Context& context) {
  plan::Direct direct;
  direct.sql = std::move(sql);
  direct.locks = merge(locks);
  direct.lock_first = lockable(context.catalog, direct.locks);
  direct.table = table;
  for (std::size_t i = first; i <= last; ++i) {
    if (steps[i].phase != steps[first].phase) return;
    direct.replaces.push_back(std::to_string(i + 1));
  }
  steps[first].direct = std::move(direct);
}

std::vector<Step> in_order(std::vector<Step> first, std::vector<Step> second) {
  const std::size_t before = first.size();
  for (Step& step : second) {
    if (step.direct) {
      for (std::string& replaced : step.direct->replaces) {
        replaced = std::to_string(std::stoul(replaced) + before);
      }
    }
    first.push_back(std::move(step));
  }
  return first;
}

}  // namespace lockstep::operations
