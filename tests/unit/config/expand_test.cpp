#include "expand.h"

#include "tests/support/catch.h"

using lockstep::config::expand;

TEST_CASE("variables are replaced, others are told") {
  const std::map<std::string, std::string> environment{{"A", "x"}, {"B_2", "y${A}"}, {"E", ""}};
  CHECK(expand("${A}/${B_2}", environment).text == "x/y${A}");
  CHECK(expand("plain $ and $A", environment).text == "plain $ and $A");
  CHECK(expand("$${A}", environment).text == "${A}");
  CHECK(expand("${NO}${A}${E}", environment).unset == std::vector<std::string>{"NO", "E"});
  CHECK(expand("${", environment).malformed);
  CHECK(expand("${}", environment).malformed);
  CHECK(expand("${1A}", environment).malformed);
  CHECK(expand("${A B}", environment).malformed);
}
