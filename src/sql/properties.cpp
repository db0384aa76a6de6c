#include <algorithm>
#include <string_view>
#include <utility>

#include "names.h"
#include "references.h"
#include "statements.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

void add_once(std::vector<std::string>& to, const std::string& name) {
  if (std::find(to.begin(), to.end(), name) == to.end()) {
    to.push_back(name);
  }
}

/// PostgreSQL's enumerator "REINDEX_OBJECT_TABLE" as "TABLE".
std::string reindex_words(PgQuery__ReindexObjectType kind) {
  constexpr std::string_view kStart = "REINDEX_OBJECT_";
  const std::string_view name = name_of(pg_query__reindex_object_type__descriptor, kind);
  return std::string(name.starts_with(kStart) ? name.substr(kStart.size()) : name);
}

}  // namespace

AlterSequence read_alter_sequence(const Reader& reader, const PgQuery__AlterSeqStmt& stmt) {
  AlterSequence result;
  result.name = reader.relation(stmt.sequence);
  result.if_exists = stmt.missing_ok != 0;
  for (std::size_t i = 0; i < stmt.n_options; ++i) {
    const PgQuery__DefElem& option = *stmt.options[i]->def_elem;
    result.options.emplace_back(option.defname);
    if (result.options.back() != "owned_by") {
      continue;
    }
    // A table with its column; the word NONE alone.
    NameOnRelation owner = name_on_relation(reader, option.arg);
    if (!owner.relation.name.empty()) {
      result.owned_by.emplace(std::move(owner.relation), std::move(owner.name));
    }
  }
  return result;
}

CreateStatistics read_create_statistics(const Reader& reader,
                                        const PgQuery__CreateStatsStmt& stmt) {
  CreateStatistics result;
  result.name = reader.qualified(stmt.defnames, stmt.n_defnames);
  result.if_not_exists = stmt.if_not_exists != 0;
  if (stmt.n_relations == 1 && stmt.relations[0]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
    result.table = reader.relation(stmt.relations[0]->range_var);
  }
  for (std::size_t i = 0; i < stmt.n_exprs; ++i) {
    const PgQuery__StatsElem& element = *stmt.exprs[i]->stats_elem;
    if (*element.name != '\0') {
      add_once(result.columns, reader.name(element.name));
    } else {
      const Expr expression = describe_expression(reader.source().placeholders(), element.expr);
      for (const std::string& column : expression.columns) {
        add_once(result.columns, column);
      }
    }
  }
  return result;
}

Reindex read_reindex(const Reader& reader, const PgQuery__ReindexStmt& stmt) {
  Reindex result;
  result.object_type = reindex_words(stmt.kind);
  result.name = stmt.relation != nullptr ? reader.relation(stmt.relation)
                                         : QualifiedName{"", reader.name(stmt.name)};
  for (std::size_t i = 0; i < stmt.n_params; ++i) {
    const PgQuery__DefElem& parameter = *stmt.params[i]->def_elem;
    // REINDEX (CONCURRENTLY off) has an argument.
    const bool off = parameter.arg != nullptr && string_of(parameter.arg) != "on" &&
                     string_of(parameter.arg) != "true";
    const std::string_view option = parameter.defname;
    result.concurrently = result.concurrently || (option == "concurrently" && !off);
    if (option == "tablespace")
      result.tablespace = reader.optional_name(std::string(string_of(parameter.arg)).c_str());
  }
  return result;
}

CreateType read_create_domain(const Reader& reader, const PgQuery__CreateDomainStmt& stmt) {
  CreateType result;
  result.kind = CreateType::Kind::kDomain;
  result.name = reader.qualified(stmt.domainname, stmt.n_domainname);
  result.uses.push_back(describe_type(reader.source().placeholders(), stmt.type_name));
  for (std::size_t i = 0; i < stmt.n_constraints; ++i) {
    const PgQuery__ConstrType type = stmt.constraints[i]->constraint->contype;
    result.constrained = result.constrained || type == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK ||
                         type == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL;
  }
  return result;
}

AlterType read_alter_domain(const Reader& reader, const PgQuery__AlterDomainStmt& stmt) {
  using Kind = AlterType::Kind;
  AlterType result;
  result.name = reader.qualified(stmt.type_name, stmt.n_type_name);
  result.constraint = reader.name(stmt.name);
  result.cascade = stmt.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  switch (*stmt.subtype) {
    case 'T':
      result.kinds = {stmt.def != nullptr ? Kind::kSetDefault : Kind::kDropDefault};
      break;
    case 'N':
      result.kinds = {Kind::kDropNotNull};
      break;
    case 'O':
      result.kinds = {Kind::kSetNotNull};
      break;
    case 'C':
      result.kinds = {Kind::kAddConstraint};
      result.constraint = reader.name(stmt.def->constraint->conname);
      result.not_valid = stmt.def->constraint->skip_validation != 0;
      break;
    case 'X':
      result.kinds = {Kind::kDropConstraint};
      break;
    default:
      result.kinds = {Kind::kValidateConstraint};
      break;
  }
  return result;
}

CreateType read_composite_type(const Reader& reader, const PgQuery__CompositeTypeStmt& stmt) {
  CreateType result;
  result.name = reader.relation(stmt.typevar);
  for (std::size_t i = 0; i < stmt.n_coldeflist; ++i) {
    result.uses.push_back(
        describe_type(reader.source().placeholders(), stmt.coldeflist[i]->column_def->type_name));
  }
  return result;
}

ChangeOwner read_change_owner(const Reader& reader, const PgQuery__AlterOwnerStmt& stmt) {
  ChangeOwner result;
  result.object_type = object_words(stmt.object_type);
  result.name =
      stmt.relation != nullptr ? reader.relation(stmt.relation) : object_name(reader, stmt.object);
  result.owner = reader.name(stmt.newowner->rolename);
  if (stmt.object != nullptr && stmt.object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
    const std::size_t open =
        reader.find({PG_QUERY__TOKEN__ASCII_40}, reader.first(), reader.last());
    if (open < reader.last()) {
      result.signature = reader.slice(TokenRange{open, reader.after_group(open)});
    }
  }
  return result;
}

}  // namespace lockstep::sql
