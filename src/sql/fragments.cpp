// Pieces of SQL that stand in YAML fields. Each is put into a small statement and parsed; before
// that, its own tokens must show that it cannot end that statement or add to it.

#include <algorithm>
#include <functional>
#include <utility>

#include "big_stack.h"
#include "expressions.h"
#include "figured_name.h"
#include "lockstep/sql/parse.h"
#include "source.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

/// What a fragment is called in a Problem, and the statement that it is tried in.
struct Frame {
  std::string what;  ///< "an expression"
  std::string before;
  std::string after;  ///< on a line of its own: the fragment may end in a -- comment
};

class Fragment {
 public:
  Fragment(std::string_view text, const core::SourceLocation& where)
      : source_(text, where, false, problems_), tokens_(source_.tokens()) {}

  /// Calls `read(statement, reader)` with the framed fragment's tree, if it is sound so far. The
  /// reader's positions are good for the fragment's tokens only, not for the tree.
  void read(const Frame& frame,
            const std::function<bool(const PgQuery__Node&, const Reader&)>& read) {
    if (!problems_.empty() || !source_.usable() || !is_one_piece(frame)) {
      return;
    }
    const auto parsed = parse_tree(frame.before + source_.sql() + '\n' + frame.after);
    if (const auto* error = std::get_if<SyntaxError>(&parsed)) {
      report(*error, frame);
      return;
    }
    const Tree& tree = std::get<Tree>(parsed);
    const Reader reader(source_, 0, TokenRange{0, tokens_.size()}, problems_);
    if (tree.size() != 1 || !read(*tree[0].stmt, reader)) {
      reject(0, frame);
    }
  }

  const core::Problems& problems() const { return problems_; }

 private:
  void reject(std::size_t token, const Frame& frame) {
    const std::size_t byte = token < tokens_.size() ? tokens_[token].begin : source_.sql().size();
    problems_.push_back(core::Problem{source_.location(byte), "this is not " + frame.what, ""});
  }

  /// The parser counted its error's characters from the frame's beginning.
  void report(SyntaxError error, const Frame& frame) {
    error.character -= std::min(error.character, frame.before.size());
    if (source_.byte_of(error, 0) >= source_.sql().size()) {
      reject(tokens_.size(), frame);  // it speaks of the frame's own words
      return;
    }
    problems_.push_back(syntax_problem(source_, error, 0));
  }

  bool is_one_piece(const Frame& frame) {
    const TokenRange all{0, tokens_.size()};
    if (all.empty()) {
      reject(0, frame);
      return false;
    }
    if (const auto deep = find_too_deep(tokens_, all)) {
      reject(*deep, frame);
      return false;
    }
    std::vector<PgQuery__Token> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const bool ends = token.kind == PG_QUERY__TOKEN__ASCII_59 ||
                        (token.kind == PG_QUERY__TOKEN__ASCII_44 && open.empty());
      if (opens_bracket(token)) {
        open.push_back(token.kind);
      } else if (closes_bracket(token) && !open.empty()) {
        open.pop_back();
      } else if (ends || closes_bracket(token)) {
        reject(i, frame);
        return false;
      }
    }
    if (!open.empty()) {
      reject(tokens_.size(), frame);
    }
    return open.empty();
  }

  core::Problems problems_;
  Source source_;
  const std::vector<Token>& tokens_;
};

template <class T>
std::variant<T, core::Problems> finish(std::optional<T> value, const Fragment& fragment) {
  if (value && fragment.problems().empty()) {
    return std::move(*value);
  }
  return fragment.problems();
}

/// A query without brackets is no expression, though it is one within the frame's.
bool begins_query(const Reader& reader) {
  return reader.is(0, PG_QUERY__TOKEN__SELECT) || reader.is(0, PG_QUERY__TOKEN__WITH) ||
         reader.is(0, PG_QUERY__TOKEN__VALUES) || reader.is(0, PG_QUERY__TOKEN__TABLE);
}

TokenRange all_tokens(const Reader& reader) {
  return TokenRange{reader.first(), reader.last()};
}

}  // namespace

