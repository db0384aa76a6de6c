#include <algorithm>
#include <utility>

#include "lockstep/core/strings.h"
#include "lockstep/migration/migration.h"
#include "lockstep/sql/words.h"

namespace lockstep::migration {
namespace {

using text::Node;

bool same(const Node& a, const Node& b) {
  const auto same_entry = [](const Node::Entry& x, const Node::Entry& y) {
    return x.key == y.key && same(x.value, y.value);
  };
  return a.kind() == b.kind() && a.scalar() == b.scalar() && a.quoted() == b.quoted() &&
         std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), same) &&
         std::equal(a.entries().begin(), a.entries().end(), b.entries().begin(), b.entries().end(),
                    same_entry);
}

/// What directives ask for, without the reasons, which are for people.
std::vector<std::pair<std::string, std::string>> asked_for(const Item& item) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Directive& directive : item.directives) {
    all.emplace_back(directive.name, core::trimmed(directive.value));
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool same_item(const Item& a, const Item& b) {
  if (a.source.index() != b.source.index() || asked_for(a) != asked_for(b)) {
    return false;
  }
  if (const auto* statement = std::get_if<sql::Statement>(&a.source)) {
    return sql::words_of(statement->text) == sql::words_of(std::get<sql::Statement>(b.source).text);
  }
  const auto& entry = std::get<Node::Entry>(a.source);
  const auto& other = std::get<Node::Entry>(b.source);
  return entry.key == other.key && same(entry.value, other.value);
}

}  // namespace

bool says_the_same(const Migration& now, const std::string& earlier, const Variables& variables) {
  const Loaded loaded = load_migration(now.file, earlier, variables);
  if (!loaded.problems.empty() || loaded.migrations.size() != 1) {
    return false;
  }
  const Migration& before = loaded.migrations.front();
  return before.scope == now.scope && std::equal(before.items.begin(), before.items.end(),
                                                 now.items.begin(), now.items.end(), same_item);
}

}  // namespace lockstep::migration
