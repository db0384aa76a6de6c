#include "lockstep/core/sqlstate.h"

#include "tests/support/catch.h"

namespace sqlstate = lockstep::core::sqlstate;

TEST_CASE("only what another try can mend is transient") {
  for (const auto* code : {"55P03", "40P01", "40001", "57P01", "57P02", "57P03", "53300"}) {
    INFO(code);
    CHECK(sqlstate::is_transient(code));
  }
  for (const auto* code : {"23505", "23502", "23503", "23514", "42601", "42501", "42P01", "25006",
                           "57014", "53100", "53200", "55006", "28P01", "00000", ""}) {
    INFO(code);
    CHECK_FALSE(sqlstate::is_transient(code));
  }
}
