#include "lockstep/sql/words.h"

#include "tests/support/catch.h"

using lockstep::sql::words_of;

TEST_CASE("statements that differ in form only have the same words") {
  const std::string words = words_of("CREATE TABLE t (id int, \"Name\" text DEFAULT 'A  b')");
  CHECK(words == "create table t ( id int , \"Name\" text default 'A  b' )");
  CHECK(words_of("create table T(id INT,   -- the key\n /* and */ \"Name\" text default 'A  b')") ==
        words);
}

TEST_CASE("what PostgreSQL tells apart has other words") {
  const std::string words = words_of("ALTER TABLE t ALTER c SET DEFAULT 'a'");
  CHECK(words_of("ALTER TABLE t ALTER c SET DEFAULT 'A'") != words);
  CHECK(words_of("ALTER TABLE t ALTER \"C\" SET DEFAULT 'a'") != words);
  CHECK(words_of("ALTER TABLE t ALTER d SET DEFAULT 'a'") != words);
  CHECK(words_of("SELECT 1 - -1") != words_of("SELECT 1 --1"));
  CHECK(words_of("DO $$ begin end $$") != words_of("DO $$ BEGIN end $$"));
}

TEST_CASE("placeholders are words, and what cannot be scanned stays as it is") {
  CHECK(words_of("TABLE ${schema}.t") != words_of("TABLE t"));
  CHECK(words_of("SELECT 'open") == "SELECT 'open");
}