std::string index_column_name(std::string_view expression) {
  std::string name;
  on_big_stack([&] {
    Fragment fragment(expression, {});
    fragment.read(
        {"an expression", "SELECT (", ")"}, [&](const PgQuery__Node& stmt, const Reader& reader) {
          const auto figured = figured_name(stmt.select_stmt->target_list[0]->res_target->val);
          name = reader.name(figured.value_or("").c_str());
          return true;
        });
  });
  return name.empty() || name == kUnnamed ? "expr" : name;
}

std::variant<Expr, core::Problems> parse_expression(std::string_view text,
                                                    const core::SourceLocation& where) {
  std::variant<Expr, core::Problems> result;
  on_big_stack([&] {
    Fragment fragment(text, where);
    std::optional<Expr> value;
    fragment.read(
        {"an expression", "SELECT (", ")"}, [&](const PgQuery__Node& stmt, const Reader& reader) {
          if (begins_query(reader)) {
            return false;
          }
          value = read_expression(reader, stmt.select_stmt->target_list[0]->res_target->val,
                                  all_tokens(reader));
          return !value->is_default_keyword;
        });
    result = finish(std::move(value), fragment);
  });
  return result;
}

std::variant<TypeName, core::Problems> parse_type(std::string_view text,
                                                  const core::SourceLocation& where) {
  std::variant<TypeName, core::Problems> result;
  on_big_stack([&] {
    Fragment fragment(text, where);
    std::optional<TypeName> value;
    // Behind the type only more actions, which need a comma, COLLATE or USING could follow.
    fragment.read({"a type", "ALTER TABLE t ALTER c TYPE ", ""}, [&](const PgQuery__Node& stmt,
                                                                     const Reader& reader) {
      const auto& column = *stmt.alter_table_stmt->cmds[0]->alter_table_cmd->def->column_def;
      const bool alone = column.coll_clause == nullptr && column.raw_default == nullptr;
      if (alone) {
        value = read_type(reader, column.type_name, all_tokens(reader));
      }
      return alone;
    });
    result = finish(std::move(value), fragment);
  });
  return result;
}

std::variant<IndexElement, core::Problems> parse_index_element(std::string_view text,
                                                               const core::SourceLocation& where) {
  std::variant<IndexElement, core::Problems> result;
  on_big_stack([&] {
    Fragment fragment(text, where);
    std::optional<IndexElement> value;
    fragment.read({"a column or an expression of an index", "CREATE INDEX ON t (", ")"},
                  [&](const PgQuery__Node& stmt, const Reader& reader) {
                    value = read_index_element(reader, stmt.index_stmt->index_params[0]->index_elem,
                                               all_tokens(reader));
                    return true;
                  });
    result = finish(std::move(value), fragment);
  });
  return result;
}

std::variant<QualifiedName, core::Problems> parse_qualified_name(
    std::string_view text, const core::SourceLocation& where) {
  std::variant<QualifiedName, core::Problems> result;
  on_big_stack([&] {
    Fragment fragment(text, where);
    std::optional<QualifiedName> value;
    fragment.read({"a name, or a schema and a name", "COMMENT ON TABLE ", "IS ''"},
                  [&](const PgQuery__Node& stmt, const Reader& reader) {
                    // A name, or two with a dot between; three would be a database's.
                    const std::size_t words = reader.last();
                    const PgQuery__List& parts = *stmt.comment_stmt->object->list;
                    const bool plain = words == 2 * parts.n_items - 1 && parts.n_items <= 2;
                    if (plain) {
                      value = reader.qualified(parts.items, parts.n_items);
                    }
                    return plain;
                  });
    result = finish(std::move(value), fragment);
  });
  return result;
}

Expr server_expression(std::string_view text) {
  Expr result;
  on_big_stack([&] {
    const std::string sql(text);
    const Scan scanned = scan(sql);
    if (scanned.error || find_too_deep(scanned.tokens, TokenRange{0, scanned.tokens.size()})) {
      return;
    }
    const auto parsed = parse_tree("SELECT (" + sql + "\n)");
    const auto* tree = std::get_if<Tree>(&parsed);
    if (tree != nullptr && tree->size() == 1 &&
        (*tree)[0].stmt->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
        (*tree)[0].stmt->select_stmt->n_target_list == 1) {
      result = describe_expression(Placeholders(std::string_view{}),
                                   (*tree)[0].stmt->select_stmt->target_list[0]->res_target->val);
    }
  });
  result.text = text;
  result.origin = Expr::Origin::kServer;
  return result;
}

}  // namespace lockstep::sql
