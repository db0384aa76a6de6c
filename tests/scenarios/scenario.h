#pragma once

#include <string>
#include <vector>

namespace lockstep::test {

/// A structure with rows in it, and a change to it as an author writes it. What Lockstep plans for
/// it is played on a real server and compared with the plain statements.
struct Scenario {
  std::string name;
  /// SQL that builds it, run with the tenant's schema first on the search_path. Must give the same
  /// rows whenever it is run. May put objects into the schema `shared`, which is there and empty.
  std::string start;
  /// The migration file: SQL, or YAML where `plain` says the same in SQL.
  std::string migration;
  std::string plain;
  /// Columns whose values nobody can foretell ("users.token"): compared for NULL alone.
  std::vector<std::string> unforeseeable;
  /// The first server version that has it, and the last one; 0: no limit.
  int since = 0;
  int until = 0;

  /// A column may end up at another place of its table than by the plain statements: a declared
  /// difference (RULES.md 8).
  bool moves_columns = false;

  /// What it drops is kept (drop_grace).
  bool kept = false;

  bool yaml() const { return !plain.empty(); }
};

using Scenarios = std::vector<Scenario>;

// One function for each family of operations.
Scenarios table_scenarios();
Scenarios column_scenarios();
Scenarios type_scenarios();
Scenarios constraint_scenarios();
Scenarios index_scenarios();
Scenarios partition_scenarios();
Scenarios row_scenarios();
Scenarios object_scenarios();
Scenarios rename_scenarios();
/// Drops under a grace: no plain statement does the same.
Scenarios kept_scenarios();
/// Ordinary changes in odd spellings.
Scenarios spelling_scenarios();

/// A table of 40 people: users (id, email, name, age, status, joined), without secondary indexes.
extern const std::string kUsers;
/// Users, and 60 orders (id, user_id, total, note) of theirs without a foreign key.
extern const std::string kOrders;
/// A partitioned table: events (id, at, kind), with three partitions, events_rest the default one.
extern const std::string kEvents;

}  // namespace lockstep::test
