#include "lockstep/catalog/naming.h"

#include <set>
#include <string>
#include <vector>

#include "lockstep/core/names.h"
#include "tests/support/catch.h"

// Expected names are those that PostgreSQL 15 gave when it ran the statement.

using namespace lockstep::catalog;

namespace {

const std::string kTenant{lockstep::core::kTenantSchema};

// 52 and 49 letters.
const std::string kLongTable = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
const std::string kLongColumn = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxy";
// Characters of two and of four bytes.
const std::string kUmlauts = "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöü";
const std::string kEmojis = "x😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀";

/// One schema, in which statements that leave a name out are run.
class Schema {
 public:
  Relation& table(const std::string& name) {
    auto& relation = catalog.relations[{kTenant, name}];
    relation.name = {kTenant, name};
    return relation;
  }

  std::string add_index(const std::string& name, const std::vector<std::string>& columns) {
    return add(name, choose_index_name(catalog, table(name), columns, IndexRole::kPlain));
  }
  std::string add_unique(const std::string& name, const std::vector<std::string>& columns) {
    return add_with_constraint(
        name, choose_index_name(catalog, table(name), columns, IndexRole::kUnique));
  }
  std::string add_primary_key(const std::string& name, const std::vector<std::string>& columns) {
    return add_with_constraint(
        name, choose_index_name(catalog, table(name), columns, IndexRole::kPrimaryKey));
  }
  std::string add_exclusion(const std::string& name, const std::vector<std::string>& columns) {
    return add_with_constraint(
        name, choose_index_name(catalog, table(name), columns, IndexRole::kExclusion));
  }
  std::string add_check(const std::string& name, const std::vector<std::string>& columns) {
    return constrain(name, choose_check_name(catalog, table(name), columns));
  }
  std::string add_foreign_key(const std::string& name, const std::vector<std::string>& columns) {
    return constrain(name, choose_foreign_key_name(catalog, table(name), columns));
  }
  std::string add_serial(const std::string& name, const std::string& column) {
    auto sequence = choose_sequence_name(catalog, table(name), column);
    table(sequence).kind = RelationKind::kSequence;
    return sequence;
  }

  Catalog catalog;

 private:
  std::string add(const std::string& name, const std::string& index_name) {
    Index index;
    index.name = index_name;
    table(name).indexes.push_back(index);
    return index_name;
  }
  std::string constrain(const std::string& name, const std::string& constraint) {
    table(name).constraints.push_back(Constraint{.name = constraint});
    return constraint;
  }
  std::string add_with_constraint(const std::string& name, const std::string& both) {
    add(name, both);
    return constrain(name, both);
  }
};

}  // namespace

TEST_CASE("an object's name joins what is there") {
  CHECK(make_object_name("t", "a", "idx") == "t_a_idx");
  CHECK(make_object_name("t", "", "pkey") == "t_pkey");
  CHECK(make_object_name("t", "a", "") == "t_a");
  CHECK(make_object_name("t", "", "") == "t");
}

TEST_CASE("an object's name is cut at its longer part first, to 63 bytes") {
  CHECK(make_object_name(kLongTable, kLongColumn, "idx") ==
        "abcdefghijklmnopqrstuvwxyzabc_abcdefghijklmnopqrstuvwxyzabc_idx");
  CHECK(make_object_name(kLongTable, "a", "idx") == kLongTable + "_a_idx");
  const std::string sixty(60, 'x');
  CHECK(make_object_name(sixty, "ab", "idx") == std::string(56, 'x') + "_ab_idx");
  CHECK(make_object_name("ab", sixty, "idx") == "ab_" + std::string(56, 'x') + "_idx");
  CHECK(make_object_name(std::string(63, 'x'), "", "pkey") == std::string(58, 'x') + "_pkey");
}

