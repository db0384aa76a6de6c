#include "random_plan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lockstep::test {

namespace {

using catalog::LockMode;
using core::QualifiedName;

class Source {
 public:
  explicit Source(std::uint32_t seed) : engine_(seed) {}

  // The engine's numbers are the same everywhere, those of the standard's distributions are not.
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool flag() { return below(2) == 1; }
  double number() { return static_cast<double>(engine_()) / static_cast<double>(1 + below(1000)); }

  template <typename Value, std::size_t Size>
  Value one_of(const std::array<Value, Size>& values) {
    return values.at(below(Size));
  }

  std::string text() {
    static const std::array<std::string, 10> kPieces{"",
                                                     "users",
                                                     "SELECT 'it''s' FROM ${schema}.t;\n",
                                                     "\"quoted\"",
                                                     "\\",
                                                     "\t\x01\x1f",
                                                     "\xc3\xa4\xc3\xb6\xc3\xbc",
                                                     "\xf0\x9f\x98\x80",
                                                     "a.b",
                                                     "-- ${schema:ident}"};
    auto text = one_of(kPieces);
    while (below(3) == 0) text += one_of(kPieces);
    return text;
  }

  template <typename Make>
  auto several(Make make) {
    std::vector<decltype(make())> values;
    for (auto left = below(4); left > 0; --left) values.push_back(make());
    return values;
  }

  std::vector<std::string> texts() {
    return several([this] { return text(); });
  }

  QualifiedName name() {
    static const std::array<std::string, 5> kSchemas{std::string(core::kTenantSchema), "billing",
                                                     "odd.schema", "", "\""};
    return {one_of(kSchemas), text()};
  }

  plan::LockClaim lock() { return {name(), static_cast<LockMode>(below(8))}; }
  std::vector<plan::LockClaim> locks() {
    return several([this] { return lock(); });
  }

 private:
  std::mt19937 engine_;
};

plan::StepBody body(Source& source, std::size_t kind) {
  switch (kind) {
    case 0:
      return plan::TransactionBody{source.texts(), source.locks(), source.flag(), source.flag()};
    case 1:
      return plan::ConcurrentBody{.sql = source.text(),
                                  .kind = static_cast<plan::ConcurrentBody::Kind>(source.below(2)),
                                  .index = source.name(),
                                  .table = source.name(),
                                  .unique = source.flag()};
    case 2:
      return plan::BackfillBody{
          .table = source.name(),
          .is_delete = source.flag(),
          .assignments = source.several([&source] {
            return plan::BackfillBody::Assignment{source.text(), source.text()};
          }),
          .alias = source.text(),
          .predicate = source.text(),
          .remaining = source.text(),
          .key = source.texts(),
          .key_types = source.texts(),
          .key_grows = source.flag()};
    case 3:
      return plan::CheckBody{.query = source.text(),
                             .failure = source.text(),
                             .hint = source.text(),
                             .sqlstate = source.text()};
    default:
      return plan::GateBody{.reason = source.text(), .query = source.text()};
  }
}

plan::Direct direct(Source& source) {
  return {.sql = source.texts(),
          .lock_first = source.locks(),
          .locks = source.locks(),
          .replaces = source.texts(),
          .table = source.name()};
}

plan::Touch touch(Source& source) {
  return {static_cast<plan::Touch::How>(source.below(5)), source.text(), source.name(),
          source.text()};
}

plan::Step step(Source& source, std::size_t kind);

/// What a step keeps, and parts that bring it back.
void add_kept(Source& source, plan::Step& step) {
  step.keeps = plan::Keep{source.name(),
                          source.text(),
                          source.name(),
                          source.text(),
                          static_cast<std::int64_t>(source.below(1'000'000)),
                          source.texts()};
  for (std::size_t kind = 0; kind < 2; ++kind) {
    plan::Step part = lockstep::test::step(source, kind);
    part.estimate = {};  // stored without
    part.keeps.reset();
    part.restore.clear();
    step.restore.push_back(std::move(part));
  }
}

plan::Step step(Source& source, std::size_t kind) {
  plan::Step step;
  step.id = source.text();
  step.migration = source.text();
  step.operation = source.text();
  step.phase = static_cast<core::Phase>(source.below(2));
  step.title = source.text();
  step.body = body(source, kind);
  step.locks = source.locks();
  step.rewrite = source.flag();
  step.scan = source.flag();
  step.done_when = source.text();
  step.cleanup = source.texts();
  step.undo = {static_cast<plan::UndoGives>(source.below(4)), source.texts(), source.flag(),
               source.text()};
  if (source.flag()) step.undo.locks = source.locks();
  if (!step.undo.locks.empty()) step.undo.lock_first = source.locks();
  step.irreversible = source.flag();
  if (source.flag()) step.direct = direct(source);
  step.touches = source.several([&source] { return touch(source); });
  step.note = source.text();
  step.estimate = {source.number(), source.number()};
  if (source.below(8) == 0) add_kept(source, step);
  return step;
}

plan::Hazard hazard(Source& source) {
  plan::Hazard hazard;
  hazard.id = source.text();
  hazard.verdict = static_cast<plan::Verdict>(source.below(4));
  hazard.migration = source.text();
  hazard.operation = source.text();
  hazard.statement = source.text();
  hazard.where = {source.text(), source.below(100), source.below(100)};
  if (source.flag()) hazard.lock = source.lock();
  hazard.rewrite = source.flag();
  hazard.scan = source.flag();
  hazard.effect = source.text();
  hazard.remedy = source.text();
  hazard.reason = source.text();
  return hazard;
}

plan::Cohort cohort(Source& source) {
  plan::Cohort cohort;
  cohort.id = source.text();
  cohort.scope = static_cast<core::Scope>(source.below(2));
  cohort.fingerprint = source.text();
  cohort.tenants = source.texts();
  cohort.differs = source.texts();
  for (std::size_t kind = 0; kind < std::variant_size_v<plan::StepBody>; ++kind) {
    cohort.steps.push_back(step(source, kind));
  }
  return cohort;
}

plan::RefusedTenants refused(Source& source) {
  plan::RefusedTenants refused;
  refused.tenants = source.texts();
  refused.differs = source.texts();
  refused.reasons = source.several([&source] {
    return core::Problem{
        {source.text(), source.below(100), source.below(100)}, source.text(), source.text()};
  });
  return refused;
}

}  // namespace

plan::Plan random_plan(std::uint32_t seed) {
  Source source(seed);
  plan::Plan plan;
  plan.lockstep_version = source.text();
  plan.database = {source.text(), source.text(), static_cast<int>(source.below(180'000))};
  plan.migrations = source.several([&source] {
    return plan::PlannedMigration{source.text(), source.text(), source.text(),
                                  static_cast<core::Scope>(source.below(2)), source.text()};
  });
  plan.hazards = source.several([&source] { return hazard(source); });
  plan.cohorts = source.several([&source] { return cohort(source); });
  plan.refused = source.several([&source] { return refused(source); });
  plan.half_way = source.several([&source] {
    return plan::HalfWayTenant{source.text(), source.texts(), source.texts()};
  });
  plan::seal(plan);
  return plan;
}

}  // namespace lockstep::test
