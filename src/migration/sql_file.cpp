#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "directive.h"
#include "read_file.h"

namespace lockstep::migration {
namespace {

/// Where a directive stands decides whom it is for (docs/migrations.md): directly above a statement
/// it is the statement's; above the first statement with a blank line in between, the file's.
struct Placed {
  Directive directive;
  std::optional<std::size_t> statement;  ///< nothing: the file
};

class Lines {
 public:
  Lines(std::string_view text, const std::vector<sql::Comment>& comments,
        const std::vector<sql::Statement>& statements)
      : text_(text) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
      statement_at_.emplace(statements[i].where.line, i);
    }
    for (const sql::Comment& comment : comments) {
      if (stands_alone(comment)) {
        comment_end_[comment.where.line] = comment.where.line + newlines_in(comment);
      }
    }
  }

  /// Whether only white space precedes the comment on its line.
  bool stands_alone(const sql::Comment& comment) const {
    const std::size_t newline = text_.substr(0, comment.span.begin).rfind('\n');
    const std::size_t start = newline == std::string_view::npos ? byte_order_mark() : newline + 1;
    const std::string_view before = text_.substr(start, comment.span.begin - start);
    return before.find_first_not_of(" \t\r") == std::string_view::npos;
  }

  /// The statement on the first line below that holds no comment; nothing if that line is blank.
  std::optional<std::size_t> statement_below(std::size_t line) const {
    std::size_t next = line + 1;
    for (auto found = comment_end_.find(next); found != comment_end_.end();
         found = comment_end_.find(next)) {
      next = found->second + 1;
    }
    const auto statement = statement_at_.find(next);
    if (statement == statement_at_.end()) {
      return std::nullopt;
    }
    return statement->second;
  }

 private:
  std::size_t newlines_in(const sql::Comment& comment) const {
    const std::string_view body =
        text_.substr(comment.span.begin, comment.span.end - comment.span.begin);
    return static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')) -
           (!comment.block && !body.empty() && body.back() == '\n' ? 1U : 0U);
  }
  std::size_t byte_order_mark() const {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    return text_.substr(0, kMark.size()) == kMark ? kMark.size() : 0;
  }

  std::string_view text_;
  std::multimap<std::size_t, std::size_t> statement_at_;
  std::map<std::size_t, std::size_t> comment_end_;  ///< line → last line of the comment there
};

class DirectiveReader {
 public:
  DirectiveReader(const sql::ParsedFile& parsed, core::Problems& problems)
      : parsed_(parsed),
        lines_(parsed.text, parsed.comments, parsed.statements),
        problems_(problems) {}

  std::vector<Placed> read() {
    for (const sql::Comment& comment : parsed_.comments) {
      switch (classify(comment.text)) {
        case CommentKind::kRemark:
          break;
        case CommentKind::kLookalike:
          problems_.push_back({comment.where, "this comment looks like a directive and is none",
                               "write: -- lockstep: name = value"});
          break;
        case CommentKind::kDirective:
          read_directive(comment);
          break;
      }
    }
    return std::move(placed_);
  }

 private:
  void read_directive(const sql::Comment& comment) {
    if (comment.block || !lines_.stands_alone(comment) || inside_statement(comment)) {
      problems_.push_back(
          {comment.where,
           "a directive is a \"--\" comment on a line of its own, above its statement",
           "move it directly above the statement"});
      return;
    }
    auto directive = parse_directive(comment.text, comment.where, problems_);
    if (directive) {
      place(std::move(*directive), comment);
    }
  }

  bool inside_statement(const sql::Comment& comment) const {
    return std::any_of(parsed_.statements.begin(), parsed_.statements.end(),
                       [&](const sql::Statement& statement) {
                         return statement.span.begin < comment.span.begin &&
                                comment.span.begin < statement.span.end;
                       });
  }

