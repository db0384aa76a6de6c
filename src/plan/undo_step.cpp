#include "lockstep/plan/undo_step.h"

#include <algorithm>

#include "lockstep/core/as_printed.h"

namespace lockstep::plan {
namespace {

using catalog::LockMode;

// Its author's statement: nobody knows what it locks, or for how long.
constexpr std::string_view kOpaque = "sql";

/// CREATE INDEX, CREATE TRIGGER and ADD FOREIGN KEY let readers go on; to take them away does not.
/// What is not valid again was dropped and added, on the table that a foreign key refers to, too.
LockMode way_back(const Step& step, LockMode mode) {
  const auto* body = std::get_if<TransactionBody>(&step.body);
  const bool validates = body != nullptr && body->long_running;
  if (step.operation == kOpaque) return mode;
  return mode >= LockMode::kShare || (validates && mode >= LockMode::kRowShare)
             ? LockMode::kAccessExclusive
             : mode;
}

/// A relation that has another name, or none, once the step is done cannot be locked by this one.
bool has_that_name(const Step& step, const QualifiedName& relation) {
  return std::none_of(step.touches.begin(), step.touches.end(), [&](const Touch& touch) {
    return touch.kind == "relation" && touch.name == relation &&
           (touch.how == Touch::How::kDrops || touch.how == Touch::How::kRenames);
  });
}

std::vector<LockClaim> strengthened(const Step& step, const std::vector<LockClaim>& claims) {
  std::vector<LockClaim> all;
  for (const LockClaim& claim : claims) {
    if (has_that_name(step, claim.relation)) {
      all.push_back({claim.relation, way_back(step, claim.mode)});
    }
  }
  return all;
}

/// Of a step that declares none for its way back.
std::vector<LockClaim> derived_locks(const Step& step) {
  std::vector<LockClaim> locks = strengthened(step, step.locks);
  for (const Touch& touch : step.touches) {
    if (touch.kind == "relation" && touch.how == Touch::How::kCreates) {
      locks.push_back({touch.name, LockMode::kAccessExclusive});
    }
  }
  return locks;
}

std::vector<Touch> turned_around(std::vector<Touch> touches) {
  for (Touch& touch : touches) {
    if (touch.how == Touch::How::kCreates) {
      touch.how = Touch::How::kDrops;
    } else if (touch.how == Touch::How::kDrops) {
      touch.how = Touch::How::kCreates;
    }
  }
  return touches;
}

bool declares_locks(const Undo& undo) {
  return !undo.locks.empty();
}

TransactionBody transaction_of(const Step& step, const std::vector<std::string>& former) {
  TransactionBody body;
  body.sql = step.undo.sql;
  for (const std::string& statement : former) body.sql.push_back(as_printed(statement));
  if (body.sql.empty()) return body;
  body.lock_first = step.undo.lock_first;
  if (const auto* forward = std::get_if<TransactionBody>(&step.body)) {
    if (!declares_locks(step.undo)) body.lock_first = strengthened(step, forward->lock_first);
    body.alone = forward->alone;
    body.long_running = forward->long_running && step.operation == kOpaque;
  }
  return body;
}

bool is_of_an_index(const StepBody& body) {
  const auto* concurrent = std::get_if<ConcurrentBody>(&body);
  return concurrent != nullptr && concurrent->kind != ConcurrentBody::Kind::kDetachPartition;
}

ConcurrentBody concurrent_of(const Step& step) {
  ConcurrentBody body = std::get<ConcurrentBody>(step.body);
  body.sql = step.undo.sql.front();
  body.kind = body.kind == ConcurrentBody::Kind::kCreateIndex ? ConcurrentBody::Kind::kDropIndex
                                                              : ConcurrentBody::Kind::kCreateIndex;
  return body;
}

}  // namespace

Step undo_step(const Step& step, const std::vector<std::string>& former) {
  Step undo;
  undo.id = step.id;
  undo.migration = step.migration;
  undo.operation = step.operation;
  undo.phase = step.phase;
  undo.title = "undo: " + step.title;
  undo.undo = step.undo;
  if (step.undo.concurrent && !step.undo.sql.empty() && is_of_an_index(step.body)) {
    undo.body = concurrent_of(step);
    undo.locks = step.locks;
    undo.touches = turned_around(step.touches);
    return undo;
  }
  TransactionBody body = transaction_of(step, former);
  if (!body.sql.empty()) {
    undo.locks = declares_locks(step.undo) ? step.undo.locks : derived_locks(step);
  }
  // Nothing to do locks nothing, and so may be done together with anything.
  undo.touches = turned_around(step.touches);
  undo.body = std::move(body);
  return undo;
}

std::string as_printed(const std::string& statement) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = statement.find(core::kPlaceholderBegin); at != std::string::npos;
       at = statement.find(core::kPlaceholderBegin, begin)) {
    out += statement.substr(begin, at - begin);
    out += core::kTenantSchemaBegin;
    begin = at + core::kPlaceholderBegin.size();
  }
  return out + statement.substr(begin);
}

bool changes_something(const Step& step) noexcept {
  return !std::holds_alternative<CheckBody>(step.body) &&
         !std::holds_alternative<GateBody>(step.body);
}

}  // namespace lockstep::plan
