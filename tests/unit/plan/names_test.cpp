
#include "lockstep/plan/hazard.h"
#include "lockstep/plan/step.h"
#include "tests/support/catch.h"

using namespace lockstep::plan;

TEST_CASE("a body's kind has the plan's word") {
  CHECK(kind_name(TransactionBody{}) == "transaction");
  CHECK(kind_name(ConcurrentBody{}) == "concurrent");
  CHECK(kind_name(BackfillBody{}) == "backfill");
  CHECK(kind_name(CheckBody{}) == "check");
  CHECK(kind_name(GateBody{}) == "gate");
}

TEST_CASE("undo says what it gives") {
  CHECK(to_string(UndoGives::kExact) == "exact");
  CHECK(to_string(UndoGives::kLosesNewData) == "loses-new-data");
  CHECK(to_string(UndoGives::kStructureOnly) == "structure-only");
  CHECK(to_string(UndoGives::kNone) == "none");
}

TEST_CASE("a touch says how") {
  CHECK(to_string(Touch::How::kNeeds) == "needs");
  CHECK(to_string(Touch::How::kChanges) == "changes");
  CHECK(to_string(Touch::How::kCreates) == "creates");
  CHECK(to_string(Touch::How::kDrops) == "drops");
  CHECK(to_string(Touch::How::kRenames) == "renames");
}

TEST_CASE("a concurrent statement says what it does") {
  CHECK(to_string(ConcurrentBody::Kind::kCreateIndex) == "create-index");
  CHECK(to_string(ConcurrentBody::Kind::kDropIndex) == "drop-index");
  CHECK(to_string(ConcurrentBody::Kind::kDetachPartition) == "detach-partition");
  CHECK(to_string(ConcurrentBody::Kind::kReindex) == "reindex");
}

TEST_CASE("only what is refused is an error") {
  CHECK(to_string(Verdict::kExpanded) == "expanded");
  CHECK(severity(Verdict::kExpanded) == "warning");
  CHECK(to_string(Verdict::kInstant) == "instant");
  CHECK(severity(Verdict::kInstant) == "info");
  CHECK(to_string(Verdict::kAllowed) == "allowed");
  CHECK(severity(Verdict::kAllowed) == "warning");
  CHECK(to_string(Verdict::kRefused) == "refused");
  CHECK(severity(Verdict::kRefused) == "error");
}
