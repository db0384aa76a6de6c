#include "masked_statement.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

TEST_CASE("a statement is shown without its literals") {
  CHECK(masked_statement("select name from users where id = 42 and mail = 'a@b.c'") ==
        "select name from users where id = ? and mail = ?");
  CHECK(masked_statement("insert into t2 (a1, \"B 7\") values (1, -2.5e-3, .5, 0xFF, $1, t2.c)") ==
        "insert into t2 (a1, \"B 7\") values (?, -?, ?, ?, $1, t2.c)");
  CHECK(masked_statement("select 'it''s', E'it\\'s 1', b'01', U&'d\\0061t', e'\\\\', 7") ==
        "select ?, E?, b?, U&?, e?, ?");
  CHECK(masked_statement("do $$ 'x' $$; do $a$ x $$ y $a$ language plpgsql") ==
        "do ?; do ? language plpgsql");
  CHECK(masked_statement("alter role app password 'sesame'") == "alter role app password ?");
}

TEST_CASE("comments and line breaks are not shown") {
  CHECK(
      masked_statement("select 1 -- of Ada's\n from\n\t t /* by 'Ada' /* twice */ over */ where") ==
      "select ? from t where");
}

TEST_CASE("what the server has cut off is masked to its end") {
  CHECK(masked_statement("select 'Ada Lovel") == "select ?");
  CHECK(masked_statement("select $x$ Ada") == "select ?");
  CHECK(masked_statement("select /* Ada") == "select");
  CHECK(masked_statement("select \"Odd na") == "select \"Odd na");
  CHECK(masked_statement("select E'Ada\\") == "select E?");
  CHECK(masked_statement("select $") == "select $");
  CHECK(masked_statement("").empty());
}

TEST_CASE("where a backslash makes a difference, the rest is a literal") {
  CHECK(masked_statement("select 'C:\\' as path, 'Ada'") == "select ?");
  CHECK(masked_statement("select 'C:\\x' as path, 'Ada'") == "select ? as path, ?");
}

TEST_CASE("only the beginning is shown, by whole characters") {
  std::string text;
  while (text.size() < 600) {
    text += "\xe2\x82\xac";
  }
  CHECK(masked_statement(text) == text.substr(0, 198));
  CHECK(masked_statement("x" + text).size() == 199);
}

}  // namespace
}  // namespace lockstep::execution
