#include "support/type_change.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "lockstep/sql/parse.h"
#include "support/types.h"

namespace lockstep::operations {

using catalog::Catalog;

namespace {

using Names = std::string_view;

template <std::size_t Size>
bool is_one_of(const StoredType& type, const std::array<Names, Size>& names) {
  const bool builtin = type.name.schema == "pg_catalog" && type.array_dimensions == 0;
  return builtin && std::find(names.begin(), names.end(), type.name.name) != names.end();
}

constexpr std::array<Names, 6> kNumbers{"int2", "int4", "int8", "numeric", "float4", "float8"};
constexpr std::array<Names, 3> kIntegers{"int2", "int4", "int8"};
constexpr std::array<Names, 2> kTexts{"text", "varchar"};
constexpr std::array<Names, 3> kStrings{"text", "varchar", "bpchar"};
/// With a zone they are moments; without one they are what a clock on the wall shows.
constexpr std::array<Names, 2> kMoments{"timestamptz", "timetz"};
constexpr std::array<Names, 3> kClocks{"timestamp", "date", "time"};
/// Written as the session's settings have it.
constexpr std::array<Names, 7> kWrittenBySettings{"date",     "timestamp", "timestamptz", "timetz",
                                                  "interval", "money",     "bytea"};

struct Pair {
  Names from;
  Names to;
};

/// Relabelled, not converted (pg_cast.castmethod 'b'), among types that tables have.
constexpr std::array<Pair, 8> kRelabelled{{{"varchar", "text"},
                                           {"text", "varchar"},
                                           {"cidr", "inet"},
                                           {"bit", "varbit"},
                                           {"xml", "text"},
                                           {"xml", "varchar"},
                                           {"int4", "oid"},
                                           {"oid", "int4"}}};

/// Beyond numbers among themselves and anything to a string (pg_cast.castcontext 'i' and 'a').
constexpr std::array<Pair, 20> kAssignments{{{"date", "timestamp"},
                                             {"date", "timestamptz"},
                                             {"timestamp", "date"},
                                             {"timestamp", "time"},
                                             {"timestamp", "timestamptz"},
                                             {"timestamptz", "timestamp"},
                                             {"timestamptz", "date"},
                                             {"timestamptz", "time"},
                                             {"timestamptz", "timetz"},
                                             {"time", "timetz"},
                                             {"time", "interval"},
                                             {"timetz", "time"},
                                             {"interval", "time"},
                                             {"json", "jsonb"},
                                             {"jsonb", "json"},
                                             {"cidr", "inet"},
                                             {"inet", "cidr"},
                                             {"bit", "varbit"},
                                             {"varbit", "bit"},
                                             {"int4", "oid"}}};

template <std::size_t Size>
bool has(const std::array<Pair, Size>& pairs, const StoredType& from, const StoredType& to) {
  const auto builtin = [](const StoredType& type) {
    return type.name.schema == "pg_catalog" && type.array_dimensions == 0;
  };
  return builtin(from) && builtin(to) &&
         std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
           return pair.from == from.name.name && pair.to == to.name.name;
         });
}

bool is_citext(const StoredType& type) {
  return type.name.name == "citext" && type.array_dimensions == 0;
}

bool same_base(const StoredType& from, const StoredType& to) {
  return from.name == to.name && from.array_dimensions == to.array_dimensions;
}

/// Whether values that fit the old modifiers of a type fit the new ones as they are, by what the
/// type's support function knows.
bool fits_modifiers(const StoredType& from, const StoredType& to) {
  if (from.modifiers == to.modifiers) return true;
  if (from.array_dimensions > 0) return false;
  const std::string& name = to.name.name;
  const bool both = !from.modifiers.empty() && !to.modifiers.empty();
  if (name == "varchar" || name == "varbit") {
    return to.modifiers.empty() || (both && to.modifiers.front() >= from.modifiers.front());
  }
  if (name == "timestamp" || name == "timestamptz" || name == "time" || name == "timetz") {
    const long most = 6;
    const long wanted = to.modifiers.empty() ? most : to.modifiers.front();
    const long had = from.modifiers.empty() ? most : from.modifiers.front();
    return wanted >= had;
  }
  if (name == "numeric") {
    if (to.modifiers.empty()) return true;
    return both && to.modifiers.back() == from.modifiers.back() &&
           to.modifiers.front() >= from.modifiers.front();
  }
  // An interval's fields are no list that we read; bpchar pads.
  return name == "interval" && to.modifiers.empty();
}