  void place(Directive directive, const sql::Comment& comment) {
    const bool at_top =
        parsed_.statements.empty() || comment.span.begin < parsed_.statements.front().span.begin;
    if (is_for_file_only(directive.name)) {
      if (at_top) {
        add(std::move(directive), std::nullopt);
      } else {
        problems_.push_back({comment.where, fmt::format("{} is for the whole file", directive.name),
                             "move it above the first statement"});
      }
      return;
    }
    const auto statement = lines_.statement_below(comment.where.line);
    if (statement || at_top) {
      add(std::move(directive), statement);
    } else if (parsed_.problems.empty()) {
      // With a broken statement in the file the one below may simply not have been read.
      problems_.push_back({comment.where, "no statement stands directly below this directive",
                           "remove the blank line between them; what is for the whole file stands "
                           "above the first statement"});
    }
  }

  void add(Directive directive, std::optional<std::size_t> statement) {
    const bool repeated = std::any_of(placed_.begin(), placed_.end(), [&](const Placed& earlier) {
      return earlier.statement == statement && earlier.directive.name == directive.name &&
             (directive.name != "allow" || earlier.directive.value == directive.value);
    });
    if (repeated) {
      problems_.push_back({directive.where, fmt::format("{} is given twice", directive.name),
                           "remove one of them"});
      return;
    }
    placed_.push_back({std::move(directive), statement});
  }

  const sql::ParsedFile& parsed_;
  Lines lines_;
  core::Problems& problems_;
  std::vector<Placed> placed_;
};

/// The statement's own directives, and the file's where the statement does not say otherwise.
std::vector<Directive> directives_for(std::size_t statement, const std::vector<Placed>& placed) {
  std::vector<Directive> result;
  for (const Placed& own : placed) {
    if (own.statement == statement) {
      result.push_back(own.directive);
    }
  }
  for (const Placed& files : placed) {
    if (files.statement || is_for_file_only(files.directive.name)) {
      continue;
    }
    const bool overridden = std::any_of(result.begin(), result.end(), [&](const Directive& own) {
      return own.name == files.directive.name &&
             (own.name != "allow" || own.value == files.directive.value);
    });
    if (!overridden) {
      result.push_back(files.directive);
    }
  }
  return result;
}

bool wants_placeholders_in_bodies(const sql::ParsedFile& parsed) {
  core::Problems ignored;  // reported by the reading proper
  for (const sql::Comment& comment : parsed.comments) {
    if (classify(comment.text) != CommentKind::kDirective) {
      continue;
    }
    const auto directive = parse_directive(comment.text, comment.where, ignored);
    if (directive && directive->name == "placeholders_in_bodies") {
      return directive->value == "true";
    }
  }
  return false;
}

/// The first remark of the file, for listings.
std::string description_of(const sql::ParsedFile& parsed) {
  const bool leads = !parsed.comments.empty() && !parsed.statements.empty() &&
                     parsed.comments.front().span.begin < parsed.statements.front().span.begin;
  if (!leads || classify(parsed.comments.front().text) != CommentKind::kRemark) {
    return {};
  }
  const std::string& text = parsed.comments.front().text;
  return text.substr(0, text.find('\n'));
}

}  // namespace

void read_sql(Migration& migration, const sql::Variables& variables, core::Problems& problems) {
  sql::ParseOptions options;
  options.file = migration.file;
  options.variables = variables;
  sql::ParsedFile parsed = sql::parse(migration.source, options);
  if (wants_placeholders_in_bodies(parsed)) {
    options.placeholder_in_bodies = true;
    parsed = sql::parse(migration.source, options);
  }
  problems.insert(problems.end(), parsed.problems.begin(), parsed.problems.end());
  const std::vector<Placed> placed = DirectiveReader(parsed, problems).read();
  for (const Placed& each : placed) {
    if (each.directive.name == "scope") {
      core::Problems checked;
      migration.scope = parse_scope(each.directive.value, each.directive.where, checked);
    }
  }
  migration.description = description_of(parsed);
  if (parsed.statements.empty() && parsed.problems.empty()) {
    problems.push_back({{migration.file, 0, 0},
                        "the file holds no statement",
                        "write the change, or delete the file"});
  }
  for (std::size_t i = 0; i < parsed.statements.size(); ++i) {
    migration.items.push_back(Item{std::move(parsed.statements[i]), directives_for(i, placed)});
  }
}

}  // namespace lockstep::migration
