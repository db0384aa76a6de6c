#include "tests/locks/lock_watch.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"

namespace lockstep::test {

using catalog::LockMode;
using core::QualifiedName;

namespace {

constexpr const char* kRelations = R"sql(
SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid), i.indrelid
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE n.nspname IN ($1, 'shared') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S')
)sql";

constexpr const char* kLocks = R"sql(
SELECT l.relation, l.mode, EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = l.relation)
FROM pg_catalog.pg_locks l
WHERE l.pid = $1::int AND l.locktype = 'relation'
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
)sql";

std::int64_t number(const std::string& text) {
  return std::stoll(text);
}

bool is_index(const Existing& relation) {
  return relation.kind == 'i' || relation.kind == 'I';
}

/// The strongest mode on each relation, by oid.
std::map<std::int64_t, LockMode> strongest_modes(const database::Result& locks) {
  std::map<std::int64_t, LockMode> modes;
  for (std::size_t i = 0; i < locks.rows.size(); ++i) {
    const auto mode = catalog::lock_mode_from(locks.at(i, 1));
    if (!mode) throw std::runtime_error("no lock mode that we know: " + locks.at(i, 1));
    const auto place = modes.emplace(number(locks.at(i, 0)), *mode).first;
    place->second = std::max(place->second, *mode);
  }
  return modes;
}

/// Without the indexes that stay and are locked no more strongly than their table, or that a query
/// only uses: whoever waits for them waits for the table.
std::map<QualifiedName, LockMode> held_locks(database::Session& session, int pid,
                                             const ExistingRelations& existing) {
  std::map<QualifiedName, LockMode> locks;
  const auto result = session.execute(kLocks, {std::to_string(pid)});
  const std::map<std::int64_t, LockMode> modes = strongest_modes(result);
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const std::int64_t oid = number(result.at(i, 0));
    const auto found = existing.find(oid);
    if (found == existing.end()) continue;
    const LockMode mode = modes.at(oid);
    const bool still_there = result.at(i, 2) == "t";
    const auto table = modes.find(found->second.table);
    const bool as_its_table = table != modes.end() && mode <= table->second;
    const bool tells_nothing = mode < LockMode::kShareUpdateExclusive || as_its_table;
    if (is_index(found->second) && still_there && tells_nothing) continue;
    // 15.20 and the like look at a sequence that a default names; whom that makes wait is nobody.
    if (found->second.kind == 'S' && mode == LockMode::kAccessShare) continue;
    locks[found->second.name] = mode;
  }
  return locks;
}

bool rewritten(Tenant& tenant, const ExistingRelations& before) {
  const ExistingRelations now = existing_relations(tenant);
  return std::any_of(before.begin(), before.end(), [&](const auto& entry) {
    const auto found = now.find(entry.first);
    const bool of_rows = !is_index(entry.second) && entry.second.kind != 'S';
    return found != now.end() && of_rows && found->second.file != entry.second.file;
  });
}

/// Whether a DEBUG1 message says that a whole table is read, and the table was there before.
bool says_scan(const std::string& notice, const ExistingRelations& existing) {
  const bool of_a_table = notice.find("rewriting table") != std::string::npos ||
                          notice.find("verifying table") != std::string::npos ||
                          notice.find("building index") != std::string::npos;
  if (notice.find("validating foreign key constraint") != std::string::npos) return true;
  return of_a_table && std::any_of(existing.begin(), existing.end(), [&](const auto& entry) {
           return !is_index(entry.second) &&
                  notice.find("table \"" + entry.second.name.name + '"') != std::string::npos;
         });
}

bool any_scan(const std::vector<std::string>& notices, const ExistingRelations& existing) {
  return std::any_of(notices.begin(), notices.end(),
                     [&](const std::string& notice) { return says_scan(notice, existing); });
}

/// Until the backend waits for another's transaction to end, or for a lock. Gives up when the
/// statement is over.
bool wait_until_held_up(database::Session& session, int pid, const std::string& awaits,
                        const std::atomic<bool>& over) {
  constexpr const char* kHeldUp =
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = $1::int AND NOT granted "
      "AND locktype = $2)";
  while (!over) {
    if (session.execute(kHeldUp, {std::to_string(pid), awaits}).as_bool()) return true;
  }
  return false;
}

}  // namespace

ExistingRelations existing_relations(Tenant& tenant) {
  ExistingRelations relations;
  const auto result = tenant.session().execute(kRelations, {tenant.schema()});
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const bool own = result.at(i, 1) == tenant.schema();
    Existing& relation = relations[number(result.at(i, 0))];
    relation.name = {own ? std::string(core::kTenantSchema) : result.at(i, 1), result.at(i, 2)};
    relation.kind = result.at(i, 3).front();
    relation.file = number(result.rows[i][4].value_or("0"));
    relation.table = number(result.rows[i][5].value_or("0"));
  }
  return relations;
}

Observed observe(Tenant& tenant, const std::vector<std::string>& statements, bool commit) {
  const ExistingRelations existing = existing_relations(tenant);
  database::Session& session = tenant.session();
  Observed observed;
  session.take_notices();
  session.execute("BEGIN; SET LOCAL client_min_messages = debug1");
  for (const std::string& statement : statements) session.execute(statement);
  observed.scan = any_scan(session.take_notices(), existing);
  observed.locks = held_locks(session, session.backend_pid(), existing);
  observed.rewrite = rewritten(tenant, existing);
  session.execute(commit ? "COMMIT" : "ROLLBACK");
  return observed;
}

Observed observe_held_up(Tenant& tenant, const std::string& statement, const QualifiedName& table,
                         const std::string& awaits) {
  const ExistingRelations existing = existing_relations(tenant);
  const auto reader = tenant.connect();
  reader->execute("BEGIN ISOLATION LEVEL REPEATABLE READ; " +
                  tenant.render(fmt::format("SELECT FROM {} LIMIT 1", sql::quote(table))));
  const auto watcher = tenant.connect();
  database::Session& runner = tenant.session();
  runner.take_notices();
  const int pid = runner.backend_pid();
  std::exception_ptr error;
  std::atomic<bool> over{false};
  std::thread thread([&] {
    try {
      runner.execute(statement);
    } catch (const std::exception&) {
      error = std::current_exception();
    }
    over = true;
  });
  Observed observed;
  const bool held_up = wait_until_held_up(*watcher, pid, awaits, over);
  if (held_up) observed.locks = held_locks(*watcher, pid, existing);
  reader->execute("COMMIT");
  thread.join();
  if (error) std::rethrow_exception(error);
  if (!held_up) throw std::runtime_error("did not wait for a reader: " + statement);
  return observed;
}

std::vector<std::string> lines(const std::map<QualifiedName, LockMode>& locks) {
  std::vector<std::string> result;
  for (const auto& [name, mode] : locks) {
    result.push_back(fmt::format("{} {}", display(name), catalog::to_string(mode)));
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> lines(const std::vector<plan::LockClaim>& claims) {
  std::vector<std::string> result;
  for (const plan::LockClaim& claim : claims) {
    result.push_back(fmt::format("{} {}", display(claim.relation), catalog::to_string(claim.mode)));
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace lockstep::test
