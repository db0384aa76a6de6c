#include "lockstep/migration/migration.h"
#include "tests/support/catch.h"

using namespace lockstep;

namespace {

bool same(const std::string& now, const std::string& before, const std::string& file = "1_f.sql") {
  const auto loaded = migration::load_migration(file, now, {{"size", "10"}});
  REQUIRE(loaded.problems.empty());
  return migration::says_the_same(loaded.migrations.front(), before, {{"size", "10"}});
}

const std::string kPhone = "ALTER TABLE users ADD COLUMN phone text;";

}  // namespace

TEST_CASE("comments, white space, reasons and the case of keywords say nothing else") {
  CHECK(same(kPhone, kPhone));
  CHECK(same("-- for calls\nalter table users\n  add column phone text", kPhone));
  CHECK(same("-- lockstep: allow = table-rewrite, reason = \"few rows\"\n" + kPhone,
             "-- lockstep: allow = table-rewrite, reason = \"at most 40\"\n" + kPhone));
  CHECK(same("ALTER TABLE users ADD COLUMN c varchar(${size});",
             "ALTER TABLE users ADD COLUMN c varchar(${size}); -- a name"));
}

TEST_CASE("another statement, another order, another directive say something else") {
  const std::string fax = "ALTER TABLE users ADD COLUMN fax text;";
  CHECK_FALSE(same("ALTER TABLE users ADD COLUMN phone varchar;", kPhone));
  CHECK_FALSE(same(kPhone + fax, kPhone));
  CHECK_FALSE(same(kPhone + fax, fax + kPhone));
  CHECK_FALSE(same("-- lockstep: phase = contract\n" + kPhone, kPhone));
  CHECK_FALSE(same("-- lockstep: scope = shared\n" + kPhone, kPhone));
  CHECK_FALSE(same(kPhone, "ALTER TABLE users ADD COLUMN phone ${unknown};"));
  CHECK_FALSE(same(kPhone, "ALTER TABLE"));
}

TEST_CASE("YAML is compared by its values") {
  const std::string text =
      "operations:\n  - add_column: {table: users, column: phone, type: text}\n";
  CHECK(same("# for calls\ndescription: phones\n" + text, text, "1_f.yaml"));
  CHECK_FALSE(same("operations:\n  - add_column: {table: users, column: fax, type: text}\n", text,
                   "1_f.yaml"));
  CHECK_FALSE(same("operations:\n  - add_column: {table: users, column: phone, type: \"text\"}\n",
                   "operations:\n  - add_column: {table: users, type: text}\n", "1_f.yaml"));
}
