#include "step_runner.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep::execution {
namespace {

// What the ledger keeps of a statement; migrations may hold whole data sets.
constexpr std::size_t kLongestStatement = 4000;

/// Its beginning, as far as the ledger keeps it, without half a character at the end.
std::string kept_of(const std::string& statement) {
  std::size_t size = std::min(statement.size(), kLongestStatement);
  const auto continues = [&](std::size_t at) {
    return at < statement.size() && (static_cast<unsigned char>(statement[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && continues(size)) {
    --size;
  }
  return statement.substr(0, size);
}

struct Make {
  std::unique_ptr<StepRunner> operator()(const plan::TransactionBody&) const {
    return transaction_runner();
  }
  std::unique_ptr<StepRunner> operator()(const plan::ConcurrentBody&) const {
    return concurrent_runner();
  }
  std::unique_ptr<StepRunner> operator()(const plan::BackfillBody&) const {
    return backfill_runner();
  }
  std::unique_ptr<StepRunner> operator()(const plan::CheckBody&) const { return check_runner(); }
  std::unique_ptr<StepRunner> operator()(const plan::GateBody&) const { return gate_runner(); }
};

}  // namespace

std::unique_ptr<StepRunner> make_runner(const plan::StepBody& body) {
  return std::visit(Make{}, body);
}

database::StepWrite write_of(const StepItem& item) {
  return database::StepWrite{item.step->id,
                             item.step->migration,
                             item.ordinal,
                             item.step->phase,
                             std::string(plan::kind_name(item.step->body)),
                             item.attempt,
                             item.finished};
}

std::string settled_sql(const StepContext& context, database::Via via,
                        const std::vector<database::StepWrite>& steps, const std::string& rows) {
  if (context.way == Way::kForward) {
    return context.ledger.done_sql(*context.session, context.tenant, context.run, via, steps, rows);
  }
  if (context.way == Way::kBack) {
    std::set<std::string> migrations;
    for (const database::StepWrite& step : steps) {
      migrations.insert(step.migration);
    }
    return context.ledger.undone_sql(*context.session, context.tenant, context.run, steps,
                                     {migrations.begin(), migrations.end()});
  }
  std::vector<std::string> writes;
  for (const database::StepWrite& step : steps) {
    writes.push_back(
        context.way == Way::kPurge
            ? context.ledger.purged_sql(*context.session, context.tenant, context.run, step.step)
            : context.ledger.restored_sql(*context.session, context.tenant, context.run, step.step,
                                          step.ordinal,
                                          step.ordinal == context.parts.at(step.step)));
  }
  return fmt::format("{}", fmt::join(writes, "\n;\n"));
}

std::string begun_sql(const StepContext& context, const StepItem& item) {
  switch (context.way) {
    case Way::kForward:
      return context.ledger.running_sql(*context.session, context.tenant, context.run,
                                        write_of(item));
    case Way::kBack:
      return context.ledger.undoing_sql(*context.session, context.tenant, context.run,
                                        write_of(item));
    case Way::kRestore:
      return context.ledger.restoring_sql(*context.session, context.tenant, item.step->id,
                                          item.ordinal);
    case Way::kPurge:
      break;
  }
  throw std::logic_error("what is purged goes in one transaction: " + item.step->id);
}

database::Failure failure_of(const database::DatabaseError& error, const std::string& statement) {
  std::string message = error.what();
  if (!error.detail().empty()) {
    message += " (" + error.detail() + ")";
  }
  return database::Failure{error.sqlstate(), std::move(message), error.hint(), kept_of(statement)};
}

void rethrow_unless_server(const database::DatabaseError& error) {
  if (error.kind() != database::DatabaseError::Kind::kServer ||
      error.is(database::kLedgerConflict)) {
    throw;
  }
}

}  // namespace lockstep::execution
