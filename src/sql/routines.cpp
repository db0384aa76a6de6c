#include <string_view>
#include <utility>

#include "references.h"
#include "statements.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

const PgQuery__Node* option(const PgQuery__CreateFunctionStmt& stmt, std::string_view name) {
  for (std::size_t i = 0; i < stmt.n_options; ++i) {
    if (stmt.options[i]->def_elem->defname == name) {
      return stmt.options[i]->def_elem->arg;
    }
  }
  return nullptr;
}

bool is_input(const PgQuery__FunctionParameter& parameter) {
  return parameter.mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT &&
         parameter.mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
}

void read_arguments(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt,
                    CreateFunction& result) {
  result.signature = "(";
  for (std::size_t i = 0; i < stmt.n_parameters; ++i) {
    const PgQuery__FunctionParameter& parameter = *stmt.parameters[i]->function_parameter;
    if (!is_input(parameter)) {
      continue;
    }
    result.has_defaults = result.has_defaults || parameter.defexpr != nullptr;
    const std::size_t begin = reader.at(parameter.arg_type->location);
    const std::size_t end = reader.find({PG_QUERY__TOKEN__ASCII_44, PG_QUERY__TOKEN__ASCII_41,
                                         PG_QUERY__TOKEN__DEFAULT, PG_QUERY__TOKEN__ASCII_61},
                                        begin, reader.last());
    result.arguments.push_back(read_type(reader, parameter.arg_type, TokenRange{begin, end}));
    result.signature += (result.signature.size() > 1 ? ", " : "") + result.arguments.back().text;
  }
  result.signature += ")";
}

/// The words of a type before the options that follow it, which all begin with a keyword that no
/// type goes on with.
std::size_t find_return_type_end(const Reader& reader, std::size_t begin) {
  static constexpr std::string_view kOptions[] = {
      "as",        "language", "transform", "window", "immutable", "stable",   "volatile", "not",
      "leakproof", "called",   "returns",   "strict", "external",  "security", "parallel", "cost",
      "rows",      "support",  "set",       "reset",  "begin",     "return"};
  for (std::size_t i = begin + 1; i < reader.last(); ++i) {
    const bool behind_dot = reader.is(i - 1, PG_QUERY__TOKEN__ASCII_46);
    for (const std::string_view word : kOptions) {
      if (!behind_dot && reader.is_word(i, word)) {
        return i;
      }
    }
    if (reader.is(i, PG_QUERY__TOKEN__ASCII_40)) {
      i = reader.closing(i);
    }
  }
  return reader.last();
}

std::optional<TypeName> read_return_type(const Reader& reader,
                                         const PgQuery__CreateFunctionStmt& stmt) {
  if (stmt.return_type == nullptr) {
    return std::nullopt;
  }
  const std::size_t begin = reader.at(stmt.return_type->location);
  if (reader.is(begin, PG_QUERY__TOKEN__TABLE)) {
    TypeName result = describe_type(reader.source().placeholders(), stmt.return_type);
    result.text = reader.slice(TokenRange{begin, reader.after_group(begin + 1)});
    return result;
  }
  return read_type(reader, stmt.return_type,
                   TokenRange{begin, find_return_type_end(reader, begin)});
}

/// What a body in SQL reads and calls. One that our grammar cannot read says nothing.
References references_in_body(const Reader& reader, const std::string& body) {
  ReferenceCollector collector(reader.source().placeholders());
  const Scan scanned = scan(body);
  const bool readable =
      !scanned.error && !find_too_deep(scanned.tokens, TokenRange{0, scanned.tokens.size()});
  if (readable) {
    const auto parsed = parse_tree(body);
    if (const auto* tree = std::get_if<Tree>(&parsed)) {
      for (std::size_t i = 0; i < tree->size(); ++i) {
        collector.collect((*tree)[i].stmt);
      }
    }
  }
  return collector.take();
}

