#include "support/partition_bounds.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using catalog::Relation;
using sql::PartitionBound;
using sql::PartitionDatum;

namespace {

/// A column of the key, with the type that its values are cast to.
struct Key {
  std::string column;
  std::string type;

  /// As the server reads the bound itself: a constant of the column's type.
  std::string constant(const PartitionDatum& datum) const {
    return type.empty() ? datum.value.text : fmt::format("({})::{}", datum.value.text, type);
  }
  std::string compared(std::string_view op, const PartitionDatum& datum) const {
    return fmt::format("{} {} {}", column, op, constant(datum));
  }
};

std::optional<std::vector<Key>> keys_of(const Relation& parent) {
  std::vector<Key> keys;
  for (const std::string& name : parent.partition_key) {
    const catalog::Column* column = parent.column(name);
    if (!column) return std::nullopt;
    keys.push_back({sql::quote_identifier(name), column->type});
  }
  return keys.empty() ? std::nullopt : std::optional(std::move(keys));
}

bool all_constant(const std::vector<PartitionDatum>& values) {
  return std::all_of(values.begin(), values.end(), [](const PartitionDatum& datum) {
    return datum.kind != PartitionDatum::Kind::kValue || datum.value.is_constant ||
           datum.value.is_null;
  });
}

/// One end of a range, from key `at` on: "a > 1 OR (a = 1 AND b >= 2)". Behind MINVALUE or MAXVALUE
/// nothing counts any more.
std::string end_of_range(const std::vector<Key>& keys, const std::vector<PartitionDatum>& end,
                         std::size_t at, bool lower) {
  const std::string_view strict = lower ? ">" : "<";
  if (at + 1 == keys.size()) return keys[at].compared(lower ? ">=" : "<", end[at]);
  if (end[at + 1].kind != PartitionDatum::Kind::kValue) {
    const bool open = lower == (end[at + 1].kind == PartitionDatum::Kind::kMinValue);
    return keys[at].compared(open ? (lower ? ">=" : "<=") : strict, end[at]);
  }
  return fmt::format("({} OR ({} AND {}))", keys[at].compared(strict, end[at]),
                     keys[at].compared("=", end[at]), end_of_range(keys, end, at + 1, lower));
}

std::optional<std::string> range_condition(const std::vector<Key>& keys,
                                           const PartitionBound& bound) {
  if (bound.lower.size() != keys.size() || bound.upper.size() != keys.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (const Key& key : keys) parts.push_back(key.column + " IS NOT NULL");
  // Where both ends begin alike, PostgreSQL says so once.
  std::size_t at = 0;
  const auto alike = [&](std::size_t i) {
    return bound.lower[i].kind == PartitionDatum::Kind::kValue &&
           bound.upper[i].kind == PartitionDatum::Kind::kValue &&
           bound.lower[i].value.text == bound.upper[i].value.text;
  };
  for (; at + 1 < keys.size() && alike(at); ++at) {
    parts.push_back(keys[at].compared("=", bound.lower[at]));
  }
  if (bound.lower[at].kind == PartitionDatum::Kind::kValue)
    parts.push_back(end_of_range(keys, bound.lower, at, true));
  if (bound.upper[at].kind == PartitionDatum::Kind::kValue)
    parts.push_back(end_of_range(keys, bound.upper, at, false));
  return fmt::format("{}", fmt::join(parts, " AND "));
}

std::optional<std::string> list_condition(const std::vector<Key>& keys,
                                          const PartitionBound& bound) {
  if (keys.size() != 1) return std::nullopt;
  const Key& key = keys.front();
  std::vector<std::string> values;
  bool null = false;
  for (const PartitionDatum& datum : bound.values) {
    if (datum.value.is_null) {
      null = true;
    } else {
      values.push_back(key.constant(datum));
    }
  }
  const std::string any = fmt::format("{} = ANY (ARRAY[{}])", key.column, fmt::join(values, ", "));
  if (!null) return fmt::format("{} IS NOT NULL AND {}", key.column, any);
  if (values.empty()) return key.column + " IS NULL";
  return fmt::format("{} IS NULL OR {}", key.column, any);
}

}  // namespace

std::optional<sql::Expr> bound_condition(const Relation& parent, const PartitionBound& bound) {
  const std::optional<std::vector<Key>> keys = keys_of(parent);
  if (!keys || !all_constant(bound.lower) || !all_constant(bound.upper) ||
      !all_constant(bound.values)) {
    return std::nullopt;
  }
  std::optional<std::string> text;
  if (bound.kind == PartitionBound::Kind::kRange) text = range_condition(*keys, bound);
  if (bound.kind == PartitionBound::Kind::kList) text = list_condition(*keys, bound);
  if (!text) return std::nullopt;
  sql::Expr condition;
  condition.text = std::move(*text);
  condition.columns = parent.partition_key;
  return condition;
}

sql::Expr negated(const sql::Expr& condition) {
  sql::Expr result = condition;
  result.text = fmt::format("NOT ({})", condition.text);
  return result;
}

std::optional<PartitionBound> parse_bound(const std::string& text,
                                          const core::SourceLocation& where,
                                          core::Problems& problems) {
  const sql::ParsedFile file = sql::parse("ALTER TABLE t ATTACH PARTITION p " + text, {});
  if (file.problems.empty() && file.statements.size() == 1) {
    const auto* alter = std::get_if<sql::AlterTable>(&file.statements.front().body);
    const auto* attach = alter && alter->actions.size() == 1
                             ? std::get_if<sql::AttachPartition>(&alter->actions.front())
                             : nullptr;
    if (attach) return attach->bound;
  }
  problems.push_back({where, "these are no bounds of a partition",
                      "Write FOR VALUES FROM (...) TO (...), FOR VALUES IN (...), FOR VALUES WITH "
                      "(...), or DEFAULT."});
  return std::nullopt;
}

std::optional<PartitionBound> yaml_bound(text::Fields& fields, core::Problems& problems) {
  const std::string text = fields.required_text("bound");
  if (text.empty()) return std::nullopt;
  return parse_bound(text, fields.where("bound"), problems);
}

}  // namespace lockstep::operations
