#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "json_reader.h"

namespace lockstep::plan {

namespace {

constexpr std::array kPhases{core::Phase::kExpand, core::Phase::kContract};
constexpr std::array kUndoGives{UndoGives::kExact, UndoGives::kLosesNewData,
                                UndoGives::kStructureOnly, UndoGives::kNone};
constexpr std::array kHows{Touch::How::kNeeds, Touch::How::kChanges, Touch::How::kCreates,
                           Touch::How::kDrops, Touch::How::kRenames};

std::optional<Direct> read_direct(const std::optional<Place>& place, Complaints& complaints) {
  if (!place) return std::nullopt;
  Fields fields(*place, complaints);
  Direct direct;
  direct.table = fields.name("table");
  direct.sql = fields.texts("sql");
  direct.lock_first = read_locks(fields.elements("lock_first"), complaints);
  direct.locks = read_locks(fields.elements("locks"), complaints);
  direct.replaces = fields.texts("replaces");
  fields.finish();
  return direct;
}

Touch read_touch(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  Touch touch;
  touch.how = fields.one_of("how", kHows);
  touch.kind = fields.text("kind");
  touch.name = fields.name("name");
  touch.sub_name = fields.text("sub_name");
  fields.finish();
  return touch;
}

Undo read_undo(Fields& fields, Complaints& complaints) {
  Undo undo;
  undo.sql = fields.texts("undo");
  undo.gives = fields.one_of("undo_gives", kUndoGives);
  undo.concurrent = fields.flag("undo_concurrent");
  undo.loses = fields.text("undo_loses");
  undo.former = fields.optional_texts("undo_former");
  undo.locks = read_locks(fields.optional_elements("undo_locks"), complaints);
  undo.lock_first = read_locks(fields.optional_elements("undo_lock_first"), complaints);
  return undo;
}

Estimate read_estimate(const std::optional<Place>& place, Complaints& complaints) {
  if (!place) return {};
  Fields fields(*place, complaints);
  Estimate estimate;
  estimate.rows = fields.number("rows");
  estimate.seconds = fields.number("seconds");
  fields.finish();
  return estimate;
}

std::optional<Keep> read_keep(const std::optional<Place>& place, Complaints& complaints) {
  if (!place) return std::nullopt;
  Fields fields(*place, complaints);
  Keep keep;
  keep.table = fields.name("table");
  keep.column = fields.text("column");
  keep.kept_as = fields.name("kept_as");
  keep.column_as = fields.text("column_as");
  keep.seconds = static_cast<std::int64_t>(fields.count("seconds"));
  keep.together = fields.texts("together");
  fields.finish();
  return keep;
}

Step read_step(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  Step step;
  step.id = fields.text("id");
  step.migration = fields.text("migration");
  step.operation = fields.text("operation");
  step.phase = fields.one_of("phase", kPhases);
  step.title = fields.text("title");
  step.body = read_body(fields, complaints);
  step.locks = read_locks(fields.elements("locks"), complaints);
  step.rewrite = fields.flag("rewrite");
  step.scan = fields.flag("scan");
  step.direct = read_direct(fields.nullable("direct"), complaints);
  step.done_when = fields.text("done_when");
  step.cleanup = fields.texts("cleanup");
  step.undo = read_undo(fields, complaints);
  step.irreversible = fields.flag("irreversible");
  for (const auto& touch : fields.elements("touches")) {
    step.touches.push_back(read_touch(touch, complaints));
  }
  step.keeps = read_keep(fields.optional_member("keeps"), complaints);
  step.restore = read_steps(fields.optional_elements("restore"), complaints);
  step.note = fields.text("note");
  step.estimate = read_estimate(fields.optional_member("estimate"), complaints);
  fields.finish();
  return step;
}

}  // namespace

std::vector<Step> read_steps(const std::vector<Place>& places, Complaints& complaints) {
  std::vector<Step> steps;
  steps.reserve(places.size());
  for (const auto& place : places) steps.push_back(read_step(place, complaints));
  return steps;
}

}  // namespace lockstep::plan
