#include "json_writer.h"

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/core/sha256.h"

namespace lockstep::plan {

namespace {

template <typename Value, typename ToTree>
Json array_of(const std::vector<Value>& values, ToTree to_tree) {
  auto array = Json::array();
  for (const auto& value : values) array.push_back(to_tree(value));
  return array;
}

Json lock_tree(const LockClaim& lock) {
  return Json::object(
      {{"relation", name_text(lock.relation)}, {"mode", catalog::to_string(lock.mode)}});
}

Json locks_tree(const std::vector<LockClaim>& locks) {
  return array_of(locks, lock_tree);
}

Json hazard_tree(const Hazard& hazard) {
  return Json::object({
      {"id", hazard.id},
      {"severity", severity(hazard.verdict)},
      {"migration", hazard.migration},
      {"file", hazard.where.file},
      {"line", hazard.where.line},
      {"column", hazard.where.column},
      {"statement", hazard.statement},
      {"operation", hazard.operation},
      {"lock", hazard.lock ? lock_tree(*hazard.lock) : Json()},
      {"rewrite", hazard.rewrite},
      {"scan", hazard.scan},
      {"blocks", blocked_by(hazard.lock)},
      {"verdict", to_string(hazard.verdict)},
      {"effect", hazard.effect},
      {"remedy", hazard.remedy},
      {"reason", hazard.reason},
  });
}

Json direct_tree(const std::optional<Direct>& direct) {
  if (!direct) return {};
  return Json::object({
      {"table", name_text(direct->table)},
      {"sql", direct->sql},
      {"lock_first", locks_tree(direct->lock_first)},
      {"locks", locks_tree(direct->locks)},
      {"replaces", direct->replaces},
  });
}

Json keep_tree(const Keep& keep) {
  return Json::object({
      {"table", name_text(keep.table)},
      {"column", keep.column},
      {"kept_as", name_text(keep.kept_as)},
      {"column_as", keep.column_as},
      {"seconds", keep.seconds},
      {"together", keep.together},
  });
}

Json touch_tree(const Touch& touch) {
  return Json::object({
      {"how", to_string(touch.how)},
      {"kind", touch.kind},
      {"name", name_text(touch.name)},
      {"sub_name", touch.sub_name},
  });
}

/// What only some kinds of steps have. Every step has all of these keys; what its kind lacks is
/// empty, false or null.
struct BodyTrees {
  std::vector<std::string> sql;
  std::vector<LockClaim> lock_first;
  bool long_running = false;
  bool alone = false;
  Json concurrent;
  Json backfill;
  Json expect;
  Json gate;
};

struct ToBodyTrees {
  BodyTrees operator()(const TransactionBody& body) const {
    return {.sql = body.sql,
            .lock_first = body.lock_first,
            .long_running = body.long_running,
            .alone = body.alone};
  }

  BodyTrees operator()(const ConcurrentBody& body) const {
    return {.sql = {body.sql},
            .concurrent = Json::object({
                {"action", to_string(body.kind)},
                {"index", name_text(body.index)},
                {"table", name_text(body.table)},
                {"unique", body.unique},
            })};
  }

  BodyTrees operator()(const BackfillBody& body) const {
    auto assignments = array_of(body.assignments, [](const BackfillBody::Assignment& assignment) {
      return Json::object({{"column", assignment.column}, {"value", assignment.value}});
    });
    return {.backfill = Json::object({
                {"action", body.is_delete ? "delete" : "update"},
                {"table", name_text(body.table)},
                {"alias", body.alias},
                {"assignments", std::move(assignments)},
                {"predicate", body.predicate},
                {"remaining", body.remaining},
                {"key", body.key},
                {"key_types", body.key_types},
                {"key_grows", body.key_grows},
            })};
  }

  BodyTrees operator()(const CheckBody& body) const {
    return {.sql = {body.query},
            .expect = Json::object({
                {"failure", body.failure},
                {"hint", body.hint},
                {"sqlstate", body.sqlstate},
            })};
  }

