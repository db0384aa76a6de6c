#include "lockstep/catalog/naming.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lockstep/core/migration_key.h"
#include "lockstep/core/sha256.h"

namespace lockstep::catalog {

namespace {

/// NAMEDATALEN - 1, in bytes.
constexpr std::size_t kLongestName = 63;

std::size_t character_size(char first) noexcept {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC0U) return 1;
  if (byte < 0xE0U) return 2;
  if (byte < 0xF0U) return 3;
  return byte < 0xF8U ? 4 : 1;
}

/// The longest prefix of at most `limit` bytes that ends with a whole character.
std::string_view clipped(std::string_view text, std::size_t limit) noexcept {
  std::size_t size = 0;
  while (size < text.size()) {
    const auto next = size + character_size(text[size]);
    if (next > limit) break;
    size = next;
  }
  return text.substr(0, size);
}

/// What a name is made of: table_addition_label, with a number behind it where that is taken.
struct Parts {
  std::string_view table;
  std::string addition;
  std::string_view label;

  std::string choice(int pass) const {
    if (pass == 0) return make_object_name(table, addition, label);
    return make_object_name(table, addition, fmt::format("{}{}", label, pass));
  }
};

template <typename IsTaken>
std::string first_free(const Parts& parts, const IsTaken& is_taken) {
  int pass = 0;
  while (is_taken(parts.choice(pass))) ++pass;
  return parts.choice(pass);
}

std::vector<std::string> first_choices(const Parts& parts) {
  constexpr int kMostAskedFor = 10;
  std::vector<std::string> names;
  names.reserve(kMostAskedFor);
  for (int pass = 0; pass < kMostAskedFor; ++pass) names.push_back(parts.choice(pass));
  return names;
}

/// PostgreSQL does not ask for names of constraints that are unique in a schema, but its own
/// choices are, because the SQL standard asks for it.
bool constraint_name_taken(const Catalog& catalog, const std::string& schema,
                           std::string_view name) {
  if (catalog.other_constraints.count({schema, std::string(name)}) != 0) return true;
  return std::any_of(
      catalog.relations.begin(), catalog.relations.end(), [&schema, name](const auto& entry) {
        return entry.first.schema == schema && entry.second.constraint(name) != nullptr;
      });
}

std::string choose_constraint_name(const Catalog& catalog, const Relation& table,
                                   const Parts& parts) {
  return first_free(parts, [&catalog, &table](const std::string& name) {
    // The table may be newer than the catalog's own copy of it.
    return table.constraint(name) != nullptr ||
           constraint_name_taken(catalog, table.name.schema, name);
  });
}

bool index_name_taken(const Catalog& catalog, const Relation& table, const std::string& name) {
  return table.name.name == name || table.index(name) != nullptr ||
         catalog.relation_name_taken(table.name.schema, name);
}

/// The columns' names as one part of a name; no more of them than can matter.
std::string joined(const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& column : columns) {
    if (!text.empty()) text += '_';
    text += column;
    if (text.size() > kLongestName) break;
  }
  return text;
}

/// The names that the columns of an index get: a repeated one gets the first number that makes it
/// new.
std::vector<std::string> index_column_names(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    auto name = column;
    for (int number = 1; std::find(names.begin(), names.end(), name) != names.end(); ++number) {
      const auto digits = fmt::format("{}", number);
      name = std::string(clipped(column, kLongestName - digits.size())) + digits;
    }
    names.push_back(name);
  }
  return names;
}

Parts check_parts(std::string_view table, const std::vector<std::string>& columns) {
  return {table, columns.size() == 1 ? columns.front() : std::string(), "check"};
}

Parts foreign_key_parts(std::string_view table, const std::vector<std::string>& columns) {
  return {table, joined(columns), "fkey"};
}

std::string_view label_of(IndexRole role) {
  switch (role) {
    case IndexRole::kPrimaryKey:
      return "pkey";
    case IndexRole::kUnique:
      return "key";
    case IndexRole::kExclusion:
      return "excl";
    case IndexRole::kPlain:
      break;
  }
  return "idx";
}

