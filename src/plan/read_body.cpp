#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "json_reader.h"

namespace lockstep::plan {

namespace {

constexpr std::array kConcurrentKinds{
    ConcurrentBody::Kind::kCreateIndex, ConcurrentBody::Kind::kDropIndex,
    ConcurrentBody::Kind::kDetachPartition, ConcurrentBody::Kind::kReindex};

std::vector<BackfillBody::Assignment> read_assignments(const std::vector<Place>& places,
                                                       Complaints& complaints) {
  std::vector<BackfillBody::Assignment> assignments;
  for (const auto& place : places) {
    Fields fields(place, complaints);
    BackfillBody::Assignment assignment;
    assignment.column = fields.text("column");
    assignment.value = fields.text("value");
    fields.finish();
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

BackfillBody read_backfill(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  BackfillBody body;
  const auto action = fields.text("action");
  if (action != "update" && action != "delete") {
    fields.complain("action", R"(is neither "update" nor "delete")");
  }
  body.is_delete = action == "delete";
  body.table = fields.name("table");
  body.alias = fields.text("alias");
  body.assignments = read_assignments(fields.elements("assignments"), complaints);
  body.predicate = fields.text("predicate");
  body.remaining = fields.text("remaining");
  body.key = fields.texts("key");
  body.key_types = fields.texts("key_types");
  body.key_grows = fields.flag("key_grows");
  fields.finish();
  return body;
}

ConcurrentBody read_concurrent(const Place& place, std::string sql, Complaints& complaints) {
  Fields fields(place, complaints);
  ConcurrentBody body;
  body.sql = std::move(sql);
  body.kind = fields.one_of("action", kConcurrentKinds);
  body.index = fields.name("index");
  body.table = fields.name("table");
  body.unique = fields.flag("unique");
  fields.finish();
  return body;
}

CheckBody read_expect(const Place& place, std::string query, Complaints& complaints) {
  Fields fields(place, complaints);
  CheckBody body;
  body.query = std::move(query);
  body.failure = fields.text("failure");
  body.hint = fields.text("hint");
  body.sqlstate = fields.text("sqlstate");
  fields.finish();
  return body;
}

GateBody read_gate(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  GateBody body;
  body.reason = fields.text("reason");
  body.query = fields.text("query");
  fields.finish();
  return body;
}

/// The keys that only some kinds of steps fill, as they stand in the file.
struct BodyFields {
  std::vector<std::string> sql;
  std::vector<LockClaim> lock_first;
  bool long_running = false;
  bool alone = false;
  std::optional<Place> concurrent;
  std::optional<Place> backfill;
  std::optional<Place> expect;
  std::optional<Place> gate;
};

BodyFields read_fields(Fields& fields, Complaints& complaints) {
  BodyFields body;
  body.sql = fields.texts("sql");
  body.lock_first = read_locks(fields.elements("lock_first"), complaints);
  body.long_running = fields.flag("long_running");
  body.alone = fields.flag_or("alone", false);
  body.concurrent = fields.nullable("concurrent");
  body.backfill = fields.nullable("backfill");
  body.expect = fields.nullable("expect");
  body.gate = fields.nullable("gate");
  return body;
}

/// What a kind of step has: how many statements, and which key holds the rest.
struct Shape {
  enum class Sql { kAny, kOne, kNone };
  std::string_view kind;
  Sql sql;
  std::string_view own_key;
};

constexpr std::array<Shape, std::variant_size_v<StepBody>> kShapes{{
    {"transaction", Shape::Sql::kAny, "lock_first"},
    {"concurrent", Shape::Sql::kOne, "concurrent"},
    {"backfill", Shape::Sql::kNone, "backfill"},
    {"check", Shape::Sql::kOne, "expect"},
    {"gate", Shape::Sql::kNone, "gate"},
}};

/// Complains about what the kind needs and lacks, and about what it does not have: a file that
/// says more than what runs would mislead its reviewer.
bool has_shape(const BodyFields& body, const Shape& shape, Fields& fields) {
  struct Filled {
    std::string_view key;
    bool is_filled;
  };
  const bool is_transaction = shape.kind == "transaction";
  bool fits = true;
  const auto complain = [&](std::string_view key, std::string_view message) {
    fields.complain(std::string(key),
                    fmt::format(R"({} a step of the kind "{}")", message, shape.kind));
    fits = false;
  };
  for (const auto& [key, is_filled] : {
           Filled{"lock_first", !body.lock_first.empty()},
           Filled{"long_running", body.long_running},
           Filled{"alone", body.alone},
           Filled{"concurrent", body.concurrent.has_value()},
           Filled{"backfill", body.backfill.has_value()},
           Filled{"expect", body.expect.has_value()},
           Filled{"gate", body.gate.has_value()},
       }) {
    const bool is_own =
        key == shape.own_key || (is_transaction && (key == "long_running" || key == "alone"));
    if (is_filled && !is_own) complain(key, "has no place in");
    if (!is_filled && is_own && !is_transaction) complain(key, "is needed in");
  }
  if (shape.sql == Shape::Sql::kNone && !body.sql.empty()) complain("sql", "has no place in");
  if (shape.sql == Shape::Sql::kOne && body.sql.size() != 1) {
    complain("sql", "needs exactly one statement in");
  }
  return fits;
}

}  // namespace

StepBody read_body(Fields& fields, Complaints& complaints) {
  const auto kind = fields.text("kind");
  auto body = read_fields(fields, complaints);
  const auto* shape = std::find_if(kShapes.begin(), kShapes.end(),
                                   [&kind](const Shape& each) { return each.kind == kind; });
  if (shape == kShapes.end()) {
    fields.complain("kind", fmt::format(R"(is "{}", which is no kind of step)", kind));
    return {};
  }
  if (!has_shape(body, *shape, fields)) return {};
  if (body.concurrent) return read_concurrent(*body.concurrent, body.sql.front(), complaints);
  if (body.backfill) return read_backfill(*body.backfill, complaints);
  if (body.expect) return read_expect(*body.expect, body.sql.front(), complaints);
  if (body.gate) return read_gate(*body.gate, complaints);
  return TransactionBody{std::move(body.sql), std::move(body.lock_first), body.long_running,
                         body.alone};
}

}  // namespace lockstep::plan
