#include "lockstep/sql/parse.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "big_stack.h"
#include "lockstep/core/strings.h"
#include "source.h"
#include "statements.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

Comment read_comment(std::string_view text, const Source& source, const Token& token) {
  std::string_view inner = text.substr(token.begin + 2, token.end - token.begin - 2);
  const bool block = token.kind == PG_QUERY__TOKEN__C_COMMENT;
  if (block) {
    inner.remove_suffix(2);
  }
  return Comment{core::trimmed(inner), core::SourceSpan{token.begin, token.end},
                 source.location(token.begin), block};
}

bool is_copy_from_stdin(const PgQuery__Node& stmt) {
  if (stmt.node_case != PG_QUERY__NODE__NODE_COPY_STMT) {
    return false;
  }
  const PgQuery__CopyStmt& copy = *stmt.copy_stmt;
  return copy.is_from != 0 && copy.is_program == 0 && *copy.filename == '\0';
}

bool comes_before(const core::SourceLocation& a, const core::SourceLocation& b) {
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

class FileParser {
 public:
  FileParser(const Source& source, ParsedFile& result) : source_(source), result_(result) {}

  void run() {
    const auto ranges = split_statements(source_.tokens());
    std::optional<SyntaxError> error;
    if (source_.complete() && !any_too_deep(ranges)) {
      error = add_all();
      if (!error) {
        return;
      }
    }
    for (const TokenRange range : ranges) {
      add_alone(range);
    }
    if (error && result_.problems.empty()) {
      // Each is sound alone, so they were cut in the wrong places: what was read is not the file.
      result_.problems.push_back(syntax_problem(source_, *error, 0));
    }
    gather_copied_rows();
  }

 private:
  /// What follows COPY ... FROM stdin is rows, which psql would send: one Problem for all that they
  /// break.
  void gather_copied_rows() {
    for (const TokenRange copy : copies_) {
      const std::size_t end = source_.tokens()[copy.last - 1].end;
      const std::size_t mark = source_.text().find("\n\\.", end);
      const bool marked = mark != std::string::npos;
      const core::SourceLocation first = source_.location(end);
      const core::SourceLocation last = source_.location(marked ? mark + 2 : source_.text().size());
      const std::size_t broken = std::erase_if(result_.problems, [&](const core::Problem& problem) {
        return !comes_before(problem.where, first) && !comes_before(last, problem.where);
      });
      if (broken == 0) {
        continue;
      }
      result_.problems.push_back(core::Problem{
          source_.location(source_.tokens()[copy.first].begin),
          "COPY ... FROM stdin takes its rows from psql, and a migration is read without it",
          "Write INSERT INTO ... VALUES, or load the rows outside of migrations."});
    }
  }

  bool any_too_deep(const std::vector<TokenRange>& ranges) const {
    for (const TokenRange range : ranges) {
      if (find_too_deep(source_.tokens(), range)) {
        return true;
      }
    }
    return false;
  }

  /// The whole text in one, so that the grammar and not the scanner says where statements end.
  /// Adds nothing if there is an error, which hides all that comes after it.
  std::optional<SyntaxError> add_all() {
    const auto parsed = parse_tree(source_.sql());
    if (const auto* error = std::get_if<SyntaxError>(&parsed)) {
      return *error;
    }
    const auto* tree = std::get_if<Tree>(&parsed);
    for (std::size_t i = 0; i < tree->size(); ++i) {
      const PgQuery__RawStmt& stmt = (*tree)[i];
      const auto begin = static_cast<std::size_t>(stmt.stmt_location);
      const auto length = static_cast<std::size_t>(stmt.stmt_len);
      const std::size_t end = length == 0 ? source_.sql().size() : begin + length;
      add(stmt, 0, without_semicolons({source_.token_at(begin), source_.token_at(end)}));
    }
    return std::nullopt;
  }

  void add_alone(TokenRange range) {
    const bool cut_off = !source_.complete() && range.last == source_.tokens().size();
    if (cut_off) {
      return;  // what the scanner gave up in was reported
    }
    if (const auto deep = find_too_deep(source_.tokens(), range)) {
      result_.problems.push_back(core::Problem{
          source_.location(source_.tokens()[*deep].begin), "this statement is nested too deeply",
          "split the expression, or write a long list with IN (...)"});
      return;
    }
    const std::size_t begin = source_.tokens()[range.first].begin;
    const std::size_t end = source_.tokens()[range.last - 1].end;
    const auto parsed = parse_tree(source_.sql().substr(begin, end - begin));
    if (const auto* tree = std::get_if<Tree>(&parsed)) {
      for (std::size_t i = 0; i < tree->size(); ++i) {
        add((*tree)[i], begin, range);
      }
    } else {
      result_.problems.push_back(
          syntax_problem(source_, *std::get_if<SyntaxError>(&parsed), begin));
    }
  }

  TokenRange without_semicolons(TokenRange range) const {
    const auto& tokens = source_.tokens();
    while (!range.empty() && tokens[range.first].kind == PG_QUERY__TOKEN__ASCII_59) {
      ++range.first;
    }
    while (!range.empty() && tokens[range.last - 1].kind == PG_QUERY__TOKEN__ASCII_59) {
      --range.last;
    }
    return range;
  }

  void add(const PgQuery__RawStmt& stmt, std::size_t base, TokenRange range) {
    if (range.empty() || stmt.stmt == nullptr) {
      return;
    }
    if (is_copy_from_stdin(*stmt.stmt)) {
      copies_.push_back(range);
    }
    const Reader reader(source_, base, range, result_.problems);
    const core::SourceSpan span = reader.span(range);
    result_.statements.push_back(Statement{reader.slice(range), span, source_.location(span.begin),
                                           read_statement(reader, *stmt.stmt)});
  }

  const Source& source_;
  ParsedFile& result_;
  std::vector<TokenRange> copies_;  ///< those from stdin
};

}  // namespace

ParsedFile parse(std::string_view text, const ParseOptions& options) {
  ParsedFile result;
  on_big_stack([&] {
    const Source source(text, core::SourceLocation{options.file, 1, 1},
                        options.placeholder_in_bodies, result.problems, options.variables);
    result.text = source.text();
    if (!source.usable()) {
      return;
    }
    for (const Token& token : source.comments()) {
      result.comments.push_back(read_comment(result.text, source, token));
    }
    FileParser(source, result).run();
    std::stable_sort(result.problems.begin(), result.problems.end(),
                     [](const core::Problem& a, const core::Problem& b) {
                       return comes_before(a.where, b.where);
                     });
  });
  return result;
}

std::string grammar() {
  return grammar_name();
}

}  // namespace lockstep::sql
