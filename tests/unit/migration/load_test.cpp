#include "lockstep/migration/migration.h"

#include "lockstep/core/sha256.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using migration::load_migration;
using migration::load_migrations;
using test::MemoryFiles;

namespace {

const std::string kSql = "CREATE TABLE a (x integer);\n";
const std::string kYaml = "operations:\n  - drop_table: {table: a}\n";

std::vector<std::string> keys(const migration::Loaded& loaded) {
  std::vector<std::string> result;
  for (const auto& each : loaded.migrations) {
    result.push_back(each.id.key() + " " + each.id.name);
  }
  return result;
}

}  // namespace

TEST_CASE("a folder's migrations are ordered by number, repeatables last") {
  const MemoryFiles files({{"m/10_ten.sql", kSql},
                           {"m/0009_nine.yaml", kYaml},
                           {"m/20261122093000_stamped.yml", kYaml},
                           {"m/.gitkeep", ""},
                           {"m/repeatable/b_view.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n"},
                           {"m/repeatable/1_a.sql", "CREATE OR REPLACE VIEW w AS SELECT 1;\n"}});
  const auto loaded = load_migrations(files, "m/");
  CHECK(test::lines(loaded.problems).empty());
  CHECK(keys(loaded) == std::vector<std::string>{"0009 nine", "10 ten", "20261122093000 stamped",
                                                 "R:1_a 1_a", "R:b_view b_view"});
  CHECK(loaded.migrations[1].file == "m/10_ten.sql");
  CHECK(loaded.migrations[1].source == kSql);
  CHECK(loaded.migrations[1].checksum == core::sha256_hex(kSql));
  CHECK(loaded.migrations[3].repeatable());
}

TEST_CASE("an empty folder is fine, an absent one is not") {
  MemoryFiles files;
  files.add_folder("m");
  CHECK(load_migrations(files, "m").problems.empty());
  CHECK(load_migrations(files, "m").migrations.empty());
  CHECK(test::lines(load_migrations(files, "nowhere").problems) ==
        std::vector<std::string>{
            "nowhere: there is no such folder of migrations\n  create it, or name another one with "
            "--migrations or `migrations:` in lockstep.yaml"});
}

TEST_CASE("every file's name is checked, all in one run") {
  MemoryFiles files({{"m/0001_a.sql", kSql},
                     {"m/1_b.sql", kSql},
                     {"m/README.md", "x"},
                     {"m/add_phone.sql", kSql},
                     {"m/0000_zero.sql", kSql},
                     {"m/0003.sql", kSql},
                     {"m/0004_locked.sql", kSql},
                     {"m/0005-foo.sql", kSql},
                     {"m/0006foo.yaml", kYaml},
                     {"m/repeatable/v.yaml", kYaml}});
  files.make_unreadable("m/0004_locked.sql");
  const auto loaded = load_migrations(files, "m");
  CHECK(keys(loaded) == std::vector<std::string>{"0001 a"});
  CHECK(test::lines(loaded.problems) ==
        std::vector<std::string>{
            "m/0000_zero.sql: version 0 stands for an empty database\n  begin with 1",
            "m/0003.sql: the file's name says nothing after its version\n"
            "  name it like 0003_require_phone.sql",
            "m/0004_locked.sql: permission denied",
            "m/0005-foo.sql: the file's name has no underscore behind its version\n"
            "  name it 0005_foo.sql",
            "m/0006foo.yaml: the file's name has no underscore behind its version\n"
            "  name it 0006_foo.yaml",
            "m/1_b.sql: version 1 is taken by m/0001_a.sql\n  give one of them another version",
            "m/README.md: only .sql, .yaml and .yml files are migrations\n"
            "  move it elsewhere, or begin its name with a dot",
            "m/add_phone.sql: the file's name does not begin with a version\n"
            "  name it like 0007_require_phone.sql",
            "m/repeatable/v.yaml: a repeatable file is SQL\n  name it like search_functions.sql",
        });
}

TEST_CASE("problems of all files come in one run") {
  const MemoryFiles files({{"m/1_a.sql", "ALTER TABEL a;\n"},
                           {"m/2_b.yaml", "operation: []\n"},
                           {"m/3_c.sql", "-- nothing\n"}});
  const auto loaded = load_migrations(files, "m");
  REQUIRE(loaded.problems.size() == 4);
  CHECK(loaded.problems[0].where.file == "m/1_a.sql");
  CHECK(loaded.problems[0].where.line == 1);
  CHECK(to_string(loaded.problems[1]) == "m/2_b.yaml:1:1: a migration needs \"operations\"");
  CHECK(to_string(loaded.problems[2]) ==
        "m/2_b.yaml:1:1: a migration has no key \"operation\"\n  did you mean \"operations\"?");
  CHECK(to_string(loaded.problems[3]) ==
        "m/3_c.sql: the file holds no statement\n  write the change, or delete the file");
}

TEST_CASE("one file's text alone") {
  CHECK(keys(load_migration("x/0012_a.sql", kSql)) == std::vector<std::string>{"0012 a"});
  CHECK(keys(load_migration("-", kSql)) == std::vector<std::string>{"0 -"});
  CHECK(keys(load_migration("m/repeatable/v.sql", kSql)) == std::vector<std::string>{"R:v v"});
  CHECK(load_migration("a.yaml", kYaml).migrations[0].items.size() == 1);
}
