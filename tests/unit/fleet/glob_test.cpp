#include "lockstep/fleet/tenants.h"
#include "tests/support/catch.h"

namespace lockstep::fleet {
namespace {

TEST_CASE("a star is any characters, a question mark one, the rest itself") {
  CHECK(glob_matches("tenant_*", "tenant_"));
  CHECK(glob_matches("tenant_*", "tenant_acme"));
  CHECK_FALSE(glob_matches("tenant_*", "tenan_acme"));
  CHECK(glob_matches("*_eu", "acme_eu"));
  CHECK(glob_matches("a*b*c", "a-b-b-c"));
  CHECK_FALSE(glob_matches("a*b*c", "a-b-b-d"));
  CHECK(glob_matches("t?", "t1"));
  CHECK_FALSE(glob_matches("t?", "t"));
  CHECK_FALSE(glob_matches("t?", "t12"));
  CHECK(glob_matches("*", ""));
  CHECK_FALSE(glob_matches("", "x"));
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("Acme", "acme"));
  CHECK(glob_matches("a.b[c]", "a.b[c]"));
}

}  // namespace
}  // namespace lockstep::fleet
