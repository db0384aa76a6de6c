#include "preflight.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <variant>

#include <fmt/format.h>

namespace lockstep::fleet {

using catalog::LockMode;
using core::QualifiedName;
using database::Lack;
using database::Need;
using What = database::Need::What;

namespace {

/// Collects needs, each with the first step that has it.
class Needed {
 public:
  std::vector<Need> of(const std::vector<const plan::Step*>& steps) {
    for (const plan::Step* step : steps) {
      step_ = step;
      look_at_body();
      look_at_touches();
      look_at_references();
    }
    // Whoever owns a table may do all of it.
    needs_.erase(
        std::remove_if(
            needs_.begin(), needs_.end(),
            [&](const Need& need) {
              return need.what != What::kOwn && seen_.count({What::kOwn, need.object}) != 0;
            }),
        needs_.end());
    return std::move(needs_);
  }

 private:
  void add(What what, const QualifiedName& object) {
    if (object.schema.empty()) {
      return;  // nobody resolved it, so nobody knows where it is
    }
    if (seen_.emplace(what, object).second) {
      needs_.push_back({what, object, step_->id});
    }
    const QualifiedName schema{object.schema, {}};
    if (seen_.emplace(What::kUseSchema, schema).second) {
      needs_.push_back({What::kUseSchema, schema, step_->id});
    }
  }

  bool changes_rows() const {
    return step_->operation == "insert_rows" || step_->operation == "update_rows" ||
           step_->operation == "delete_rows";
  }

  void add_locks(const std::vector<plan::LockClaim>& locks) {
    for (const plan::LockClaim& lock : locks) {
      add(What::kLock, lock.relation);
    }
  }

  void look_at_body() {
    if (const auto* transaction = std::get_if<plan::TransactionBody>(&step_->body)) {
      add_locks(transaction->lock_first);
    }
    if (step_->direct) {
      add_locks(step_->direct->lock_first);
    }
    if (const auto* backfill = std::get_if<plan::BackfillBody>(&step_->body)) {
      add(What::kSelect, backfill->table);
      add(backfill->is_delete ? What::kDelete : What::kUpdate, backfill->table);
    } else if (const auto* concurrent = std::get_if<plan::ConcurrentBody>(&step_->body)) {
      add(What::kOwn, concurrent->table);
    } else if (std::holds_alternative<plan::CheckBody>(step_->body)) {
      for (const plan::LockClaim& lock : step_->locks) {
        add(What::kSelect, lock.relation);
      }
    } else if (changes_rows()) {
      for (const plan::LockClaim& lock : step_->locks) {
        if (lock.mode == LockMode::kRowExclusive) {
          add(step_->operation == "insert_rows"   ? What::kInsert
              : step_->operation == "update_rows" ? What::kUpdate
                                                  : What::kDelete,
              lock.relation);
        }
      }
    }
  }

  void look_at_touches() {
    if (changes_rows()) {
      return;
    }
    using How = plan::Touch::How;
    for (const plan::Touch& touch : step_->touches) {
      const bool creates = touch.how == How::kCreates;
      if (touch.how == How::kNeeds) {
        continue;
      }
      if (touch.kind == "column" || touch.kind == "constraint") {
        add(What::kOwn, touch.name);
      } else if (touch.kind == "trigger") {
        add(creates ? What::kTrigger : What::kOwn, touch.name);
      } else if (creates) {
        add(What::kCreateInSchema, {touch.name.schema, {}});
      } else if (touch.kind == "relation" || touch.kind == "index") {
        add(What::kOwn, touch.name);
      }
    }
  }

  /// The other end of a new foreign key is locked so that no trigger of it fires meanwhile.
  void look_at_references() {
    const bool may_refer = step_->operation == "add_foreign_key" ||
                           step_->operation == "create_table" || step_->operation == "add_column";
    if (!may_refer) {
      return;
    }
    for (const plan::LockClaim& lock : step_->locks) {
      const bool own =
          std::any_of(step_->touches.begin(), step_->touches.end(), [&](const plan::Touch& touch) {
            return touch.how != plan::Touch::How::kNeeds && touch.name == lock.relation;
          });
      if (!own && lock.mode == LockMode::kShareRowExclusive) {
        add(What::kReferences, lock.relation);
      }
    }
  }

  const plan::Step* step_ = nullptr;
  std::set<std::pair<What, QualifiedName>> seen_;
  std::vector<Need> needs_;
};

/// A lack in words, with the statement that mends it.
class Words {
 public:
  Words(const database::Session& session, const database::Rights& rights)
      : session_(session), rights_(rights), role_(quoted(rights.role)) {}

  PreflightFailure failure(const Lack& lack) const {
    PreflightFailure failure;
    failure.tenant = lack.tenant;
    failure.step = lack.need.step;
    failure.object = object(lack);
    failure.message = message(lack);
    failure.remedy = remedy(lack);
    return failure;
  }

 private:
  std::string quoted(const std::string& name) const { return session_.quote_identifier(name); }

  std::string full(const Lack& lack) const {
    const QualifiedName& name = lack.need.object;
    return name.name.empty() ? quoted(name.schema) : quoted(name.schema) + "." + quoted(name.name);
  }

