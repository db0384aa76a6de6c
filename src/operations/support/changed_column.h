#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/judge.h"
#include "support/type_change.h"

// A column that gets another type, with what hangs on it.

namespace lockstep::operations {

struct ChangedColumn {
  const catalog::Relation& table;
  const catalog::Column& column;
  StoredType to;
  TypeChange type;
  bool same = false;             ///< it has type and collation already
  bool keeps_values = false;     ///< no row is converted
  bool instant = false;          ///< nor any index built again
  bool widens = false;           ///< and whoever knows the old type can go on as before
  bool back_is_instant = false;  ///< the old type can be given back like that, too
  bool alike = false;            ///< expressions over the old type say the same of the new one
  /// CHECKs that ALTER TYPE reads the table for.
  std::vector<const catalog::Constraint*> rechecks = {};
  // Tables at the other ends of its foreign keys.
  std::vector<catalog::QualifiedName> referenced = {};
  std::vector<catalog::QualifiedName> referencing = {};

  /// Whether every value can be converted and different ones stay different.
  bool lossless(bool by_expression) const { return !by_expression && type.lossless; }
};

/// `collation` as written; empty: the type's own.
ChangedColumn changed_column(const catalog::Catalog& catalog, const catalog::Relation& table,
                             const catalog::Column& column, const sql::TypeName& type,
                             const std::string& collation);

/// Problems and refusals of what PostgreSQL does not convert, or not the same way for everybody.
/// False where there are any.
bool judge_conversion(Judge& judge, const ChangedColumn& changed,
                      const std::optional<sql::Expr>& expression, const catalog::Catalog& catalog);

/// Refuses where a new column cannot stand beside it.
bool judge_swappable(Judge& judge, const catalog::Catalog& catalog, const ChangedColumn& changed);

/// Reports columns that reference this one and keep a smaller type: numbers grow at one end of the
/// foreign key, while the other cannot hold them.
void judge_references(Judge& judge, const catalog::Catalog& catalog, const ChangedColumn& changed);

/// Reports triggers that fire when rows are converted: ALTER TYPE fires none, an UPDATE of each row
/// does.
void judge_update_triggers(Judge& judge, const catalog::Relation& table);

/// The default's words for the new type; nothing where there is none or it cannot be converted.
std::optional<std::string> converted_default(const ChangedColumn& changed);

/// "CHECK (a > 0)".
std::string check_definition(const catalog::Constraint& check);

/// `moved`: it becomes the last column.
void fold_changed_column(catalog::Catalog& catalog, catalog::Relation& table,
                         const catalog::Column& result, bool moved);

}  // namespace lockstep::operations
