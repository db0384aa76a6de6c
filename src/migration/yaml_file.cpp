#include <algorithm>
#include <iterator>

#include "directive.h"
#include "lockstep/text/nearest.h"
#include "read_file.h"

namespace lockstep::migration {
namespace {

/// Keys that may stand beside an operation, as `-- lockstep:` comments stand above a statement.
const std::vector<std::string>& options() {
  static const std::vector<std::string> names{"phase", "allow", "reason"};
  return names;
}

bool is_option(std::string_view key) {
  return std::find(options().begin(), options().end(), key) != options().end();
}

/// One beside the operation that was meant to be an option; nothing where there is none.
const text::Node::Entry* mistyped_option(const std::vector<const text::Node::Entry*>& named) {
  const auto typo = std::find_if(named.begin(), named.end(), [](const text::Node::Entry* entry) {
    return text::nearest(entry->key, options()).has_value();
  });
  return named.size() > 1 && typo != named.end() ? *typo : nullptr;
}

/// phase, allow and reason of the file or of one operation.
std::vector<Directive> read_options(text::Fields& fields, core::Problems& problems) {
  std::vector<Directive> directives;
  if (const auto phase = fields.text("phase")) {
    if (check_phase(*phase, fields.where("phase"), problems)) {
      directives.push_back({"phase", *phase, {}, fields.where("phase")});
    }
  }
  const auto allow = fields.text("allow");
  const auto reason = fields.text("reason");
  if (allow && check_hazard_name(*allow, fields.where("allow"), problems)) {
    if (!reason || reason->empty()) {
      fields.problem("allow", "allow needs a reason", "add beside it: reason: why it is safe here");
    } else {
      directives.push_back({"allow", *allow, *reason, fields.where("allow")});
    }
  } else if (reason && !allow) {
    fields.problem("reason", "a reason is for allow, and there is none");
  }
  return directives;
}

bool has_directive(const std::vector<Directive>& directives, const Directive& like) {
  return std::any_of(directives.begin(), directives.end(), [&](const Directive& each) {
    return each.name == like.name && (each.name != "allow" || each.value == like.value);
  });
}

void read_operation(const text::Node& node, const std::vector<Directive>& for_file,
                    Migration& migration, core::Problems& problems) {
  std::vector<const text::Node::Entry*> named;
  for (const text::Node::Entry& entry : node.entries()) {
    if (!is_option(entry.key)) {
      named.push_back(&entry);
    }
  }
  if (node.kind() != text::Node::Kind::kMap || named.size() != 1) {
    if (const text::Node::Entry* typo = mistyped_option(named)) {
      problems.push_back({typo->key_where,
                          "there is no key \"" + typo->key + "\" beside an operation",
                          text::suggestion(typo->key, options())});
      return;
    }
    const core::SourceLocation where = named.size() > 1 ? named[1]->key_where : node.where();
    problems.push_back(
        {where,
         named.size() > 1 ? "two operations in one item of the list"
                          : "each item is one operation: \"name: {parameters}\"",
         named.size() > 1
             ? "begin the second with its own \"- \""
             : "for example: - add_column: {table: users, column: phone, type: text}"});
    return;
  }
  text::Fields fields(node, "operation " + named.front()->key, problems);
  std::vector<Directive> directives = read_options(fields, problems);
  for (const Directive& each : for_file) {
    if (!has_directive(directives, each)) {
      directives.push_back(each);
    }
  }
  migration.items.push_back(Item{*named.front(), std::move(directives)});
}

/// Values that are a text and no SQL; the operations put them into quotes themselves.
bool holds_plain_text(std::string_view path) {
  constexpr std::string_view kTexts[] = {"comment.text",
                                         "create_enum.values",
                                         "add_enum_value.value",
                                         "add_enum_value.before",
                                         "add_enum_value.after",
                                         "create_function.body",
                                         "reason"};
  return std::find(std::begin(kTexts), std::end(kTexts), path) != std::end(kTexts);
}

/// The operation with its variables bound, in every value and never in a key.
text::Node with_variables(const text::Node& item, const sql::Variables& variables,
                          core::Problems& problems) {
  return item.map_scalars([&](std::string_view path, const text::Node& value) {
    return holds_plain_text(path)
               ? sql::bind_variables_in_text(value.scalar(), value.where(), variables, problems)
               : sql::bind_variables(value.scalar(), value.where(), variables, true, problems).text;
  });
}

/// SQL's comments mean nothing in YAML, and must not be taken to work.
void refuse_comment_directives(const Migration& migration, core::Problems& problems) {
  std::string_view rest = migration.source;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos || text[begin] != '#') {
      continue;
    }
    const std::string_view comment =
        text.substr(text.find_first_not_of("# \t", begin) == std::string_view::npos
                        ? text.size()
                        : text.find_first_not_of("# \t", begin));
    if (classify(comment) != CommentKind::kRemark) {
      problems.push_back({{migration.file, line, begin + 1},
                          "directives in comments are for SQL files",
                          "write phase, allow and reason as keys beside the operation"});
    }
  }
}

}  // namespace

void read_yaml(Migration& migration, const sql::Variables& variables, core::Problems& problems) {
  const std::size_t before = problems.size();
  const text::Node root = text::parse_yaml(migration.source, migration.file, problems);
  if (problems.size() != before) {
    return;
  }
  refuse_comment_directives(migration, problems);
  if (root.kind() == text::Node::Kind::kNull) {
    problems.push_back({{migration.file, 0, 0},
                        "the file holds no operation",
                        "write the change, or delete the file"});
    return;
  }
  text::Fields fields(root, "a migration", problems);
  migration.description = fields.text("description").value_or(std::string());
  if (const auto scope = fields.text("scope")) {
    migration.scope = parse_scope(*scope, fields.where("scope"), problems);
  }
  const std::vector<Directive> for_file = read_options(fields, problems);
  const text::Node* operations = fields.required_node("operations");
  fields.finish();
  if (operations == nullptr) {
    return;
  }
  if (operations->kind() != text::Node::Kind::kSequence || operations->items().empty()) {
    problems.push_back({operations->where(),
                        "\"operations\" needs a list of at least one operation",
                        "for example: - add_column: {table: users, column: phone, type: text}"});
    return;
  }
  for (const text::Node& item : operations->items()) {
    read_operation(with_variables(item, variables, problems), for_file, migration, problems);
  }
}

}  // namespace lockstep::migration
