#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockstep/core/names.h"
#include "lockstep/sql/statement.h"

// What a query reads, names and gives, as far as its text tells: enough to find a column that
// nothing has, and to say which columns a view will have.

namespace lockstep::sql {

struct Query;

/// A column as an expression names it.
struct ColumnUse {
  std::string table;   ///< the alias or table before the dot; empty where none is written
  std::string column;  ///< empty: all of them, "*" or "u.*"
};

struct ResultColumn {
  std::string name;                 ///< what PostgreSQL calls it; empty where that is not known
  std::optional<ColumnUse> column;  ///< it is that column as it stands, or all of them
  std::optional<TypeName> type;     ///< where the text says it
};

/// An element of FROM.
struct FromItem {
  enum class Kind {
    kRelation,  ///< a table, a view, or a name of WITH
    kQuery,
    kJoin,
    kOther,  ///< a function, XMLTABLE and the like: its columns are not told
  };
  Kind kind = Kind::kOther;
  std::string alias;  ///< what goes before the dot; empty for a join without one
  std::vector<std::string> column_aliases;  ///< of its first columns
  QualifiedName relation;
  std::vector<Query> query;     ///< kQuery: one
  std::vector<FromItem> sides;  ///< kJoin: two
  std::vector<std::string> join_using;
  bool natural = false;
};

/// An element of WITH.
struct CommonTable {
  std::string name;
  std::vector<std::string> column_aliases;
  std::vector<Query> query;  ///< one
  bool recursive = false;    ///< it sees itself and those after it
};

struct Query {
  std::vector<CommonTable> with;
  std::vector<FromItem> from;
  std::vector<ResultColumn> columns;  ///< none where it has arms
  std::vector<Query> arms;            ///< of UNION, INTERSECT and EXCEPT, in order
  std::vector<ColumnUse> uses;        ///< in its own expressions
  std::vector<Query> nested;          ///< sub-selects in these, which see its FROM
  bool unknown = false;               ///< INSERT, UPDATE or DELETE in WITH: nothing is told
};

}  // namespace lockstep::sql
