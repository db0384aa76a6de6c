#include "lockstep/core/problem.h"

#include <string>

#include "lockstep/core/error.h"
#include "tests/support/catch.h"

using lockstep::core::InvalidInput;
using lockstep::core::Problem;
using lockstep::core::Problems;
using lockstep::core::Refused;
using lockstep::core::to_string;

TEST_CASE("a place leaves out what is zero") {
  CHECK(to_string(lockstep::core::SourceLocation{"a.sql", 3, 7}) == "a.sql:3:7");
  CHECK(to_string(lockstep::core::SourceLocation{"a.sql", 3, 0}) == "a.sql:3");
  CHECK(to_string(lockstep::core::SourceLocation{"a.sql", 0, 0}) == "a.sql");
  CHECK(to_string(lockstep::core::SourceLocation{"", 3, 7}) == "3:7");
  CHECK(to_string(lockstep::core::SourceLocation{}).empty());
}

TEST_CASE("a problem reads place, message, remedy") {
  CHECK(to_string(Problem{{"a.sql", 3, 7}, "no such table", "create it first"}) ==
        "a.sql:3:7: no such table\n  create it first");
  CHECK(to_string(Problem{{}, "no such table", ""}) == "no such table");
}

TEST_CASE("an exception says all of its problems and keeps them") {
  const Problems problems{{{"a.sql", 1, 1}, "first", ""}, {{"b.sql", 2, 2}, "second", "mend it"}};
  const InvalidInput invalid(problems);
  CHECK(invalid.what() == std::string("a.sql:1:1: first\nb.sql:2:2: second\n  mend it"));
  CHECK(invalid.problems() == problems);
  const Refused refused("unsafe", "write it otherwise");
  CHECK(refused.what() == std::string("unsafe\n  write it otherwise"));
  CHECK(refused.reasons() == Problems{{{}, "unsafe", "write it otherwise"}});
}
