#include "lockstep/catalog/builtins.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "builtins_table.h"
#include "tests/support/catch.h"

using namespace lockstep::catalog;
using lockstep::sql::Expr;

namespace {

const std::string kTenant{lockstep::core::kTenantSchema};

Expr calling(const std::vector<QualifiedName>& functions) {
  Expr expression;
  expression.functions = functions;
  return expression;
}

Expr casting_to(const QualifiedName& type) {
  Expr expression;
  expression.cast_types = {type};
  return expression;
}

Function function(const QualifiedName& name, const std::string& signature, Volatility is) {
  Function made;
  made.name = name;
  made.signature = signature;
  made.volatility = is;
  return made;
}

}  // namespace

TEST_CASE("builtins have the volatility that servers say") {
  for (const auto* name :
       {"lower", "upper", "md5", "abs", "btrim", "jsonb_build_array", "substring"}) {
    INFO(name);
    CHECK(builtin_volatility(name).has_value());
    CHECK(builtin_volatility(name) != Volatility::kVolatile);
  }
  CHECK(builtin_volatility("lower") == Volatility::kImmutable);
  CHECK(builtin_volatility("now") == Volatility::kStable);
  CHECK(builtin_volatility("concat") == Volatility::kStable);
  CHECK(builtin_volatility("to_char") == Volatility::kStable);
  CHECK(builtin_volatility("nextval") == Volatility::kVolatile);
  CHECK(builtin_volatility("random") == Volatility::kVolatile);
  CHECK(builtin_volatility("clock_timestamp") == Volatility::kVolatile);
  CHECK(builtin_volatility("gen_random_uuid") == Volatility::kVolatile);
}

TEST_CASE("overloads collapse to the most volatile") {
  CHECK(builtin_volatility("date_trunc") == Volatility::kStable);
  CHECK(builtin_volatility("timezone") == Volatility::kStable);
}

TEST_CASE("functions of both the oldest and the newest server are known") {
  CHECK(builtin_volatility("uuidv7") == Volatility::kVolatile);            // from 18 on
  CHECK(builtin_volatility("pg_stat_get_buf_fsync_backend").has_value());  // not in 18
}

TEST_CASE("tables and views of pg_catalog are told from others of such a name") {
  CHECK(is_builtin_relation("pg_class"));
  CHECK(is_builtin_relation("pg_stat_activity"));
  CHECK(is_builtin_relation("pg_aios"));  // from 18 on
  CHECK_FALSE(is_builtin_relation("pg_search_documents"));
  CHECK_FALSE(is_builtin_relation(""));
}

TEST_CASE("what no server has is not known") {
  CHECK(builtin_volatility("") == std::nullopt);
  CHECK(builtin_volatility("LOWER") == std::nullopt);
  CHECK(builtin_volatility("aaaa") == std::nullopt);
  CHECK(builtin_volatility("zzzz") == std::nullopt);
  CHECK(builtin_volatility("pg_catalog.lower") == std::nullopt);
}

TEST_CASE("every builtin is found by its name") {
  CHECK(builtin_functions().size() > 2500);
  std::size_t volatile_ones = 0;
  for (const auto& [name, is] : builtin_functions()) {
    REQUIRE(builtin_volatility(name) == is);
    if (is == Volatility::kVolatile) ++volatile_ones;
  }
  CHECK(volatile_ones > 200);
}

TEST_CASE("an expression that calls nothing is immutable") {
  CHECK(volatility(Expr(), Catalog()) == Volatility::kImmutable);
}

TEST_CASE("an expression is as volatile as the most volatile that it calls") {
  const Catalog catalog;
  CHECK(volatility(calling({{"", "lower"}}), catalog) == Volatility::kImmutable);
  CHECK(volatility(calling({{"", "lower"}, {"", "now"}}), catalog) == Volatility::kStable);
  CHECK(volatility(calling({{"", "random"}, {"", "now"}}), catalog) == Volatility::kVolatile);
  CHECK(volatility(calling({{"pg_catalog", "timezone"}, {"", "now"}}), catalog) ==
        Volatility::kStable);
}

TEST_CASE("a function that nobody knows is volatile") {
  Catalog catalog;
  CHECK(volatility(calling({{"", "slugify"}}), catalog) == Volatility::kVolatile);
  CHECK(volatility(calling({{"shared", "lower"}}), catalog) == Volatility::kVolatile);
  CHECK(volatility(calling({{"pg_catalog", "slugify"}}), catalog) == Volatility::kVolatile);
}

TEST_CASE("the author's functions are found along the search path") {
  Catalog catalog;
  catalog.shared_schemas = {"shared"};
  catalog.functions = {function({"shared", "slugify"}, "text", Volatility::kImmutable),
                       function({kTenant, "current_plan"}, "", Volatility::kStable)};
  CHECK(volatility(calling({{"", "slugify"}}), catalog) == Volatility::kImmutable);
  CHECK(volatility(calling({{"shared", "slugify"}}), catalog) == Volatility::kImmutable);
  CHECK(volatility(calling({{"", "current_plan"}}), catalog) == Volatility::kStable);
  CHECK(volatility(calling({{kTenant, "slugify"}}), catalog) == Volatility::kVolatile);
}

TEST_CASE("every overload that may be meant counts") {
  Catalog catalog;
  catalog.functions = {function({kTenant, "f"}, "text", Volatility::kImmutable),
                       function({kTenant, "f"}, "integer", Volatility::kVolatile),
                       function({kTenant, "lower"}, "mood", Volatility::kVolatile)};
  CHECK(volatility(calling({{"", "f"}}), catalog) == Volatility::kVolatile);
  CHECK(volatility(calling({{"", "lower"}}), catalog) == Volatility::kVolatile);
  CHECK(volatility(calling({{"pg_catalog", "lower"}}), catalog) == Volatility::kImmutable);
}

TEST_CASE("casts that read settings or catalogs are stable") {
  Catalog catalog;
  catalog.types[{kTenant, "mood"}] = {.name = {kTenant, "mood"}, .kind = Type::Kind::kEnum};
  for (const auto* name : {"regclass", "timestamptz", "timestamp", "date", "interval", "money"}) {
    INFO(name);
    CHECK(volatility(casting_to({"pg_catalog", name}), catalog) == Volatility::kStable);
    CHECK(volatility(casting_to({"", name}), catalog) == Volatility::kStable);
  }
  CHECK(volatility(casting_to({"", "mood"}), catalog) == Volatility::kStable);
  CHECK(volatility(casting_to({"shared", "citext"}), catalog) == Volatility::kStable);
  CHECK(volatility(casting_to({"", "citext"}), catalog) == Volatility::kStable);
}

TEST_CASE("plain casts are immutable") {
  for (const auto* name : {"int4", "int8", "text", "varchar", "bpchar", "numeric", "bool", "uuid",
                           "jsonb", "bytea", "float8", "name", "point"}) {
    INFO(name);
    CHECK(volatility(casting_to({"pg_catalog", name}), Catalog()) == Volatility::kImmutable);
  }
}

TEST_CASE("value functions and sub-selects are stable") {
  Expr value_function;
  value_function.value_functions = {"current_timestamp"};
  CHECK(volatility(value_function, Catalog()) == Volatility::kStable);
  Expr sub_select;
  sub_select.relations = {{"", "users"}};
  CHECK(volatility(sub_select, Catalog()) == Volatility::kStable);
  sub_select.functions = {{"", "random"}};
  CHECK(volatility(sub_select, Catalog()) == Volatility::kVolatile);
}