TEST_CASE("an object's name is cut between characters") {
  CHECK(make_object_name(kUmlauts, "ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß", "idx") ==
        "äöüäöüäöüäöüäö_ßßßßßßßßßßßßßß_idx");
  CHECK(make_object_name(kUmlauts, kEmojis, "idx") == "äöüäöüäöüäöüäö_x😀😀😀😀😀😀😀_idx");
}

TEST_CASE("indexes are named after their columns and numbered when taken") {
  Schema s;
  CHECK(s.add_index("t", {"a"}) == "t_a_idx");
  CHECK(s.add_index("t", {"a"}) == "t_a_idx1");
  CHECK(s.add_index("t", {"a", "b"}) == "t_a_b_idx");
  CHECK(s.add_index("t", {"a", "a"}) == "t_a_a1_idx");
  CHECK(s.add_index("t", {"a", "b"}) == "t_a_b_idx1");  // (a) INCLUDE (b)
  CHECK(s.add_index("t", {"lower"}) == "t_lower_idx");
  CHECK(s.add_index("t", {"expr"}) == "t_expr_idx");
  CHECK(s.add_index("t", {"expr", "expr"}) == "t_expr_expr1_idx");
  CHECK(s.add_index("t", {"a"}) == "t_a_idx2");
  CHECK(s.add_unique("t", {"a"}) == "t_a_key");
  CHECK(s.add_unique("t", {"a"}) == "t_a_key1");
  CHECK(s.add_primary_key("t", {"a"}) == "t_pkey");
  CHECK(s.add_exclusion("g", {"r"}) == "g_r_excl");
}

TEST_CASE("numbers are counted into the 63 bytes") {
  Schema s;
  CHECK(s.add_index(kLongTable, {kLongColumn}) ==
        "abcdefghijklmnopqrstuvwxyzabc_abcdefghijklmnopqrstuvwxyzabc_idx");
  CHECK(s.add_index(kLongTable, {kLongColumn}) ==
        "abcdefghijklmnopqrstuvwxyzabc_abcdefghijklmnopqrstuvwxyzab_idx1");
  CHECK(s.add_index(kLongTable, {"a", kLongColumn}) ==
        "abcdefghijklmnopqrstuvwxyzabc_a_abcdefghijklmnopqrstuvwxyza_idx");
  CHECK(s.add_index(kLongTable, {kLongColumn, kLongColumn, "a"}) ==
        "abcdefghijklmnopqrstuvwxyzabc_abcdefghijklmnopqrstuvwxyzab_idx2");
  CHECK(s.add_primary_key(kLongTable, {"a"}) == kLongTable + "_pkey");
  CHECK(s.add_check(kLongTable, {"a"}) == kLongTable + "_a_check");
  CHECK(s.add_serial(kLongTable, "c") == kLongTable + "_c_seq");

  CHECK(s.add_index(kUmlauts, {kEmojis}) == "äöüäöüäöüäöüäö_x😀😀😀😀😀😀😀_idx");
  CHECK(s.add_index(kUmlauts, {kEmojis, kEmojis}) == "äöüäöüäöüäöüäö_x😀😀😀😀😀😀_idx1");
  CHECK(s.add_index(kUmlauts, {kEmojis, kEmojis}) == "äöüäöüäöüäöüäö_x😀😀😀😀😀😀_idx2");
}

TEST_CASE("a check has its column's name if it has one column") {
  Schema s;
  CHECK(s.add_check("t", {"a"}) == "t_a_check");
  CHECK(s.add_check("t", {"a"}) == "t_a_check1");
  CHECK(s.add_check("t", {"a", "b"}) == "t_check");
  CHECK(s.add_check("t", {"a", "b"}) == "t_check1");
  CHECK(s.add_check("u", {}) == "u_check");
}

