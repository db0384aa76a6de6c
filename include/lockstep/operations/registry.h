#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/operations/operation.h"
#include "lockstep/sql/statement.h"

namespace lockstep::text {
class Node;
}

namespace lockstep::operations {

/// One line of the registry.
struct OperationKind {
  std::string_view name;     ///< = YAML key = file = docs page = case folder
  std::string_view summary;  ///< one line for the documentation
  /// Translates a YAML operation's value: one operation, or several where the parameters say more
  /// than one thing (a column with a UNIQUE of its own). Puts Problems where it cannot. Null: SQL
  /// only.
  std::vector<OperationPtr> (*from_yaml)(const text::Node& parameters, const Origin& origin,
                                         core::Problems& problems);
};

/// All operations, in reading order.
std::span<const OperationKind> registry();
const OperationKind* find_operation(std::string_view name);

/// What to say of a name that no operation, or no hazard, has: the one that was meant where one is
/// near.
std::string remedy_for_unknown_operation(std::string_view name);
std::string remedy_for_unknown_hazard(std::string_view id);

/// What a statement means: one operation, or one for each sub-command of an ALTER TABLE. Never
/// empty without a Problem: what is not recognised is refused by its name.
std::vector<OperationPtr> recognise(const sql::Statement& statement, const Origin& origin,
                                    core::Problems& problems);

/// Makes one operation, in the place of the last, of those of one migration that mean one thing
/// together: a constraint that is dropped, and added again by its name, with nothing but other
/// CHECKs and foreign keys in between. `items` goes along: where each operation was written.
void join_statements(std::vector<OperationPtr>& operations, std::vector<std::size_t>& items);

/// Which operations of one migration come next, where those before `next` are done: that one, or a
/// row of changes of types, where a column that references comes before the one that it references.
/// So a foreign key stands on the old column until that one's turn, whatever order they are written
/// in.
std::vector<std::size_t> in_working_order(const std::vector<OperationPtr>& operations,
                                          std::size_t next, const catalog::Catalog& catalog);

/// A YAML value in one line, as it could stand in the file: "{table: users, column: phone}".
std::string in_one_line(const text::Node& node);

/// Every hazard id the operations and rules can report, with its meaning; docs/hazards.md and
/// `allow` are checked against it.
struct HazardKind {
  std::string_view id;
  std::string_view meaning;
  bool allowable;  ///< an `allow` directive may let it pass
};
std::span<const HazardKind> hazard_kinds();

}  // namespace lockstep::operations
