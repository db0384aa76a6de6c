#include "lockstep/migration/migration.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using migration::load_migration;
using migration::Variables;
using Strings = std::vector<std::string>;

TEST_CASE("the checksum is of the file, whatever its variables are set to") {
  const std::string text = "GRANT SELECT ON t TO ${reader};\n";
  const auto one = load_migration("1_f.sql", text, {{"reader", "a"}}).migrations.at(0);
  const auto other = load_migration("1_f.sql", text, {{"reader", "b"}}).migrations.at(0);
  CHECK(one.checksum == other.checksum);
  CHECK(one.source == text);
  CHECK(std::get<sql::Statement>(one.items.at(0).source).text == "GRANT SELECT ON t TO a");
  CHECK(std::get<sql::Statement>(other.items.at(0).source).text == "GRANT SELECT ON t TO b");
}

TEST_CASE("directives keep their place beside variables") {
  const auto loaded = load_migration(
      "1_f.sql", "SELECT '${x}';\n\n-- lockstep: phase = contract\nDROP TABLE \"${x}\";\n",
      {{"x", "a value that is much longer than its name"}});
  CHECK(test::lines(loaded.problems).empty());
  REQUIRE(loaded.migrations.at(0).items.size() == 2);
  CHECK(loaded.migrations[0].items[0].directives.empty());
  CHECK(loaded.migrations[0].items[1].directives.size() == 1);
}

TEST_CASE("an unknown variable names the known ones and the one that was meant") {
  const Variables variables{{"reader", "a"}, {"region", "b"}};
  CHECK(test::lines(load_migration("1_f.sql", "DROP TABLE ${regoin};\n", variables).problems) ==
        Strings{"1_f.sql:1:12: there is no variable \"regoin\"\n"
                "  did you mean ${region}? known are reader and region; set it under `variables:` "
                "in lockstep.yaml, or with --var regoin=VALUE"});
  CHECK(test::lines(load_migration("1_f.sql", "DROP TABLE ${x};\n").problems) ==
        Strings{"1_f.sql:1:12: there is no variable \"x\"\n"
                "  no variable is set; set it under `variables:` in lockstep.yaml, or with --var "
                "x=VALUE"});
}

TEST_CASE("variables in YAML: SQL where the value is SQL, text where it is text") {
  const auto loaded = load_migration(
      "1_f.yaml",
      "operations:\n"
      "  - add_column: {table: \"${t}\", column: phone, type: text, default: \"'${x}'\"}\n"
      "  - comment: {table: users, text: \"for ${x}\"}\n"
      "  - insert_rows: {table: users, rows: [{value: \"'${x}'\", text: \"'${x}'\"}]}\n",
      {{"t", "My Users"}, {"x", "it's"}});
  CHECK(test::lines(loaded.problems).empty());
  const auto& items = loaded.migrations.at(0).items;
  REQUIRE(items.size() == 3);
  const auto value = [&](std::size_t item) -> const text::Node& {
    return std::get<text::Node::Entry>(items[item].source).value;
  };
  CHECK(value(0).find("table")->scalar() == "\"My Users\"");
  CHECK(value(0).find("default")->scalar() == "'it''s'");
  CHECK(value(1).find("text")->scalar() == "for it's");
  const text::Node& row = value(2).find("rows")->items().at(0);
  CHECK(row.find("value")->scalar() == "'it''s'");
  CHECK(row.find("text")->scalar() == "'it''s'");
}

TEST_CASE("an unknown variable in YAML is told where its value stands") {
  CHECK(test::lines(load_migration("1_f.yaml",
                                   "operations:\n"
                                   "  - drop_table: {table: \"${t}\"}\n",
                                   {{"u", "x"}})
                        .problems) ==
        Strings{"1_f.yaml:2:25: there is no variable \"t\"\n"
                "  known is only u; set it under `variables:` in lockstep.yaml, "
                "or with --var t=VALUE"});
}
