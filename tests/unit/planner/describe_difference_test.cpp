#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

namespace {

using Lines = std::vector<std::string>;

const std::string kUsers =
    "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, phone text);";

}  // namespace

TEST_CASE("equal catalogs do not differ") {
  CHECK(describe_difference(live(kUsers), live(kUsers)).empty());
}

TEST_CASE("what is missing and what is extra") {
  const catalog::Catalog one = live(kUsers + "CREATE TABLE extra (id int);");
  const catalog::Catalog other =
      live(kUsers +
           "CREATE TABLE missing (id int); ALTER TABLE users ADD COLUMN fax text;"
           "ALTER TABLE users ADD CONSTRAINT k CHECK (id > 0);");
  CHECK(describe_difference(one, other) == Lines{"lacks table missing", "has an extra table extra",
                                                 "lacks column users.fax",
                                                 "lacks constraint users.k"});
  CHECK(describe_difference(other, one) == Lines{"lacks table extra", "has an extra table missing",
                                                 "has an extra column users.fax",
                                                 "has an extra constraint users.k"});
}

TEST_CASE("columns and constraints of another kind") {
  const catalog::Catalog one =
      live("CREATE TABLE users (id int PRIMARY KEY, email varchar(50), phone text DEFAULT '');");
  CHECK(describe_difference(one, live(kUsers)) ==
        Lines{"column users.email is character varying(50) instead of text",
              "column users.email is nullable",
              "column users.phone has default '' instead of none"});
  catalog::Catalog invalid = live(kUsers);
  invalid.find({"", "users"})->indexes.front().valid = false;
  CHECK(describe_difference(invalid, live(kUsers)) == Lines{"index users_pkey is invalid"});
}

TEST_CASE("what no other line says") {
  catalog::Catalog owned = live(kUsers);
  owned.find({"", "users"})->owner = "somebody";
  catalog::Catalog ours = live(kUsers);
  ours.find({"", "users"})->owner = "app";
  CHECK(describe_difference(owned, ours) == Lines{"users belongs to somebody instead of app"});
  catalog::Catalog published = live(kUsers);
  published.find({"", "users"})->publications = {"feed"};
  CHECK(describe_difference(published, live(kUsers)) == Lines{"users is in other publications"});
  catalog::Catalog secured = live(kUsers);
  secured.find({"", "users"})->row_security = true;
  CHECK(describe_difference(secured, live(kUsers)) == Lines{"table users differs"});
  catalog::Catalog granted = live(kUsers);
  granted.find({"", "users"})->privileges = {"=r/owner"};
  CHECK(describe_difference(granted, live(kUsers)) == Lines{"users has other privileges"});
  const catalog::Catalog ordered =
      live("CREATE TABLE users (id int PRIMARY KEY, phone text, email text NOT NULL);");
  CHECK(describe_difference(ordered, live(kUsers)) ==
        Lines{"users has its columns in another order"});
}

TEST_CASE("names that are taken") {
  catalog::Catalog taken = live(kUsers);
  taken.other_constraints.insert({std::string(core::kTenantSchema), "users_age_check"});
  CHECK(describe_difference(taken, live(kUsers)) ==
        Lines{"has a constraint users_age_check elsewhere"});
  CHECK(describe_difference(live(kUsers), taken) ==
        Lines{"lacks a constraint users_age_check elsewhere"});
}

TEST_CASE("functions and types") {
  catalog::Catalog one;
  catalog::Catalog other;
  catalog::Function function;
  function.name = {std::string(core::kTenantSchema), "f"};
  function.signature = "integer";
  one.functions = {function};
  function.language = "sql";
  other.functions = {function};
  function.signature = "text";
  other.functions.push_back(function);
  catalog::Type type;
  type.name = {std::string(core::kTenantSchema), "mood"};
  other.types.emplace(type.name, type);
  CHECK(describe_difference(one, other) ==
        Lines{"function f(integer) differs", "lacks function f(text)", "lacks type mood"});
  CHECK(describe_difference(other, one) == Lines{"function f(integer) differs",
                                                 "has an extra function f(text)",
                                                 "has an extra type mood"});
}
