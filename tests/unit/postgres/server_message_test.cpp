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

TEST_CASE("why a connection did not come about") {
  CHECK(sqlstate_of_refusal("FATAL:  role \"root\" does not exist") == "28000");
  CHECK(sqlstate_of_refusal("FATAL:  database \"x\" does not exist") == "3D000");
  CHECK(sqlstate_of_refusal("fe_sendauth: no password supplied") == "28P01");
  CHECK(sqlstate_of_refusal("FATAL:  password authentication failed for user \"app\"") == "28P01");
  CHECK(sqlstate_of_refusal("FATAL:  Peer authentication failed for user \"app\"") == "28000");
  CHECK(sqlstate_of_refusal("FATAL:  no pg_hba.conf entry for host \"10.0.0.1\", user \"app\"") ==
        "28000");
  CHECK(sqlstate_of_refusal("Connection refused").empty());
}

TEST_CASE("a word in a name is no reason why a connection did not come about") {
  for (const char* text :
       {"could not translate host name \"password-db\" to address: Name or service not known",
        "connection to server at \"password.internal\" (10.0.0.1), port 5432 failed: timeout "
        "expired",
        "connection to server on socket \"/run/authentication failed/.s.PGSQL.5432\" failed",
        "FATAL:  the database system is starting up"}) {
    CHECK(sqlstate_of_refusal(text).empty());
  }
}

TEST_CASE("a lost connection is told in words that mean something") {
  CHECK(how_it_was_lost("terminating connection due to administrator command") ==
        "terminating connection due to administrator command");
  for (const char* text : {"", " \n", "Could not obtain client encoding: not connected",
                           "Lost connection to the database server. not connected"}) {
    CHECK(how_it_was_lost(text) == "the server closed the connection");
  }
}

}  // namespace lockstep::postgres
