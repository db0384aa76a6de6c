#include "lockstep/plan/undo_step.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

using catalog::LockMode;
using plan::Step;
using plan::Touch;
using plan::TransactionBody;

plan::QualifiedName in_tenant(const char* name) {
  return {std::string(core::kTenantSchema), name};
}

Step step_with(std::vector<plan::LockClaim> locks, std::vector<std::string> undo) {
  Step step;
  step.id = "0007.2";
  step.migration = "0007";
  step.operation = "add_foreign_key";
  step.title = "add buyer";
  step.locks = locks;
  step.body = TransactionBody{{"forward"}, std::move(locks)};
  step.undo = {plan::UndoGives::kExact, std::move(undo), false, {}};
  return step;
}

TEST_CASE("what was added under a weaker lock takes a stronger one to go") {
  const Step step = step_with({{in_tenant("users"), LockMode::kShareRowExclusive},
                               {in_tenant("orders"), LockMode::kAccessExclusive}},
                              {"back"});
  const Step undo = plan::undo_step(step);
  CHECK(undo.id == "0007.2");
  CHECK(undo.migration == "0007");
  CHECK(undo.title == "undo: add buyer");
  const auto& body = std::get<TransactionBody>(undo.body);
  CHECK(body.sql == std::vector<std::string>{"back"});
  REQUIRE(body.lock_first.size() == 2);
  CHECK(body.lock_first[0].mode == LockMode::kAccessExclusive);
  CHECK(undo.locks == body.lock_first);
}

TEST_CASE("where nothing needs to be done, nothing is locked") {
  const Step undo = plan::undo_step(step_with({{in_tenant("users"), LockMode::kAccessShare}}, {}));
  CHECK(undo.locks.empty());
  CHECK(std::get<TransactionBody>(undo.body) == TransactionBody{});
}

TEST_CASE("what was kept runs last, and its text is no template") {
  const Step undo = plan::undo_step(step_with({}, {"back"}),
                                    {"CREATE FUNCTION a() AS '${schema} ${schema:literal} ${x}'"});
  CHECK(std::get<TransactionBody>(undo.body).sql ==
        std::vector<std::string>{
            "back", "CREATE FUNCTION a() AS '${schema:begin}} ${schema:begin}:literal} ${x}'"});
}

TEST_CASE("a relation that the step has created is named, but not asked for first") {
  Step step = step_with({{in_tenant("users"), LockMode::kShareRowExclusive}}, {"DROP TABLE notes"});
  step.touches = {{Touch::How::kCreates, "relation", in_tenant("notes"), {}},
                  {Touch::How::kNeeds, "relation", in_tenant("users"), {}}};
  const Step undo = plan::undo_step(step);
  REQUIRE(undo.locks.size() == 2);
  CHECK(undo.locks[1].relation == in_tenant("notes"));
  CHECK(std::get<TransactionBody>(undo.body).lock_first.size() == 1);
  CHECK(undo.touches[0].how == Touch::How::kDrops);
  CHECK(undo.touches[1].how == Touch::How::kNeeds);
}

TEST_CASE("a relation that the step has renamed has no such name on the way back") {
  Step step = step_with({{in_tenant("users"), LockMode::kAccessExclusive}}, {"back"});
  step.touches = {{Touch::How::kRenames, "relation", in_tenant("users"), {}}};
  CHECK(std::get<TransactionBody>(plan::undo_step(step).body).lock_first.empty());
}

TEST_CASE("locks that the way back declares are its locks") {
  Step step = step_with({{in_tenant("users"), LockMode::kAccessExclusive}}, {"back"});
  step.touches = {{Touch::How::kCreates, "relation", in_tenant("people"), {}}};
  step.undo.locks = {{in_tenant("people"), LockMode::kAccessExclusive},
                     {in_tenant("users"), LockMode::kShareRowExclusive}};
  step.undo.lock_first = {{in_tenant("people"), LockMode::kAccessExclusive}};
  const Step undo = plan::undo_step(step);
  CHECK(undo.locks == step.undo.locks);
  CHECK(std::get<TransactionBody>(undo.body).lock_first == step.undo.lock_first);
}

TEST_CASE("a concurrent build is undone by a concurrent drop, and the other way round") {
  Step step = step_with({{in_tenant("users"), LockMode::kShareUpdateExclusive}}, {"DROP INDEX"});
  plan::ConcurrentBody body;
  body.sql = "CREATE INDEX";
  body.kind = plan::ConcurrentBody::Kind::kCreateIndex;
  body.index = in_tenant("users_name");
  body.table = in_tenant("users");
  step.body = body;
  step.undo.concurrent = true;
  Step undo = plan::undo_step(step);
  const auto& drop = std::get<plan::ConcurrentBody>(undo.body);
  CHECK(drop.kind == plan::ConcurrentBody::Kind::kDropIndex);
  CHECK(drop.sql == "DROP INDEX");
  CHECK(drop.index == body.index);
  undo.undo = {plan::UndoGives::kExact, {"CREATE INDEX"}, true, {}};
  CHECK(std::get<plan::ConcurrentBody>(plan::undo_step(undo).body).kind ==
        plan::ConcurrentBody::Kind::kCreateIndex);
}

}  // namespace
}  // namespace lockstep::test