/// Whether the values stay, with a type that is only called otherwise.
bool relabelled(const StoredType& from, const StoredType& to) {
  if (is_citext(to)) return is_one_of(from, kTexts);
  if (is_citext(from)) return is_one_of(to, kTexts) && to.modifiers.empty();
  return has(kRelabelled, from, to);
}

bool keeps_values(const StoredType& from, const StoredType& to) {
  if (to.constrained) return false;
  if (same_base(from, to)) return fits_modifiers(from, to);
  if (!relabelled(from, to)) return false;
  if (to.modifiers.empty()) return true;
  // The length is checked unless the old one proves it.
  return is_one_of(from, kTexts) && is_one_of(to, kTexts) && !from.modifiers.empty() &&
         to.modifiers.front() >= from.modifiers.front();
}

/// The operator class that an index of either has is the same.
bool keeps_indexes(const StoredType& from, const StoredType& to) {
  if (same_base(from, to)) return true;
  return (is_one_of(from, kTexts) && is_one_of(to, kTexts)) ||
         (from.name.name == "cidr" && to.name.name == "inet");
}

bool assignable(const StoredType& from, const StoredType& to) {
  if (same_base(from, to) || is_one_of(to, kStrings) || relabelled(from, to)) return true;
  if (is_one_of(from, kNumbers) && is_one_of(to, kNumbers)) return true;
  return has(kAssignments, from, to);
}

/// Of integers: how many bytes.
int width(const StoredType& type) {
  return static_cast<int>(std::find(kIntegers.begin(), kIntegers.end(), type.name.name) -
                          kIntegers.begin());
}

bool lossless(const StoredType& from, const StoredType& to) {
  if (to.constrained) return false;
  if (keeps_values(from, to)) return !is_citext(to);
  if (is_one_of(from, kIntegers) && is_one_of(to, kIntegers)) return width(from) < width(to);
  const bool whole = to.name.name == "numeric" && to.modifiers.empty();
  if (is_one_of(from, kIntegers) && is_one_of(to, kNumbers)) return whole;
  if (is_one_of(from, std::array<Names, 1>{"float4"}) &&
      is_one_of(to, std::array<Names, 1>{"float8"}))
    return true;
  return is_one_of(to, kTexts) && to.modifiers.empty() &&
         (is_one_of(from, kIntegers) ||
          is_one_of(from, std::array<Names, 4>{"uuid", "bool", "json", "jsonb"}));
}

bool depends_on_session(const StoredType& from, const StoredType& to) {
  const bool zone = (is_one_of(from, kMoments) && is_one_of(to, kClocks)) ||
                    (is_one_of(from, kClocks) && is_one_of(to, kMoments));
  return zone || (is_one_of(from, kWrittenBySettings) && is_one_of(to, kStrings)) ||
         (is_one_of(from, kStrings) && is_one_of(to, kWrittenBySettings));
}

}  // namespace

StoredType stored_type(const sql::TypeName& type, const Catalog& catalog) {
  const catalog::Type* own =
      type.name.schema == "pg_catalog" ? nullptr : catalog.find_type(type.name);
  if (own && own->kind == catalog::Type::Kind::kDomain && type.array_dimensions == 0 &&
      !own->base_type.empty()) {
    StoredType base = stored_type(own->base_type, catalog);
    base.constrained = base.constrained || own->domain_constrained;
    return base;
  }
  // How many dimensions are written makes no difference.
  StoredType stored{resolve_type(type, catalog), type.modifiers, type.array_dimensions > 0 ? 1 : 0,
                    false};
  if (stored.name.name == "numeric" && stored.modifiers.size() == 1) stored.modifiers.push_back(0);
  return stored;
}

StoredType stored_type(const std::string& format_type, const Catalog& catalog) {
  const auto parsed = sql::parse_type(format_type, {});
  if (const auto* type = std::get_if<sql::TypeName>(&parsed)) return stored_type(*type, catalog);
  return {};
}

TypeChange type_change(const StoredType& from, const StoredType& to) {
  TypeChange change;
  change.same = from == to && !to.constrained;
  change.keeps_values = keeps_values(from, to);
  change.keeps_indexes = change.keeps_values && keeps_indexes(from, to);
  change.assignable = assignable(from, to);
  change.lossless = lossless(from, to);
  change.depends_on_session = depends_on_session(from, to);
  return change;
}

}  // namespace lockstep::operations
