#include "preflight.h"

#include "tests/support/catch.h"

using namespace lockstep;
using database::Need;
using What = Need::What;
using How = plan::Touch::How;

namespace {

const core::QualifiedName kUsers{std::string(core::kTenantSchema), "users"};
const core::QualifiedName kPlans{"billing", "plans"};
const core::QualifiedName kTenant{std::string(core::kTenantSchema), ""};
const core::QualifiedName kBilling{"billing", ""};

plan::Step step(const std::string& id, const std::string& operation, plan::StepBody body,
                std::vector<plan::Touch> touches, std::vector<plan::LockClaim> locks = {}) {
  plan::Step result;
  result.id = id;
  result.operation = operation;
  result.body = std::move(body);
  result.touches = std::move(touches);
  result.locks = std::move(locks);
  return result;
}

/// "what schema.name step", sorted as they are found.
std::vector<std::tuple<What, core::QualifiedName, std::string>> needs(
    const std::vector<plan::Step>& steps) {
  std::vector<const plan::Step*> pointers;
  for (const plan::Step& each : steps) pointers.push_back(&each);
  std::vector<std::tuple<What, core::QualifiedName, std::string>> result;
  for (const Need& need : fleet::needs_of(pointers)) {
    result.emplace_back(need.what, need.object, need.step);
  }
  return result;
}

using Expected = std::vector<std::tuple<What, core::QualifiedName, std::string>>;

}  // namespace

TEST_CASE("who changes a table's structure owns it, once for all steps") {
  CHECK(needs({step("1.1", "add_column", plan::TransactionBody{},
                    {{How::kCreates, "column", kUsers, "phone"}}),
               step("1.2", "add_column", plan::TransactionBody{},
                    {{How::kChanges, "column", kUsers, "phone"}})}) ==
        Expected{{What::kOwn, kUsers, "1.1"}, {What::kUseSchema, kTenant, "1.1"}});
}

TEST_CASE("an index is created in its table's schema by the table's owner") {
  plan::ConcurrentBody build;
  build.index = {kUsers.schema, "users_idx"};
  build.table = kUsers;
  CHECK(needs({step(
            "1.1", "create_index", build,
            {{How::kNeeds, "relation", kUsers, {}}, {How::kCreates, "index", build.index, {}}})}) ==
        Expected{{What::kOwn, kUsers, "1.1"},
                 {What::kUseSchema, kTenant, "1.1"},
                 {What::kCreateInSchema, kTenant, "1.1"}});
}

TEST_CASE("a foreign key refers to a table that somebody else may own") {
  using catalog::LockMode;
  CHECK(needs({step(
            "1.1", "add_foreign_key", plan::TransactionBody{},
            {{How::kCreates, "constraint", kUsers, "users_plan_fkey"}},
            {{kUsers, LockMode::kShareRowExclusive}, {kPlans, LockMode::kShareRowExclusive}})}) ==
        Expected{{What::kOwn, kUsers, "1.1"},
                 {What::kUseSchema, kTenant, "1.1"},
                 {What::kReferences, kPlans, "1.1"},
                 {What::kUseSchema, kBilling, "1.1"}});
}

TEST_CASE("what is locked first is locked by its name, which an owner may") {
  using catalog::LockMode;
  plan::TransactionBody body;
  body.lock_first = {{kPlans, LockMode::kShareRowExclusive}, {kUsers, LockMode::kAccessExclusive}};
  CHECK(needs({step("1.1", "add_foreign_key", body,
                    {{How::kCreates, "constraint", kUsers, "users_plan_fkey"}})}) ==
        Expected{{What::kLock, kPlans, "1.1"},
                 {What::kUseSchema, kBilling, "1.1"},
                 {What::kUseSchema, kTenant, "1.1"},
                 {What::kOwn, kUsers, "1.1"}});
}

TEST_CASE("rows are read and written, not owned") {
  plan::BackfillBody backfill;
  backfill.table = kUsers;
  CHECK(
      needs({step("1.1", "update_rows", backfill, {{How::kChanges, "column", kUsers, "email"}})}) ==
      Expected{{What::kSelect, kUsers, "1.1"},
               {What::kUseSchema, kTenant, "1.1"},
               {What::kUpdate, kUsers, "1.1"}});
  CHECK(needs({step("1.1", "insert_rows", plan::TransactionBody{}, {},
                    {{kUsers, catalog::LockMode::kRowExclusive}})}) ==
        Expected{{What::kInsert, kUsers, "1.1"}, {What::kUseSchema, kTenant, "1.1"}});
}

TEST_CASE("a check reads all the tables that it asks about") {
  using catalog::LockMode;
  CHECK(needs({step("1.1", "add_foreign_key", plan::CheckBody{},
                    {{How::kNeeds, "column", kUsers, "plan"}},
                    {{kPlans, LockMode::kAccessShare}, {kUsers, LockMode::kAccessShare}})}) ==
        Expected{{What::kSelect, kPlans, "1.1"},
                 {What::kUseSchema, kBilling, "1.1"},
                 {What::kSelect, kUsers, "1.1"},
                 {What::kUseSchema, kTenant, "1.1"}});
}

TEST_CASE("reading a table's structure needs nothing") {
  CHECK(needs({step("1.1", "create_view", plan::TransactionBody{},
                    {{How::kNeeds, "relation", kUsers, {}}})})
            .empty());
}

TEST_CASE("an apply that must not begin counts tenants, not lacks") {
  fleet::Survey survey;
  survey.tenants = {"a", "b", "c"};
  const fleet::ApplyResult result =
      fleet::not_begun(survey, {{"a", "1.1", "table users", "no owner", "GRANT"},
                                {"a", "1.2", "schema a", "no create", "GRANT"},
                                {"", "", "database d", "no ledger", "GRANT"}});
  CHECK(result.outcome == fleet::ApplyOutcome::kFailed);
  CHECK(result.run == 0);
  CHECK(result.tenants.total == 3);
  CHECK(result.tenants.failed == 1);
  CHECK(result.tenants.not_started == 2);
  REQUIRE(result.failures.size() == 3);
  CHECK(result.failures[0].failure.sqlstate == "42501");
}
