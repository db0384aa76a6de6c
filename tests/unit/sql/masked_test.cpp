#include "lockstep/sql/masked.h"

#include "tests/support/catch.h"

namespace lockstep::sql {
namespace {

std::string shown(const std::string& statement) {
  return masked(statement, 200);
}

TEST_CASE("a statement is shown without its literals") {
  CHECK(shown("select name from users where id = 42 and mail = 'a@b.c'") ==
        "select name from users where id = ? and mail = ?");
  CHECK(shown("insert into t2 (a1, \"B 7\") values (1, -2.5e-3, .5, $1, t2.c)") ==
        "insert into t2 (a1, \"B 7\") values (?, -?, ?, $1, t2.c)");
  CHECK(shown("select 'it''s', E'it\\'s 1', b'01', x'1f', U&'d\\0061t', e'\\\\', 7") ==
        "select ?, ?, ?, ?, ?, ?, ?");
  CHECK(shown("do $$ 'x' $$; do $a$ x $$ y $a$ language plpgsql") == "do ?; do ? language plpgsql");
  CHECK(shown("alter role app password 'sesame'") == "alter role app password ?");
}

TEST_CASE("comments and line breaks are not shown") {
  CHECK(shown("select 1 -- of Ada's\n from\n\t t /* by 'Ada' /* twice */ over */ where") ==
        "select ? from t where");
}

TEST_CASE("what the server has cut off is left out from where it cannot be read") {
  CHECK(shown("select 'Ada Lovel") == "select ...");
  CHECK(shown("select 1, $x$ Ada") == "select ?, ...");
  CHECK(shown("select /* Ada") == "select ...");
  CHECK(shown("select \"Odd na") == "select ...");
  CHECK(shown("select E'Ada\\") == "select ...");
  CHECK(shown("select '\xe2\x82\xac', 'Ada") == "select ?, ...");
  CHECK(shown("").empty());
}

TEST_CASE("where a backslash may hide the end of a literal, nothing more is shown") {
  CHECK(shown("select 'C:\\' as path, 'Ada'") == "select ...");
  CHECK(shown("select 'C:\\x' as path, 'Ada'") == "select ? as path, ?");
}

TEST_CASE("only the beginning is shown, by whole characters") {
  std::string text;
  while (text.size() < 600) {
    text += "\xe2\x82\xac";
  }
  CHECK(shown(text) == text.substr(0, 198));
  CHECK(shown("x" + text).size() == 199);
}

}  // namespace
}  // namespace lockstep::sql