TEST_CASE("a constraint avoids the constraints of all tables of its schema") {
  Schema s;
  CHECK(s.add_check("a_b", {"c"}) == "a_b_c_check");
  CHECK(s.add_check("a", {"b_c"}) == "a_b_c_check1");
  Schema other;
  other.catalog.relations[{"shared", "a_b"}].constraints = {Constraint{.name = "a_b_c_check"}};
  CHECK(other.add_check("a", {"b_c"}) == "a_b_c_check");
}

TEST_CASE("a table that is newer than the catalog counts as it is") {
  const Catalog empty;
  Relation table;
  table.name = {kTenant, "t"};
  table.constraints = {Constraint{.name = "t_a_check"}, Constraint{.name = "t_a_key"}};
  Index index;
  index.name = "t_a_idx";
  table.indexes = {index};
  CHECK(choose_check_name(empty, table, {"a"}) == "t_a_check1");
  CHECK(choose_index_name(empty, table, {"a"}, IndexRole::kPlain) == "t_a_idx1");
  CHECK(choose_index_name(empty, table, {"a"}, IndexRole::kUnique) == "t_a_key1");
}

TEST_CASE("foreign keys are named after all their columns") {
  Schema s;
  CHECK(s.add_foreign_key("l", {"a", "b"}) == "l_a_b_fkey");
  CHECK(s.add_foreign_key("l", {"a", "b"}) == "l_a_b_fkey1");
  CHECK(
      s.add_foreign_key(kLongColumn + "_long", {"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq1",
                                                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq2"}) ==
      "abcdefghijklmnopqrstuvwxyzabc_abcdefghijklmnopqrstuvwxyzab_fkey");
}

TEST_CASE("an index avoids relations, and one of a constraint avoids constraints too") {
  Schema s;
  CHECK(s.add_unique("r", {"x"}) == "r_x_key");
  s.table("r_x_key1");
  CHECK(s.add_unique("r", {"x"}) == "r_x_key2");

  s.catalog.types[{kTenant, "comp_x_idx"}] = {.name = {kTenant, "comp_x_idx"},
                                              .kind = Type::Kind::kComposite};
  CHECK(s.add_index("comp", {"x"}) == "comp_x_idx1");

  s.table("v").constraints = {Constraint{.name = "w_x_key"}, Constraint{.name = "w_x_idx"},
                              Constraint{.name = "w_pkey"}, Constraint{.name = "w_x_excl"}};
  CHECK(s.add_unique("w", {"x"}) == "w_x_key1");
  CHECK(s.add_primary_key("w", {"x"}) == "w_pkey1");
  CHECK(s.add_exclusion("w", {"x"}) == "w_x_excl1");
  CHECK(s.add_index("w", {"x"}) == "w_x_idx");
}

TEST_CASE("a sequence is named after its column") {
  Schema s;
  CHECK(s.add_serial("t_x", "i") == "t_x_i_seq");
  s.table("t_x_j_seq");
  CHECK(s.add_serial("t_x", "j") == "t_x_j_seq1");
}

TEST_CASE("a helper's name says whose it is") {
  CHECK(helper_name("0007", 3, "users_phone_nn") == "users_phone_nn_lockstep_0007_3");
  CHECK(helper_name("R:views", 1, "v") == "v_lockstep_r_views_1");
}

TEST_CASE("a helper's name stays within 63 bytes, whole characters, and unique") {
  std::set<std::string> names;
  const std::string long_key = "R:" + std::string(80, 'k');
  const std::string nearly(kLongTable + "0123456789a");
  for (const auto& key : {std::string("0007"), std::string("20261122093000"), long_key}) {
    for (const int ordinal : {1, 2, 12}) {
      for (const auto& base : {nearly, nearly + "b", kUmlauts, kUmlauts + "b", std::string()}) {
        const auto name = helper_name(key, ordinal, base);
        INFO(name);
        CHECK(name.size() <= 63);
        CHECK((static_cast<unsigned char>(name.back()) & 0x80U) == 0);
        CHECK(names.insert(name).second);
        CHECK(helper_name(key, ordinal, base) == name);
      }
    }
  }
}
