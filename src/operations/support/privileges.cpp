#include "support/privileges.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using catalog::QualifiedName;
using catalog::Relation;

namespace {

/// An aclitem as PostgreSQL prints it: "grantee=r*w/grantor", the names in double quotes where
/// they have other than letters, digits and underscores.
struct AclItem {
  std::string grantee;  ///< empty: PUBLIC
  std::vector<std::string> privileges;
  std::vector<std::string> grantable;
};

constexpr std::array<std::pair<char, std::string_view>, 8> kPrivileges{{{'r', "SELECT"},
                                                                        {'a', "INSERT"},
                                                                        {'w', "UPDATE"},
                                                                        {'d', "DELETE"},
                                                                        {'D', "TRUNCATE"},
                                                                        {'x', "REFERENCES"},
                                                                        {'t', "TRIGGER"},
                                                                        {'m', "MAINTAIN"}}};

/// The name at the beginning of `text`, which is cut off it.
std::string take_name(std::string_view& text) {
  std::string name;
  bool quoted = false;
  while (!text.empty()) {
    const char c = text.front();
    const bool doubled = quoted && text.substr(0, 2) == "\"\"";
    if (!quoted && (c == '=' || c == '/' || c == ':')) break;
    if (c == '"' && !doubled) {
      quoted = !quoted;
    } else {
      name += c;
    }
    text.remove_prefix(doubled ? 2 : 1);
  }
  return name;
}

std::optional<AclItem> parse(std::string_view text) {
  AclItem item;
  item.grantee = take_name(text);
  if (text.empty() || text.front() != '=') return std::nullopt;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '/') {
    const char letter = text.front();
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (!is_letter) return std::nullopt;  // it was part of a column's name
    text.remove_prefix(1);
    const bool grantable = !text.empty() && text.front() == '*';
    if (grantable) text.remove_prefix(1);
    for (const auto& [known, words] : kPrivileges) {
      if (known == letter) (grantable ? item.grantable : item.privileges).emplace_back(words);
    }
  }
  return item;
}

void append_grants(std::vector<std::string>& grants, const AclItem& item, const Relation& relation,
                   const QualifiedName& to, const std::string& column) {
  if (!item.grantee.empty() && item.grantee == relation.owner) return;
  const std::string role = item.grantee.empty() ? "PUBLIC" : sql::quote_identifier(item.grantee);
  const auto grant = [&](const std::vector<std::string>& privileges, std::string_view option) {
    if (privileges.empty()) return;
    std::vector<std::string> words;
    for (const std::string& privilege : privileges) {
      words.push_back(column.empty()
                          ? privilege
                          : fmt::format("{} ({})", privilege, sql::quote_identifier(column)));
    }
    grants.push_back(fmt::format("GRANT {} ON TABLE {} TO {}{}", fmt::join(words, ", "),
                                 sql::quote(to), role, option));
  };
  grant(item.privileges, "");
  grant(item.grantable, " WITH GRANT OPTION");
}

/// What the catalog has as "column:aclitem".
std::optional<AclItem> of_column(const std::string& privilege, const std::string& column) {
  const std::string prefix = column + ":";
  if (!privilege.starts_with(prefix)) return std::nullopt;
  return parse(std::string_view(privilege).substr(prefix.size()));
}

}  // namespace

std::vector<std::string> grants_again(const Relation& relation, const QualifiedName& to) {
  std::vector<std::string> grants;
  for (const std::string& privilege : relation.privileges) {
    if (const auto item = parse(privilege)) {
      append_grants(grants, *item, relation, to, {});
      continue;
    }
    for (const catalog::Column& column : relation.columns) {
      if (const auto item = of_column(privilege, column.name))
        append_grants(grants, *item, relation, to, column.name);
    }
  }
  return grants;
}

std::vector<std::string> column_grants_again(const Relation& relation, const std::string& column,
                                             const std::string& as) {
  std::vector<std::string> grants;
  for (const std::string& privilege : relation.privileges) {
    if (parse(privilege)) continue;
    if (const auto item = of_column(privilege, column))
      append_grants(grants, *item, relation, relation.name, as);
  }
  return grants;
}

}  // namespace lockstep::operations
