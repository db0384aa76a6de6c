#include "error_translation.h"
#include "tests/support/catch.h"

namespace lockstep::postgres {

TEST_CASE("a server's message is taken apart by its labels") {
  const auto parsed = parse_server_message(
      "ERROR:  insert violates \"fk\"\nDETAIL:  Key (a)=(1) is not there.\nHINT:  Add it.\n");
  CHECK(parsed.message == "insert violates \"fk\"");
  CHECK(parsed.detail == "Key (a)=(1) is not there.");
  CHECK(parsed.hint == "Add it.");
}

TEST_CASE("the place in the statement is left out, the context kept") {
  const auto parsed = parse_server_message(
      "FEHLER:  division durch null\nLINE 1: SELECT 1/0\n         ^\nHINT:  two\nlines\n"
      "QUERY:  SELECT 1/0\nCONTEXT:  PL/pgSQL function f() line 3\n");
  CHECK(parsed.message == "division durch null");
  CHECK(parsed.detail == "PL/pgSQL function f() line 3");
  CHECK(parsed.hint == "two\nlines");
}

TEST_CASE("what has no severity or labels is the message") {
  CHECK(parse_server_message("could not connect:  no route\n").message ==
        "could not connect:  no route");
  CHECK(parse_server_message("one\ntwo").message == "one\ntwo");
  CHECK(parse_server_message("").message.empty());
  CHECK(parse_server_message("ERROR:  mentions HINT:  inside").hint.empty());
}

}  // namespace lockstep::postgres