Parts index_parts(std::string_view table, const std::vector<std::string>& columns, IndexRole role) {
  return {table, role == IndexRole::kPrimaryKey ? "" : joined(index_column_names(columns)),
          label_of(role)};
}

Parts sequence_parts(std::string_view table, std::string_view column) {
  return {table, std::string(column), "seq"};
}

std::string choose_constraint_index_name(const Catalog& catalog, const Relation& table,
                                         const Parts& parts) {
  return first_free(parts, [&catalog, &table](const std::string& name) {
    return index_name_taken(catalog, table, name) || table.constraint(name) != nullptr ||
           constraint_name_taken(catalog, table.name.schema, name);
  });
}

}  // namespace

std::string make_object_name(std::string_view name1, std::string_view name2,
                             std::string_view label) {
  const std::size_t overhead = (name2.empty() ? 0 : 1) + (label.empty() ? 0 : label.size() + 1);
  const auto available = kLongestName - overhead;
  auto size1 = name1.size();
  auto size2 = name2.size();
  while (size1 + size2 > available) {
    if (size1 > size2) {
      --size1;
    } else {
      --size2;
    }
  }
  std::string name(clipped(name1, size1));
  if (!name2.empty()) {
    name += '_';
    name += clipped(name2, size2);
  }
  if (!label.empty()) {
    name += '_';
    name += label;
  }
  return name;
}

std::string choose_check_name(const Catalog& catalog, const Relation& table,
                              const std::vector<std::string>& columns) {
  return choose_constraint_name(catalog, table, check_parts(table.name.name, columns));
}

std::string choose_foreign_key_name(const Catalog& catalog, const Relation& table,
                                    const std::vector<std::string>& columns) {
  return choose_constraint_name(catalog, table, foreign_key_parts(table.name.name, columns));
}

std::string choose_index_name(const Catalog& catalog, const Relation& table,
                              const std::vector<std::string>& columns, IndexRole role) {
  const Parts parts = index_parts(table.name.name, columns, role);
  if (role != IndexRole::kPlain) return choose_constraint_index_name(catalog, table, parts);
  return first_free(
      parts, [&](const std::string& name) { return index_name_taken(catalog, table, name); });
}

std::string choose_sequence_name(const Catalog& catalog, const Relation& table,
                                 std::string_view column) {
  return first_free(sequence_parts(table.name.name, column), [&](const std::string& name) {
    return index_name_taken(catalog, table, name);
  });
}

std::vector<std::string> check_name_choices(std::string_view table,
                                            const std::vector<std::string>& columns) {
  return first_choices(check_parts(table, columns));
}

std::vector<std::string> foreign_key_name_choices(std::string_view table,
                                                  const std::vector<std::string>& columns) {
  return first_choices(foreign_key_parts(table, columns));
}

std::vector<std::string> index_name_choices(std::string_view table,
                                            const std::vector<std::string>& columns,
                                            IndexRole role) {
  return first_choices(index_parts(table, columns, role));
}

std::vector<std::string> sequence_name_choices(std::string_view table, std::string_view column) {
  return first_choices(sequence_parts(table, column));
}

std::string helper_name(std::string_view migration_key, int ordinal, std::string_view base) {
  // No colon and no capital: a repeatable's key has both, and a name without them needs no quotes.
  std::string key(migration_key);
  if (core::is_repeatable(key)) key.replace(0, core::kRepeatableKey.size(), "r_");
  const auto suffix = fmt::format("_lockstep_{}_{}", key, ordinal);
  auto name = std::string(base) + suffix;
  if (name.size() <= kLongestName) return name;

  constexpr std::size_t kHashDigits = 10;
  const auto hash = "_" + core::sha256_hex(name).substr(0, kHashDigits);
  if (suffix.size() + hash.size() < kLongestName) {
    return std::string(clipped(base, kLongestName - suffix.size() - hash.size())) + hash + suffix;
  }
  return std::string(clipped(name, kLongestName - hash.size())) + hash;
}

}  // namespace lockstep::catalog