  std::string object(const Lack& lack) const {
    const QualifiedName& name = lack.need.object;
    if (lack.need.what == What::kCreateSchema) {
      return "database " + rights_.database;
    }
    if (name.name.empty()) {
      return "schema " + name.schema;
    }
    return "table " + (name.schema == lack.tenant ? name.name : core::display(name));
  }

  /// The same for all tenants that lack the same.
  std::string message(const Lack& lack) const {
    const bool ledger = lack.need.step.empty();
    std::string what;
    switch (lack.need.what) {
      case What::kOwn:
        return fmt::format("role {} is not a member of {}, who owns {}", rights_.role, lack.owner,
                           object(lack));
      case What::kCreateSchema:
        return fmt::format("role {} may not create schema {} for the ledger in {}", rights_.role,
                           lack.need.object.schema, object(lack));
      case What::kUseSchema:
        what = "use";
        break;
      case What::kCreateInSchema:
        what = "create anything in";
        break;
      case What::kSelect:
        what = "read";
        break;
      case What::kInsert:
        what = "insert into";
        break;
      case What::kUpdate:
        what = "update";
        break;
      case What::kDelete:
        what = "delete from";
        break;
      case What::kTrigger:
        what = "create triggers on";
        break;
      case What::kReferences:
        what = "refer to";
        break;
      case What::kLock:
        return fmt::format("role {} may not lock {}, which takes UPDATE, DELETE or TRUNCATE on it",
                           rights_.role, object(lack));
    }
    const bool own_schema = lack.need.object.name.empty() && !lack.tenant.empty() &&
                            lack.need.object.schema == lack.tenant;
    return fmt::format("role {} may not {} {}{}", rights_.role, what,
                       own_schema ? "the tenant's schema" : object(lack),
                       ledger ? ", which holds the ledger" : "");
  }

  std::string remedy(const Lack& lack) const {
    switch (lack.need.what) {
      case What::kOwn:
        return fmt::format(
            "GRANT {} TO {}; or ALTER TABLE {} OWNER TO {}; or name the owner with `role:` in "
            "lockstep.yaml",
            quoted(lack.owner), role_, full(lack), role_);
      case What::kCreateSchema:
        return fmt::format(
            "GRANT CREATE ON DATABASE {} TO {}; or, as somebody who may: CREATE SCHEMA {} "
            "AUTHORIZATION {}; or name another schema with `ledger_schema:` in lockstep.yaml",
            quoted(rights_.database), role_, full(lack), role_);
      case What::kUseSchema:
        return fmt::format("GRANT USAGE ON SCHEMA {} TO {}", full(lack), role_);
      case What::kCreateInSchema:
        return fmt::format("GRANT CREATE ON SCHEMA {} TO {}", full(lack), role_);
      case What::kSelect:
        return grant("SELECT", lack);
      case What::kInsert:
        return grant("INSERT", lack);
      case What::kUpdate:
        return grant("UPDATE", lack);
      case What::kDelete:
        return grant("DELETE", lack);
      case What::kTrigger:
        return grant("TRIGGER", lack);
      case What::kReferences:
        return grant("REFERENCES", lack);
      case What::kLock:
        return grant("UPDATE", lack);
    }
    return {};
  }

  std::string grant(const char* privilege, const Lack& lack) const {
    return fmt::format("GRANT {} ON {} TO {}", privilege, full(lack), role_);
  }

  const database::Session& session_;
  const database::Rights& rights_;
  std::string role_;
};

}  // namespace

std::vector<Need> needs_of(const std::vector<const plan::Step*>& steps) {
  return Needed().of(steps);
}

std::vector<PreflightFailure> preflight(const Ports& ports, const database::Session& session,
                                        database::CatalogReader& catalog,
                                        const std::vector<PreflightWork>& works) {
  std::vector<database::Needs> needs;
  for (const PreflightWork& work : works) {
    if (!work.tenants.empty() && !work.steps.empty()) {
      needs.push_back({work.tenants, needs_of(work.steps)});
    }
  }
  std::vector<PreflightFailure> failures;
  if (needs.empty()) {
    return failures;
  }
  const database::Rights rights = catalog.rights(needs, ports.ledger.schema());
  const Words words(session, rights);
  for (const Lack& lack : rights.lacks) {
    failures.push_back(words.failure(lack));
  }
  return failures;
}

ApplyResult not_begun(const Survey& survey, std::vector<PreflightFailure> failures) {
  ApplyResult result;
  result.outcome = ApplyOutcome::kFailed;
  std::set<std::string> failing;
  for (const PreflightFailure& failure : failures) {
    if (!failure.step.empty()) {
      failing.insert(failure.tenant);
    }
    TenantFailure told;
    told.tenant = failure.tenant;
    told.step = failure.step;
    told.outcome = execution::TenantOutcome::kFailed;
    told.failure.sqlstate = failure.sqlstate;
    told.failure.message = failure.message;
    told.failure.hint = failure.remedy;
    result.failures.push_back(std::move(told));
  }
  result.preflight = std::move(failures);
  failing.erase(std::string(database::kSharedTenant));
  result.tenants.total = survey.tenants.size();
  result.tenants.failed = failing.size();
  result.tenants.not_started = survey.tenants.size() - failing.size();
  return result;
}

}  // namespace lockstep::fleet
