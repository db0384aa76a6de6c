#include <string_view>
#include <variant>

#include "lockstep/plan/hazard.h"
#include "lockstep/plan/step.h"

namespace lockstep::plan {

namespace {

struct KindName {
  std::string_view operator()(const TransactionBody& /*body*/) const { return "transaction"; }
  std::string_view operator()(const ConcurrentBody& /*body*/) const { return "concurrent"; }
  std::string_view operator()(const BackfillBody& /*body*/) const { return "backfill"; }
  std::string_view operator()(const CheckBody& /*body*/) const { return "check"; }
  std::string_view operator()(const GateBody& /*body*/) const { return "gate"; }
};

}  // namespace

std::string_view kind_name(const StepBody& body) noexcept {
  return std::visit(KindName(), body);
}

std::string_view to_string(UndoGives gives) noexcept {
  switch (gives) {
    case UndoGives::kExact:
      return "exact";
    case UndoGives::kLosesNewData:
      return "loses-new-data";
    case UndoGives::kStructureOnly:
      return "structure-only";
    case UndoGives::kNone:
      break;
  }
  return "none";
}

std::string_view to_string(Touch::How how) noexcept {
  switch (how) {
    case Touch::How::kNeeds:
      return "needs";
    case Touch::How::kChanges:
      return "changes";
    case Touch::How::kCreates:
      return "creates";
    case Touch::How::kDrops:
      return "drops";
    case Touch::How::kRenames:
      break;
  }
  return "renames";
}

std::string_view to_string(ConcurrentBody::Kind kind) noexcept {
  switch (kind) {
    case ConcurrentBody::Kind::kCreateIndex:
      return "create-index";
    case ConcurrentBody::Kind::kDropIndex:
      return "drop-index";
    case ConcurrentBody::Kind::kReindex:
      return "reindex";
    case ConcurrentBody::Kind::kDetachPartition:
      break;
  }
  return "detach-partition";
}

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kExpanded:
      return "expanded";
    case Verdict::kInstant:
      return "instant";
    case Verdict::kAllowed:
      return "allowed";
    case Verdict::kRefused:
      break;
  }
  return "refused";
}

std::string_view severity(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kRefused:
      return "error";
    case Verdict::kInstant:
      return "info";
    case Verdict::kExpanded:
    case Verdict::kAllowed:
      break;
  }
  return "warning";
}

}  // namespace lockstep::plan
