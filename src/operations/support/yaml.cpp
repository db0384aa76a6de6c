#include "support/yaml.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/operations/registry.h"
#include "lockstep/sql/parse.h"

namespace lockstep::operations {

namespace {

template <class Value>
std::optional<Value> keep(std::variant<Value, core::Problems> parsed, core::Problems& problems) {
  if (auto* wrong = std::get_if<core::Problems>(&parsed)) {
    problems.insert(problems.end(), wrong->begin(), wrong->end());
    return std::nullopt;
  }
  return std::get<Value>(std::move(parsed));
}

}  // namespace

catalog::QualifiedName parse_name(const std::string& text, const core::SourceLocation& where,
                                  core::Problems& problems) {
  return keep(sql::parse_qualified_name(text, where), problems).value_or(catalog::QualifiedName{});
}

std::string parse_identifier(const std::string& text, const core::SourceLocation& where,
                             core::Problems& problems) {
  catalog::QualifiedName name = parse_name(text, where, problems);
  if (!name.schema.empty()) {
    problems.push_back({where, fmt::format("\"{}\" must be a name without a schema", text), {}});
  }
  return name.name;
}

std::optional<sql::Expr> parse_expression(const std::string& text,
                                          const core::SourceLocation& where,
                                          core::Problems& problems) {
  return keep(sql::parse_expression(text, where), problems);
}

TableTarget yaml_table(text::Fields& fields, core::Problems& problems) {
  TableTarget target;
  target.name = yaml_name(fields, "table", problems);
  target.if_exists = fields.boolean("if_exists").value_or(false);
  return target;
}

catalog::QualifiedName yaml_name(text::Fields& fields, std::string_view key,
                                 core::Problems& problems) {
  const std::string written = fields.required_text(key);
  if (written.empty()) return {};
  return parse_name(written, fields.where(key), problems);
}

std::string yaml_identifier(text::Fields& fields, std::string_view key, core::Problems& problems) {
  const std::string written = fields.required_text(key);
  if (written.empty()) return {};
  return parse_identifier(written, fields.where(key), problems);
}

std::optional<sql::Expr> yaml_expression(text::Fields& fields, std::string_view key,
                                         core::Problems& problems) {
  const std::optional<std::string> written = fields.text(key);
  if (!written) return std::nullopt;
  return parse_expression(*written, fields.where(key), problems);
}

std::optional<sql::TypeName> yaml_type(text::Fields& fields, std::string_view key,
                                       core::Problems& problems) {
  const std::optional<std::string> written = fields.text(key);
  if (!written) return std::nullopt;
  return keep(sql::parse_type(*written, fields.where(key)), problems);
}

std::string in_one_line(const text::Node& node) {
  switch (node.kind()) {
    case text::Node::Kind::kNull:
      return "null";
    case text::Node::Kind::kScalar:
      return node.quoted() ? "\"" + node.scalar() + "\"" : node.scalar();
    case text::Node::Kind::kSequence: {
      std::string items;
      for (const text::Node& item : node.items()) {
        items += (items.empty() ? "" : ", ") + in_one_line(item);
      }
      return "[" + items + "]";
    }
    case text::Node::Kind::kMap:
      break;
  }
  std::string entries;
  for (const text::Node::Entry& entry : node.entries()) {
    entries += (entries.empty() ? "" : ", ") + entry.key + ": " + in_one_line(entry.value);
  }
  return "{" + entries + "}";
}

}  // namespace lockstep::operations
