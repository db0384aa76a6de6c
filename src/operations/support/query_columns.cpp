#include "support/query_columns.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/builtins.h"
#include "support/known_names.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Column;
using catalog::Relation;
using sql::ColumnUse;
using sql::FromItem;
using sql::Query;

namespace {

const Column* find(const QueryColumns& among, const std::string& name) {
  const auto found = std::find_if(among.columns.begin(), among.columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == among.columns.end() ? nullptr : &*found;
}

void append(QueryColumns& all, const QueryColumns& more) {
  if (!all.complete) return;
  all.columns.insert(all.columns.end(), more.columns.begin(), more.columns.end());
  all.complete = more.complete;
}

QueryColumns renamed(QueryColumns columns, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size() && i < columns.columns.size(); ++i) {
    columns.columns[i].name = names[i];
  }
  return columns;
}

/// A column of a result: of what it is made from only its type goes on.
Column result(std::string name, const Column* source) {
  Column column;
  column.name = std::move(name);
  if (source) {
    column.type = source->type;
    column.type_name = source->type_name;
  }
  return column;
}

bool is_system_column(const std::string& name) {
  constexpr std::array<std::string_view, 6> kNames{"ctid", "xmin", "xmax",
                                                   "cmin", "cmax", "tableoid"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

struct Source {
  std::string alias;   ///< empty: its columns go without one
  std::string called;  ///< for messages: the relation's name
  QueryColumns columns;
};

/// What a query sees: the elements of its FROM and the names of WITH, and behind them those of the
/// queries that it stands in.
struct Scope {
  const Scope* outer = nullptr;
  const Query* query = nullptr;
  std::map<std::string, QueryColumns> common;
  std::vector<Source> sources;
};

class Resolver {
 public:
  using Missing = std::function<void(const ColumnUse& use, const std::vector<std::string>& known,
                                     const std::string& source)>;

  Resolver(const Catalog& catalog, Missing missing)
      : catalog_(catalog), missing_(std::move(missing)) {}

  QueryColumns resolve(const Query& query, const Scope* outer) {
    Scope scope{outer, &query, {}, {}};
    if (query.unknown || depth_ > kDeepest) return {{}, false};
    ++depth_;
    read_with(query, scope);
    QueryColumns from;
    for (const FromItem& item : query.from) append(from, read_from(item, scope));
    for (const ColumnUse& use : query.uses) check(use, scope);
    for (const Query& nested : query.nested) resolve(nested, &scope);
    QueryColumns columns =
        query.arms.empty() ? results(query, from, scope) : results_of_arms(query, scope);
    --depth_;
    return columns;
  }

 private:
  static constexpr int kDeepest = 100;

  void read_with(const Query& query, Scope& scope) {
    for (const sql::CommonTable& table : query.with) {
      if (table.recursive) scope.common[table.name] = {{}, false};
    }
    for (const sql::CommonTable& table : query.with) {
      const Query& own = table.query.front();
      if (table.recursive && !own.arms.empty()) {
        // Its first arm says what it has, before it is read by the others.
        const Missing missing = std::exchange(missing_, [](const auto&...) {});
        scope.common[table.name] =
            renamed(without_types(resolve(own.arms.front(), &scope)), table.column_aliases);
        missing_ = missing;
      }
      scope.common[table.name] = renamed(resolve(own, &scope), table.column_aliases);
    }
  }

  static QueryColumns without_types(QueryColumns columns) {
    for (Column& column : columns.columns) column = result(column.name, nullptr);
    return columns;
  }

  QueryColumns read_from(const FromItem& item, Scope& scope) {
    if (item.kind == FromItem::Kind::kJoin) return read_join(item, scope);
    QueryColumns columns{{}, false};
    if (item.kind == FromItem::Kind::kRelation) columns = columns_of(item.relation, scope);
    if (item.kind == FromItem::Kind::kQuery) columns = resolve(item.query.front(), &scope);
    columns = renamed(std::move(columns), item.column_aliases);
    scope.sources.push_back(
        {item.alias, item.relation.name.empty() ? item.alias : item.relation.name, columns});
    return columns;
  }

  QueryColumns read_join(const FromItem& item, Scope& scope) {
    const QueryColumns left = read_from(item.sides.front(), scope);
    const QueryColumns right = read_from(item.sides.back(), scope);
    QueryColumns columns{{}, false};
    if (left.complete && right.complete) columns = joined(item, left, right);
    if (item.alias.empty()) return columns;
    columns = renamed(std::move(columns), item.column_aliases);
    scope.sources.push_back({item.alias, item.alias, columns});
    return columns;
  }

  /// The common columns first, once; then the rest of both sides.
  static QueryColumns joined(const FromItem& item, const QueryColumns& left,
                             const QueryColumns& right) {
    std::vector<std::string> common = item.join_using;
    for (const Column& column : left.columns) {
      if (item.natural && find(right, column.name)) common.push_back(column.name);
    }
    QueryColumns all;
    for (const std::string& name : common) {
      const Column* one = find(left, name);
      const Column* other = find(right, name);
      const bool same = one && other && one->type == other->type;
      all.columns.push_back(result(name, same ? one : nullptr));
    }
    for (const QueryColumns* side : {&left, &right}) {
      for (const Column& column : side->columns) {
        if (std::find(common.begin(), common.end(), column.name) == common.end()) {
          all.columns.push_back(result(column.name, &column));
        }
      }
    }
    return all;
  }

  QueryColumns columns_of(const core::QualifiedName& name, const Scope& scope) const {
    for (const Scope* at = &scope; at && name.schema.empty(); at = at->outer) {
      if (const auto found = at->common.find(name.name); found != at->common.end()) {
        return found->second;
      }
    }
    const Relation* relation = catalog_.find(name);
    const bool hidden = is_system_catalog(name) && name.schema.empty();
    // A view without columns is one whose columns nobody could tell.
    if (!relation || hidden || relation->assumed || relation->columns.empty() ||
        relation->kind == catalog::RelationKind::kSequence ||
        relation->kind == catalog::RelationKind::kOther) {
      return {{}, false};
    }
    QueryColumns columns;
    for (const Column& column : relation->columns) {
      columns.columns.push_back(result(column.name, &column));
    }
    return columns;
  }

  QueryColumns results(const Query& query, const QueryColumns& from, const Scope& scope) const {
    QueryColumns all;
    for (const sql::ResultColumn& each : query.columns) {
      if (each.column && each.column->column.empty()) {
        const Source* source = source_of(each.column->table, scope);
        append(all, each.column->table.empty() ? from
                    : source                   ? source->columns
                                               : QueryColumns{{}, false});
      } else if (each.name.empty()) {
        all.complete = false;
      } else {
        Column column = result(each.name, each.column ? column_of(*each.column, scope) : nullptr);
        if (each.type) set_type(column, *each.type);
        append(all, {{std::move(column)}, true});
      }
      if (!all.complete) break;
    }
    return all;
  }

  /// A type is certain where all arms have it.
  QueryColumns results_of_arms(const Query& query, const Scope& scope) {
    QueryColumns all;
    for (std::size_t i = 0; i < query.arms.size(); ++i) {
      const QueryColumns arm = resolve(query.arms[i], &scope);
      if (i == 0) {
        all = arm;
        continue;
      }
      for (std::size_t k = 0; k < all.columns.size(); ++k) {
        const bool same = k < arm.columns.size() && arm.columns[k].type == all.columns[k].type;
        if (!same) all.columns[k] = result(all.columns[k].name, nullptr);
      }
    }
    return all;
  }

  /// Only PostgreSQL's own types, whose names it prints as we do.
  void set_type(Column& column, const sql::TypeName& type) const {
    const bool own = type.name.schema == "pg_catalog" ||
                     (type.name.schema.empty() && catalog::is_builtin_type(type.name.name));
    if (!own || type.name.name == "interval" || type.name.name == "char") return;
    column.type = format_type(type, catalog_);
    column.type_name = resolve_type(type, catalog_);
  }

  static const Source* source_of(const std::string& alias, const Scope& scope) {
    for (const Scope* at = &scope; at && !alias.empty(); at = at->outer) {
      for (const Source& source : at->sources) {
        if (source.alias == alias) return &source;
      }
    }
    return nullptr;
  }

  static const Column* column_of(const ColumnUse& use, const Scope& scope) {
    if (const Source* source = source_of(use.table, scope)) {
      return find(source->columns, use.column);
    }
    for (const Scope* at = &scope; at && use.table.empty(); at = at->outer) {
      const Column* found = nullptr;
      for (const Source& source : at->sources) {
        if (!source.columns.complete) return nullptr;
        const Column* here = find(source.columns, use.column);
        // Both sides of a join with USING have it; one of another type may be the one.
        if (here && found && here->type != found->type) return nullptr;
        if (here) found = here;
      }
      if (found) return found;
    }
    return nullptr;
  }

  void check(const ColumnUse& use, const Scope& scope) const {
    if (is_system_column(use.column)) return;
    if (!use.table.empty()) return check_qualified(use, scope);
    if (use.column.empty()) return;
    std::vector<std::string> known;
    for (const Scope* at = &scope; at; at = at->outer) {
      for (const sql::ResultColumn& output : at->query->columns) {
        if (output.name == use.column && !output.column) return;  // ORDER BY the_name
        if (output.name == use.column && output.column->column != use.column) return;
      }
      for (const Source& source : at->sources) {
        const bool is_row = source.alias == use.column;
        if (is_row || !source.columns.complete || find(source.columns, use.column)) return;
        for (const Column& column : source.columns.columns) known.push_back(column.name);
      }
    }
    missing_(use, known, {});
  }

  void check_qualified(const ColumnUse& use, const Scope& scope) const {
    bool certain = true;
    for (const Scope* at = &scope; at; at = at->outer) {
      for (const Source& source : at->sources) {
        certain = certain && source.columns.complete;
        if (source.alias != use.table) continue;
        if (use.column.empty() || !source.columns.complete || find(source.columns, use.column)) {
          return;
        }
        std::vector<std::string> known;
        for (const Column& column : source.columns.columns) known.push_back(column.name);
        return missing_(use, known, source.called);
      }
    }
    if (certain) missing_(use, {}, {});
  }

  const Catalog& catalog_;
  Missing missing_;
  int depth_ = 0;
};

void for_each_use(const Query& query, const std::function<void(const ColumnUse&)>& visit) {
  for (const ColumnUse& use : query.uses) visit(use);
  for (const auto* queries : {&query.nested, &query.arms}) {
    for (const Query& each : *queries) for_each_use(each, visit);
  }
  for (const sql::CommonTable& table : query.with) for_each_use(table.query.front(), visit);
  const std::function<void(const FromItem&)> from = [&](const FromItem& item) {
    for (const Query& each : item.query) for_each_use(each, visit);
    for (const FromItem& side : item.sides) from(side);
  };
  for (const FromItem& item : query.from) from(item);
}

}  // namespace

QueryColumns result_columns(const Query& query, const Catalog& catalog) {
  return Resolver(catalog, [](const auto&...) {}).resolve(query, nullptr);
}

QueryColumns view_columns(const Query& query, const std::vector<std::string>& names,
                          const Catalog& catalog) {
  return renamed(result_columns(query, catalog), names);
}

void judge_columns(Judge& judge, const Query& query, const Context& context) {
  const auto missing = [&](const ColumnUse& use, const std::vector<std::string>& known,
                           const std::string& source) {
    const bool is_function =
        !use.table.empty() && !context.catalog.find_functions({"", use.column}).empty();
    if (is_function) return;
    const std::string written =
        use.table.empty() ? use.column : fmt::format("{}.{}", use.table, use.column);
    std::string message = fmt::format("nothing that the statement reads has a column {}", written);
    if (!source.empty()) {
      message = fmt::format("{} has no column {}", source, use.column);
      if (source != use.table) message += fmt::format(", which is written {}", written);
    } else if (!use.table.empty()) {
      message = fmt::format("{} is written, and nothing that the statement reads is called {}",
                            use.column.empty() ? use.table + ".*" : written, use.table);
    }
    judge_unknown(judge, context.catalog, std::move(message), "column " + use.column, use.column,
                  known);
  };
  Resolver(context.catalog, missing).resolve(query, nullptr);
}

void request_columns(catalog::CatalogRequest& request, const Query& query) {
  for_each_use(query, [&](const ColumnUse& use) {
    if (!use.table.empty() && !use.column.empty()) request.functions.insert({"", use.column});
  });
}

}  // namespace lockstep::operations