std::string in_body(const Reader& reader, std::string_view text) {
  const Placeholders& placeholders = reader.source().placeholders();
  return reader.source().placeholder_in_bodies() ? placeholders.in_message(text)
                                                 : placeholders.verbatim(text);
}

/// AS '...', where there is one text.
const PgQuery__Node* body_text(const PgQuery__CreateFunctionStmt& stmt) {
  const PgQuery__Node* as = option(stmt, "as");
  const bool alone =
      as != nullptr && as->node_case == PG_QUERY__NODE__NODE_LIST && as->list->n_items == 1;
  return alone ? as->list->items[0] : nullptr;
}

/// PostgreSQL's own default for a body that is SQL; without one, a language must be named.
std::string language_of(const PgQuery__CreateFunctionStmt& stmt) {
  const PgQuery__Node* language = option(stmt, "language");
  return language != nullptr ? std::string(string_of(language)) : "sql";
}

void read_body(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt,
               CreateFunction& result) {
  const PgQuery__Node* text = body_text(stmt);
  result.sql_body = stmt.sql_body != nullptr;
  if (!result.sql_body && text != nullptr) {
    result.body = in_body(reader, string_of(text));
  }
  References found = references_of_body(reader, stmt);
  result.reads = std::move(found.relations);
  result.calls = std::move(found.functions);
}

}  // namespace

References references_of_body(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt) {
  const PgQuery__Node* text = body_text(stmt);
  if (stmt.sql_body != nullptr) {
    ReferenceCollector collector(reader.source().placeholders());
    collector.collect(stmt.sql_body);
    return collector.take();
  }
  return text != nullptr && language_of(stmt) == "sql"
             ? references_in_body(reader, std::string(string_of(text)))
             : References{};
}

CreateFunction read_create_function(const Reader& reader, const PgQuery__CreateFunctionStmt& stmt) {
  CreateFunction result;
  result.name = reader.qualified(stmt.funcname, stmt.n_funcname);
  result.or_replace = stmt.replace != 0;
  result.procedure = stmt.is_procedure != 0;
  read_arguments(reader, stmt, result);
  result.returns = read_return_type(reader, stmt);
  result.language = language_of(stmt);
  const PgQuery__Node* volatility = option(stmt, "volatility");
  if (volatility != nullptr) {
    result.volatility = std::string(string_of(volatility));
  }
  read_body(reader, stmt, result);
  return result;
}

CreateTrigger read_create_trigger(const Reader& reader, const PgQuery__CreateTrigStmt& stmt) {
  // pg_trigger.tgtype's bits, which are part of the catalog's format.
  constexpr int kBefore = 1 << 1;
  constexpr int kInsert = 1 << 2;
  constexpr int kDelete = 1 << 3;
  constexpr int kUpdate = 1 << 4;
  constexpr int kInsteadOf = 1 << 6;

  CreateTrigger result;
  result.name = reader.name(stmt.trigname);
  result.table = reader.relation(stmt.relation);
  result.or_replace = stmt.replace != 0;
  result.constraint_trigger = stmt.isconstraint != 0;
  result.row_level = stmt.row != 0;
  result.timing = stmt.timing == kBefore      ? "BEFORE"
                  : stmt.timing == kInsteadOf ? "INSTEAD OF"
                                              : "AFTER";
  result.on_insert = (stmt.events & kInsert) != 0;
  result.on_update = (stmt.events & kUpdate) != 0;
  result.on_delete = (stmt.events & kDelete) != 0;
  result.update_of = reader.names(stmt.columns, stmt.n_columns);
  if (stmt.when_clause != nullptr) {
    ReferenceCollector collector(reader.source().placeholders());
    collector.collect(stmt.when_clause);
    result.when_columns = collector.take().columns;
  }
  result.function = reader.qualified(stmt.funcname, stmt.n_funcname);
  return result;
}

}  // namespace lockstep::sql