  BodyTrees operator()(const GateBody& body) const {
    return {.gate = Json::object({{"reason", body.reason}, {"query", body.query}})};
  }
};

double finite(double number) {
  if (!std::isfinite(number)) throw std::logic_error("an estimate is no finite number");
  return number;
}

Json step_tree(const Step& step) {
  auto body = std::visit(ToBodyTrees(), step.body);
  Json tree = Json::object({
      {"id", step.id},
      {"migration", step.migration},
      {"operation", step.operation},
      {"phase", core::to_string(step.phase)},
      {"kind", kind_name(step.body)},
      {"title", step.title},
      {"sql", body.sql},
      {"lock_first", locks_tree(body.lock_first)},
      {"long_running", body.long_running},
      {"alone", body.alone},
      {"locks", locks_tree(step.locks)},
      {"rewrite", step.rewrite},
      {"scan", step.scan},
      {"direct", direct_tree(step.direct)},
      {"concurrent", std::move(body.concurrent)},
      {"backfill", std::move(body.backfill)},
      {"expect", std::move(body.expect)},
      {"gate", std::move(body.gate)},
      {"done_when", step.done_when},
      {"cleanup", step.cleanup},
      {"undo", step.undo.sql},
      {"undo_gives", to_string(step.undo.gives)},
      {"undo_concurrent", step.undo.concurrent},
      {"undo_loses", step.undo.loses},
      {"irreversible", step.irreversible},
      {"touches", array_of(step.touches, touch_tree)},
      {"note", step.note},
      {"estimate", Json::object({{"rows", finite(step.estimate.rows)},
                                 {"seconds", finite(step.estimate.seconds)}})},
  });
  if (!step.undo.former.empty()) tree["undo_former"] = step.undo.former;
  if (!step.undo.locks.empty()) {
    tree["undo_locks"] = locks_tree(step.undo.locks);
    tree["undo_lock_first"] = locks_tree(step.undo.lock_first);
  }
  if (step.keeps) tree["keeps"] = keep_tree(*step.keeps);
  if (!step.restore.empty()) tree["restore"] = without_estimates(steps_tree(step.restore));
  return tree;
}

Json migration_tree(const PlannedMigration& migration) {
  return Json::object({
      {"version", migration.version},
      {"name", migration.name},
      {"file", migration.file},
      {"scope", core::to_string(migration.scope)},
      {"checksum", migration.checksum},
  });
}

Json cohort_tree(const Cohort& cohort) {
  return Json::object({
      {"id", cohort.id},
      {"scope", core::to_string(cohort.scope)},
      {"fingerprint", cohort.fingerprint},
      {"tenants", cohort.tenants},
      {"differs", cohort.differs},
      {"steps", steps_tree(cohort.steps)},
  });
}

Json refused_tree(const RefusedTenants& refused) {
  return Json::object({
      {"tenants", refused.tenants},
      {"differs", refused.differs},
      {"reasons", array_of(refused.reasons,
                           [](const core::Problem& reason) {
                             return Json::object({
                                 {"file", reason.where.file},
                                 {"line", reason.where.line},
                                 {"column", reason.where.column},
                                 {"message", reason.message},
                                 {"remedy", reason.remedy},
                             });
                           })},
  });
}

Json half_way_tree(const HalfWayTenant& tenant) {
  return Json::object({
      {"tenant", tenant.tenant},
      {"expand", tenant.expand},
      {"contract", tenant.contract},
  });
}

}  // namespace

std::vector<std::string> blocked_by(const std::optional<LockClaim>& lock) {
  std::vector<std::string> blocked;
  if (lock && catalog::blocks_reads(lock->mode)) blocked.emplace_back("reads");
  if (lock && catalog::blocks_writes(lock->mode)) blocked.emplace_back("writes");
  return blocked;
}

std::string name_text(const QualifiedName& name) {
  if (!name.schema.empty()) return core::display(name);
  return name.name.empty() ? std::string() : "\"\"." + core::display(name);
}

Json hazards_tree(const std::vector<Hazard>& hazards) {
  return array_of(hazards, hazard_tree);
}

Json steps_tree(const std::vector<Step>& steps) {
  return array_of(steps, step_tree);
}

Json plan_tree(const Plan& plan) {
  auto tree = Json::object({
      {"format", Plan::kFormat},
      {"id", plan.id},
      {"lockstep_version", plan.lockstep_version},
      {"database", Json::object({
                       {"name", plan.database.name},
                       {"system_identifier", plan.database.system_identifier},
                       {"server_version", plan.database.server_version},
                   })},
      {"migrations", array_of(plan.migrations, migration_tree)},
      {"hazards", hazards_tree(plan.hazards)},
      {"cohorts", array_of(plan.cohorts, cohort_tree)},
  });
  if (!plan.refused.empty()) tree["refused"] = array_of(plan.refused, refused_tree);
  if (!plan.half_way.empty()) tree["half_way"] = array_of(plan.half_way, half_way_tree);
  return tree;
}

std::string text_of(const Json& tree, int indent) {
  try {
    return tree.dump(indent);
  } catch (const Json::type_error& error) {
    throw std::logic_error(std::string("a plan holds text that is not UTF-8: ") + error.what());
  }
}

std::string canonical(const Json& tree) {
  return text_of(tree, 2) + "\n";
}

Json without_estimates(Json steps) {
  for (auto& step : steps) step.erase("estimate");
  return steps;
}

std::string content_id(Json plan) {
  plan.erase("id");
  plan.erase("half_way");
  for (auto& cohort : plan.at("cohorts")) {
    cohort.at("steps") = without_estimates(std::move(cohort.at("steps")));
  }
  return core::sha256_hex(canonical(plan));
}

std::string to_json(const Plan& plan) {
  return canonical(plan_tree(plan));
}

void seal(Plan& plan) {
  plan.id = content_id(plan_tree(plan));
}

std::string hazards_to_json(const std::vector<Hazard>& hazards) {
  return text_of(hazards_tree(hazards), 2);
}

}  // namespace lockstep::plan
