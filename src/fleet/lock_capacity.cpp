#include "lock_capacity.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace lockstep::fleet {
namespace {

// Every server's lock table has room for many more.
constexpr std::size_t kNeverTooMany = 200;

std::size_t locks_of(const plan::Step& step) {
  return step.direct ? std::max(step.locks.size(), step.direct->locks.size()) : step.locks.size();
}

/// The step that locks most, where that is many.
const plan::Step* largest(const PreflightWork& work) {
  const auto found = std::max_element(
      work.steps.begin(), work.steps.end(),
      [](const plan::Step* a, const plan::Step* b) { return locks_of(*a) < locks_of(*b); });
  const bool many = found != work.steps.end() && locks_of(**found) > kNeverTooMany;
  return many ? *found : nullptr;
}

struct LockTable {
  std::size_t per_transaction = 0;
  std::size_t transactions = 0;
  std::size_t room() const { return per_transaction * transactions; }
};

LockTable lock_table(database::Session& session) {
  const database::Result row = session.execute(
      "select current_setting('max_locks_per_transaction'), current_setting('max_connections')::int"
      " + current_setting('max_prepared_transactions')::int");
  return {std::stoul(row.at(0, 0)), std::stoul(row.at(0, 1))};
}

}  // namespace

std::vector<PreflightFailure> beyond_lock_table(database::Session& session,
                                                const std::vector<PreflightWork>& works) {
  std::vector<PreflightFailure> failures;
  std::optional<LockTable> table;
  for (const PreflightWork& work : works) {
    const plan::Step* step = largest(work);
    if (step == nullptr) {
      continue;
    }
    if (!table) {
      table = lock_table(session);
    }
    const std::size_t needed = locks_of(*step);
    if (needed <= table->room()) {
      continue;
    }
    for (const std::string& tenant : work.tenants) {
      PreflightFailure failure;
      failure.tenant = tenant;
      failure.step = step->id;
      failure.object = "the server's lock table";
      failure.message =
          fmt::format("the step locks {} relations at once, and the server has room for {} locks",
                      needed, table->room());
      failure.remedy = fmt::format(
          "set max_locks_per_transaction = {} (it is {}) and restart the server; or detach "
          "partitions that need not be changed",
          needed / table->transactions + 1 + table->per_transaction, table->per_transaction);
      failure.sqlstate = "53200";
      failures.push_back(std::move(failure));
    }
  }
  return failures;
}

}  // namespace lockstep::fleet
