#include "kept_work.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "lockstep/plan/kept.h"

namespace lockstep::execution {

using database::KeptObject;
using database::Session;
using database::StandingMigration;

namespace {

std::string shown(const KeptObject& kept) {
  return core::display(kept.table) + (kept.column.empty() ? "" : "." + kept.column);
}

/// Its names are the database's own, and no placeholders.
plan::Step purge_step(const Session& session, const KeptObject& kept) {
  const bool table = kept.column.empty();
  plan::Step step;
  step.id = kept.step;
  step.migration = kept.migration;
  step.operation = table ? "drop_table" : "drop_column";
  step.phase = core::Phase::kContract;
  step.title = "purge " + shown(kept);
  plan::TransactionBody body;
  if (kept.found) {
    const std::string relation = session.quote_identifier(kept.kept_as.schema) + "." +
                                 session.quote_identifier(kept.kept_as.name);
    body.sql.push_back(table ? "DROP TABLE " + relation
                             : fmt::format("ALTER TABLE {} DROP COLUMN {}", relation,
                                           session.quote_identifier(kept.column_as)));
    body.lock_first = {{kept.kept_as, catalog::LockMode::kAccessExclusive}};
    step.locks = body.lock_first;
  }
  step.body = std::move(body);
  return step;
}

}  // namespace

KeptWork::KeptWork(database::Ledger& ledger, Session& session, database::TenantId tenant,
                   const GraceWork& wanted, const StoredList& stored_list) {
  std::vector<KeptObject> all = ledger.kept(session, tenant);
  std::erase_if(all, [&](const KeptObject& kept) { return !wanted.steps.contains(kept.step); });
  if (wanted.what == GraceWork::What::kPurge) {
    for (const KeptObject& kept : all) {
      remove(session, kept);
    }
    return;
  }
  const std::vector<StandingMigration> standing =
      all.empty() ? std::vector<StandingMigration>{} : ledger.standing(session, tenant);
  for (const KeptObject& kept : all) {
    restore(kept, standing, wanted.fill, stored_list);
  }
}

void KeptWork::remove(const Session& session, const KeptObject& kept) {
  if (kept.restored > 0) {
    forbidden_ =
        database::Failure{{},
                          fmt::format("another run has begun to bring {} back", shown(kept)),
                          "finish that first: lockstep purge --restore " + shown(kept),
                          {}};
    return;
  }
  steps_.push_back(purge_step(session, kept));
  ordinals_.push_back(1);
}

void KeptWork::restore(const KeptObject& kept, const std::vector<StandingMigration>& standing,
                       const std::string& fill, const StoredList& stored_list) {
  const auto migration =
      std::find_if(standing.begin(), standing.end(),
                   [&](const StandingMigration& each) { return each.migration == kept.migration; });
  const StepList list = migration == standing.end() || migration->step_list.empty()
                            ? nullptr
                            : stored_list(migration->step_list);
  const plan::Step* step = nullptr;
  if (list) {
    const auto found = std::find_if(list->begin(), list->end(),
                                    [&](const plan::Step& each) { return each.id == kept.step; });
    step = found == list->end() ? nullptr : &*found;
  }
  if (step == nullptr) {
    forbidden_ = database::Failure{
        {},
        fmt::format("the ledger has forgotten how to bring {} back: migration {} is gone from it",
                    shown(kept), kept.migration),
        fmt::format("it is still there, as {}{}", core::display(kept.kept_as),
                    kept.column.empty() ? "" : "." + kept.column_as),
        {}};
    return;
  }
  const auto former = migration->former.find(step->id);
  std::vector<plan::Step> parts = plan::restore_parts(
      *step, fill, former == migration->former.end() ? std::vector<std::string>{} : former->second);
  parts_[step->id] = static_cast<int>(parts.size());
  for (std::size_t i = static_cast<std::size_t>(kept.restored); i < parts.size(); ++i) {
    steps_.push_back(std::move(parts[i]));
    ordinals_.push_back(static_cast<int>(i) + 1);
  }
}

std::map<std::string, int> KeptWork::put_into(Agenda& agenda) const {
  std::vector<StepItem> items;
  for (const int ordinal : ordinals_) {
    StepItem item;
    item.ordinal = ordinal;
    item.attempt = 1;  // the step's record is there: it is done
    items.push_back(item);
  }
  agenda.put(std::make_shared<const std::vector<plan::Step>>(steps_), std::move(items));
  return parts_;
}

}  // namespace lockstep::execution
