#include <string>
#include <string_view>
#include <vector>

#include "big_stack.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "reader.h"
#include "source.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

struct Frame {
  std::string before;
  std::string after;
};

/// The tokens that name the column, found by the tree.
class Finder {
 public:
  Finder(const Source& source, std::size_t frame, std::string_view column)
      : source_(source), frame_(frame), column_(column) {}

  void look(const ProtobufCMessage& message) {
    if (const auto* reference = as<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor)) {
      reference_to(*reference);
    } else if (const auto* element =
                   as<PgQuery__IndexElem>(message, pg_query__index_elem__descriptor)) {
      // It begins with the name, and has no position of its own.
      if (element->expr == nullptr && is_column(element->name)) tokens_.push_back(0);
    }
    for_each_child(message, [&](const ProtobufCMessage& child, const auto&) { look(child); });
  }

  const std::vector<std::size_t>& tokens() const { return tokens_; }

 private:
  bool is_column(const char* name) const { return source_.placeholders().in_name(name) == column_; }

  /// a, t.a, s.t.a: the last of the names, with dots between.
  void reference_to(const PgQuery__ColumnRef& reference) {
    const PgQuery__Node* last = reference.fields[reference.n_fields - 1];
    if (last->node_case != PG_QUERY__NODE__NODE_STRING ||
        !is_column(std::string(string_of(last)).c_str())) {
      return;
    }
    const std::size_t begin = static_cast<std::size_t>(reference.location) - frame_;
    tokens_.push_back(source_.token_at(begin) + 2 * (reference.n_fields - 1));
  }

  const Source& source_;
  std::size_t frame_;
  std::string_view column_;
  std::vector<std::size_t> tokens_;
};

std::string renamed(std::string_view text, const Frame& frame, std::string_view from,
                    std::string_view to) {
  std::string result(text);
  on_big_stack([&] {
    core::Problems problems;
    const Source source(text, {}, false, problems);
    const std::vector<Token>& tokens = source.tokens();
    if (!source.usable() || find_too_deep(tokens, TokenRange{0, tokens.size()})) return;
    const auto parsed = parse_tree(frame.before + source.sql() + '\n' + frame.after);
    const auto* tree = std::get_if<Tree>(&parsed);
    if (tree == nullptr || tree->size() != 1) return;
    Finder finder(source, frame.before.size(), from);
    finder.look(*content((*tree)[0].stmt));
    std::string quoted = quote_identifier(to);
    std::vector<bool> named(tokens.size(), false);
    for (const std::size_t token : finder.tokens()) named.at(token) = true;
    for (std::size_t i = tokens.size(); i > 0; --i) {
      const Token& token = tokens[i - 1];
      if (named[i - 1]) result.replace(token.begin, token.end - token.begin, quoted);
    }
  });
  return result;
}

}  // namespace

std::string rename_in_expression(std::string_view expression, std::string_view from,
                                 std::string_view to) {
  return renamed(expression, {"SELECT (", ")"}, from, to);
}

std::string rename_in_index_element(std::string_view element, std::string_view from,
                                    std::string_view to) {
  return renamed(element, {"CREATE INDEX ON t (", ")"}, from, to);
}

}  // namespace lockstep::sql
