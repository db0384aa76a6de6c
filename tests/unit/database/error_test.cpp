#include "lockstep/database/error.h"

#include "tests/support/catch.h"

namespace lockstep::database {

TEST_CASE("a database error keeps what the server said") {
  const DatabaseError error(DatabaseError::Kind::kServer, "23505", "duplicate key", "Key (a)=(1)",
                            "none");
  CHECK(std::string(error.what()) == "duplicate key");
  CHECK(error.kind() == DatabaseError::Kind::kServer);
  CHECK(error.is("23505"));
  CHECK_FALSE(error.is("23503"));
  CHECK(error.detail() == "Key (a)=(1)");
  CHECK(error.hint() == "none");
}

TEST_CASE("lost connections and passing conditions are worth another try") {
  using Kind = DatabaseError::Kind;
  CHECK(DatabaseError(Kind::kConnectionLost, "", "lost").is_transient());
  CHECK(DatabaseError(Kind::kCommitUnknown, "", "lost").is_transient());
  CHECK(DatabaseError(Kind::kServer, "55P03", "lock timeout").is_transient());
  CHECK(DatabaseError(Kind::kCannotConnect, "57P03", "starting up").is_transient());
  CHECK_FALSE(DatabaseError(Kind::kServer, "23505", "duplicate key").is_transient());
  CHECK_FALSE(DatabaseError(Kind::kCannotConnect, "", "no such host").is_transient());
}

}  // namespace lockstep::database
