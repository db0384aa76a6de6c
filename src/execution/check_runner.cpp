#include <fmt/format.h>

#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "step_runner.h"

namespace lockstep::execution {
namespace {

using database::DatabaseError;

constexpr int kSample = 5;

std::string sample_of(const database::Result& rows) {
  std::string sample;
  for (const auto& row : rows.rows) {
    sample += (sample.empty() ? "" : ", ") + (row.empty() || !row.front() ? "NULL" : *row.front());
  }
  return sample;
}

/// Marks a step done that changed nothing.
Advance done(StepContext& context, const StepItem& item) {
  Message message(context, *item.step, milliseconds(0), milliseconds(0));
  message.prelude().add(settled_sql(context, database::Via::kStaged, {write_of(item)}));
  context.session->execute(message.text());
  context.prelude.clear();
  return Done{};
}

Advance settle(const StepContext& context, const DatabaseError& error, const std::string& query) {
  if (error.is(core::sqlstate::kQueryCanceled) && context.stops.cancel.stop_requested()) {
    return Interrupted{};
  }
  if (core::sqlstate::is_transient(error.sqlstate())) {
    return Busy{Busy::Why::kElsewhere, error.what(), {}};
  }
  return Failed{failure_of(error, query)};
}

class CheckRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    const StepItem& item = unit.first();
    const auto& body = std::get<plan::CheckBody>(item.step->body);
    const std::string query = context.render(body.query);
    database::Result offending;
    try {
      // It reads, and blocks nobody: no statement_timeout.
      Message message(context, *item.step, context.options.locks.lock_timeout, milliseconds(0));
      message.work(fmt::format("select * from (\n{}\n) as offending limit {}", query, kSample));
      offending = context.session->execute(message.text());
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      return settle(context, error, query);
    }
    if (offending.empty()) {
      return done(context, item);
    }
    return Failed{database::Failure{
        body.sqlstate, fmt::format("{}, for example: {}", body.failure, sample_of(offending)),
        body.hint, query}};
  }
};

class GateRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    const StepItem& item = unit.first();
    const auto& body = std::get<plan::GateBody>(item.step->body);
    if (body.query.empty()) {
      return Waiting{body.reason};
    }
    const std::string query = context.render(body.query);
    try {
      Message message(context, *item.step, context.options.locks.lock_timeout, milliseconds(0));
      message.work(query);
      if (!context.session->execute(message.text()).as_bool()) {
        return Waiting{body.reason};
      }
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      return settle(context, error, query);
    }
    return done(context, item);
  }
};

}  // namespace

std::unique_ptr<StepRunner> check_runner() {
  return std::make_unique<CheckRunner>();
}
std::unique_ptr<StepRunner> gate_runner() {
  return std::make_unique<GateRunner>();
}

}  // namespace lockstep::execution
