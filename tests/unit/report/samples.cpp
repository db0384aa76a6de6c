#include "samples.h"

namespace lockstep::test {

using catalog::LockMode;

namespace {

core::QualifiedName in_tenant(const std::string& name) {
  return {std::string(core::kTenantSchema), name};
}

plan::Step backfill_step() {
  plan::Step step;
  step.id = "0007.2";
  step.migration = "0007";
  step.title = "backfill phone where it is null";
  plan::BackfillBody body;
  body.table = in_tenant("users");
  body.assignments = {{"phone", "gen_random_uuid()::text"}};
  body.predicate = "phone IS NULL";
  body.key = {"user_id"};
  step.body = body;
  step.locks = {{in_tenant("users"), LockMode::kRowExclusive}};
  step.estimate = {1.2e6, 25};
  step.undo.gives = plan::UndoGives::kExact;
  return step;
}

plan::Step validate_step() {
  plan::Step step = transaction_step("0007.3", "validate users_phone_nn", "users",
                                     LockMode::kShareUpdateExclusive);
  step.scan = true;
  step.estimate = {1.2e6, 2};
  return step;
}

plan::Step drop_step() {
  plan::Step step =
      transaction_step("0008.1", "drop column legacy_note", "users", LockMode::kAccessExclusive);
  step.migration = "0008";
  step.phase = core::Phase::kContract;
  step.undo = {};
  step.irreversible = true;
  step.note = "is contract because the deployed application reads it";
  return step;
}

plan::Hazard hazard() {
  plan::Hazard hazard;
  hazard.id = "add-column-volatile-default";
  hazard.verdict = plan::Verdict::kExpanded;
  hazard.migration = "0007";
  hazard.operation = "add_column";
  hazard.statement =
      "ALTER TABLE users\n  ADD COLUMN phone text NOT NULL DEFAULT gen_random_uuid()::text";
  hazard.where = {"migrations/0007_require_phone.sql", 2, 1};
  hazard.lock = plan::LockClaim{in_tenant("users"), LockMode::kAccessExclusive};
  hazard.rewrite = true;
  hazard.effect = "As written it rewrites users while nobody can read or write it.";
  hazard.remedy = "Staged: a nullable column, then its default, then the rows in batches.";
  return hazard;
}

}  // namespace

plan::Step transaction_step(const std::string& id, const std::string& title,
                            const std::string& table, LockMode mode) {
  plan::Step step;
  step.id = id;
  step.migration = id.substr(0, id.find('.'));
  step.title = title;
  step.body = plan::TransactionBody{{"ALTER TABLE ${schema}." + table}, {}, false};
  step.locks = {{in_tenant(table), mode}};
  step.undo.gives = plan::UndoGives::kExact;
  return step;
}

fleet::Planned planned() {
  fleet::Planned planned;
  plan::Plan& plan = planned.plan;
  plan.id = "4f1c9e2a0123456789";
  plan.lockstep_version = "0.1.0";
  plan.database = {"app", "123", 150018};
  plan.migrations = {
      {"0007", "require_phone", "migrations/0007_require_phone.sql", core::Scope::kTenant, "a"},
      {"0008", "drop_note", "migrations/0008_drop_note.sql", core::Scope::kTenant, "b"}};
  plan.hazards = {hazard()};
  plan::Step add =
      transaction_step("0007.1", "add column phone, nullable", "users", LockMode::kAccessExclusive);
  add.undo.gives = plan::UndoGives::kLosesNewData;
  add.direct =
      plan::Direct{{"ALTER TABLE ..."}, {}, {}, {"0007.1", "0007.2", "0007.3"}, in_tenant("users")};
  plan::Cohort largest{"A", core::Scope::kTenant, "f1", {"acme", "beta"}, {}, {}};
  largest.steps = {add, backfill_step(), validate_step(), drop_step()};
  plan::Cohort other{"B", core::Scope::kTenant, "f2", {"globex"}, {"lacks index users_email_idx"},
                     {}};
  other.steps = {add, backfill_step(), drop_step()};
  plan.cohorts = {largest, other};
  planned.tenants = 4;
  planned.current = 1;
  return planned;
}

}  // namespace lockstep::test
