#include "support/keeping.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/core/sha256.h"

namespace lockstep::operations {

using catalog::Relation;

namespace {

// PostgreSQL's 63 bytes, less "t2147483647_".
constexpr std::size_t kLongestKeptName = 51;
constexpr std::size_t kHashDigits = 10;

/// At most `most` bytes, without half a character at the end.
std::string clipped(const std::string& text, std::size_t most) {
  std::size_t size = std::min(text.size(), most);
  while (size > 0 && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
    --size;
  }
  return text.substr(0, size);
}

bool is_plain_table(const Relation& table) {
  return table.kind == catalog::RelationKind::kTable && table.partitions.empty() && !table.parent;
}

}  // namespace

bool is_kept(const Relation& table, const Operation& operation, const Context& context) {
  return context.catalog.grace && is_plain_table(table) && !is_new(table, operation, context);
}

std::string grace_words(const Context& context) {
  constexpr std::array<std::pair<std::int64_t, char>, 3> kUnits{
      {{86400, 'd'}, {3600, 'h'}, {60, 'm'}}};
  const std::int64_t seconds = context.catalog.grace->seconds;
  for (const auto& [size, letter] : kUnits) {
    if (seconds % size == 0) return fmt::format("{}{}", seconds / size, letter);
  }
  return fmt::format("{}s", seconds);
}

std::string not_kept_words(const Relation& table, const Operation& operation,
                           const Context& context) {
  if (!context.catalog.grace || is_kept(table, operation, context)) return {};
  return " drop_grace does not hold for partitions, inheritance and their columns: it cannot be "
         "taken back.";
}

core::QualifiedName kept_relation(const Operation& operation, const Context& context,
                                  const std::string& relation) {
  std::string name = fmt::format("{}_{}", operation.origin().migration, relation);
  if (name.size() > kLongestKeptName) {
    const std::string hash = core::sha256_hex(name).substr(0, kHashDigits);
    name = clipped(name, kLongestKeptName - kHashDigits - 1) + "_" + hash;
  }
  return {context.catalog.grace->schema, fmt::format("t{}_{}", core::kTenantNumber, name)};
}

std::string kept_column_name(const Operation& operation, const Relation& table,
                             const std::string& column) {
  return catalog::helper_name(operation.origin().migration, 1,
                              fmt::format("{}_{}", table.name.name, column));
}

std::string kept_sequence_name(const Operation& operation, const std::string& sequence) {
  return catalog::helper_name(operation.origin().migration, 1, sequence);
}

bool judge_known(Judge& judge, const Relation& table, const std::vector<std::string>& parts) {
  if (parts.empty()) return true;
  judge.refuse(
      "kept-structure-unknown",
      fmt::format("{} of {} {} changed by a migration that is pending too; how the server "
                  "will say it, and so how to bring it back, is not known yet.",
                  fmt::join(parts, ", "), shown(table.name), parts.size() == 1 ? "is" : "are"),
      "Apply the earlier migrations first, then this one; or drop without a grace: "
      "LOCKSTEP_DROP_GRACE=0.");
  return false;
}

}  // namespace lockstep::operations
