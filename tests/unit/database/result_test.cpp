#include "lockstep/database/session.h"
#include "tests/support/catch.h"

namespace lockstep::database {

TEST_CASE("values are reached by row and column") {
  const Result result{{"a", "b"}, {{"1", std::nullopt}, {"2", "x"}}, 2};
  CHECK_FALSE(result.empty());
  CHECK(result.at(0, 0) == "1");
  CHECK(result.at(1, 1) == "x");
  CHECK_THROWS_AS(result.at(0, 1), std::logic_error);
  CHECK_THROWS_AS(result.at(2, 0), std::out_of_range);
  CHECK_THROWS_AS(result.at(0, 2), std::out_of_range);
}

TEST_CASE("a boolean is exactly one t or f") {
  CHECK(Result{{"b"}, {{"t"}}, 1}.as_bool());
  CHECK_FALSE(Result{{"b"}, {{"f"}}, 1}.as_bool());
  CHECK_THROWS_AS((Result{{"b"}, {{"true"}}, 1}.as_bool()), std::logic_error);
  CHECK_THROWS_AS((Result{{"b"}, {{std::nullopt}}, 1}.as_bool()), std::logic_error);
  CHECK_THROWS_AS((Result{{"b"}, {}, 0}.as_bool()), std::logic_error);
  CHECK_THROWS_AS((Result{{"b"}, {{"t"}, {"t"}}, 2}.as_bool()), std::logic_error);
  CHECK_THROWS_AS((Result{{"a", "b"}, {{"t", "t"}}, 1}.as_bool()), std::logic_error);
}

}  // namespace lockstep::database
