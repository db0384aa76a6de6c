// What PostgreSQL does with the values of a column that gets another type, as measured on servers.

#include "support/type_change.h"
#include "tests/support/catch.h"

namespace lockstep::operations {

namespace {

catalog::Catalog with_domains() {
  catalog::Catalog catalog;
  for (const bool constrained : {false, true}) {
    catalog::Type domain;
    domain.name = {"${schema}", constrained ? "positive" : "plain"};
    domain.kind = catalog::Type::Kind::kDomain;
    domain.base_type = "integer";
    domain.domain_constrained = constrained;
    catalog.types.emplace(domain.name, domain);
  }
  return catalog;
}

TypeChange change(const std::string& from, const std::string& to) {
  const catalog::Catalog catalog = with_domains();
  return type_change(stored_type(from, catalog), stored_type(to, catalog));
}

bool keeps(const std::string& from, const std::string& to) {
  return change(from, to).keeps_values;
}

}  // namespace

TEST_CASE("values that stay as they are stored") {
  CHECK(keeps("character varying(20)", "varchar(40)"));
  CHECK(keeps("character varying(20)", "varchar"));
  CHECK(keeps("character varying(20)", "text"));
  CHECK(keeps("text", "varchar"));
  CHECK(keeps("numeric(10,2)", "numeric(14,2)"));
  CHECK(keeps("numeric(10,2)", "decimal"));
  CHECK(keeps("timestamp(3) without time zone", "timestamp(6)"));
  CHECK(keeps("timestamp(3) without time zone", "timestamp"));
  CHECK(keeps("bit varying(4)", "varbit(9)"));
  CHECK(keeps("cidr", "inet"));
  CHECK(keeps("integer", "plain"));
  CHECK(keeps("plain", "int"));
  CHECK(keeps("positive", "int"));
}

TEST_CASE("values that are converted") {
  CHECK_FALSE(keeps("character varying(20)", "varchar(10)"));
  CHECK_FALSE(keeps("text", "varchar(10)"));
  CHECK_FALSE(keeps("character(10)", "text"));
  CHECK_FALSE(keeps("character(10)", "char(20)"));
  CHECK_FALSE(keeps("numeric(10,2)", "numeric(14,3)"));
  CHECK_FALSE(keeps("numeric", "numeric(14,2)"));
  CHECK_FALSE(keeps("timestamp without time zone", "timestamp(3)"));
  CHECK_FALSE(keeps("timestamp without time zone", "timestamptz"));
  CHECK_FALSE(keeps("integer", "bigint"));
  CHECK_FALSE(keeps("json", "jsonb"));
  CHECK_FALSE(keeps("inet", "cidr"));
  CHECK_FALSE(keeps("integer", "positive"));
  CHECK_FALSE(keeps("character varying(10)[]", "varchar(20)[]"));
}

TEST_CASE("only the very same type is the same") {
  CHECK(change("integer", "int4").same);
  CHECK(change("numeric(5,0)", "numeric(5)").same);
  CHECK(change("text[]", "text[][]").same);
  CHECK_FALSE(change("character varying(5)", "varchar(6)").same);
  CHECK_FALSE(change("integer", "positive").same);
}

TEST_CASE("what PostgreSQL converts by itself") {
  CHECK(change("bigint", "smallint").assignable);
  CHECK(change("uuid", "text").assignable);
  CHECK(change("date", "timestamptz").assignable);
  CHECK_FALSE(change("text", "integer").assignable);
  CHECK_FALSE(change("integer", "boolean").assignable);
  CHECK_FALSE(change("text", "jsonb").assignable);
}

TEST_CASE("what loses nothing") {
  CHECK(change("integer", "bigint").lossless);
  CHECK(change("bigint", "numeric").lossless);
  CHECK_FALSE(change("bigint", "integer").lossless);
  CHECK_FALSE(change("bigint", "numeric(5)").lossless);
  CHECK_FALSE(change("json", "jsonb").lossless);
}

TEST_CASE("what depends on who converts") {
  CHECK(change("timestamp without time zone", "timestamptz").depends_on_session);
  CHECK(change("timestamp with time zone", "date").depends_on_session);
  CHECK(change("text", "date").depends_on_session);
  CHECK(change("interval", "text").depends_on_session);
  CHECK_FALSE(change("date", "timestamp").depends_on_session);
  CHECK_FALSE(change("integer", "text").depends_on_session);
}

}  // namespace lockstep::operations
