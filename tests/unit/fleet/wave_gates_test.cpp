#include "wave_gates.h"

#include "tests/support/catch.h"

using namespace lockstep;
using fleet::Tally;
using fleet::WaveGates;

namespace {

const std::vector<fleet::Wave> kWaves = {{"canary", {"a", "b"}}, {"rest", {"c", "d"}}};

/// "canary: a b; rest: d" of what opened.
std::string opened(WaveGates& gates, const Tally& tally) {
  std::string text;
  for (const WaveGates::Opened& each : gates.open(tally)) {
    text += (text.empty() ? "" : "; ") + each.wave + ":";
    for (const std::string& tenant : each.tenants) {
      text += " " + tenant;
    }
  }
  return text;
}

void end(WaveGates& gates, Tally& tally, const std::string& tenant,
         execution::TenantOutcome outcome = execution::TenantOutcome::kDone) {
  execution::TenantResult result;
  result.outcome = outcome;
  tally.end(tenant, result);
  gates.ended(tenant);
}

}  // namespace

TEST_CASE("a wave opens when those before it have ended well") {
  WaveGates gates(kWaves, {{{"a", false}, {"b", true}, {"c", false}}, {}, {}});
  Tally tally;
  CHECK(opened(gates, tally) == "canary: b a");
  end(gates, tally, "a");
  CHECK(opened(gates, tally).empty());
  end(gates, tally, "b");
  CHECK(opened(gates, tally) == "rest: c");
  CHECK_FALSE(gates.withheld(tally));
}

TEST_CASE("a wave stays closed behind one that did not end well") {
  WaveGates gates(kWaves, {{{"a", false}, {"c", false}}, {}, {}});
  Tally tally;
  opened(gates, tally);
  end(gates, tally, "a", execution::TenantOutcome::kBlocked);
  CHECK(opened(gates, tally).empty());
  CHECK(gates.withheld(tally));
}

TEST_CASE("who goes on waits for nobody who has yet to begin, in whichever wave") {
  WaveGates gates(kWaves, {{{"a", false}, {"c", true}, {"d", false}}, {}, {}});
  Tally tally;
  CHECK(opened(gates, tally) == "canary: a; rest: c");
  end(gates, tally, "a", execution::TenantOutcome::kFailed);
  end(gates, tally, "c");
  CHECK(opened(gates, tally).empty());
  CHECK(gates.withheld(tally));
}

TEST_CASE("who goes on waits for those who go on in the waves before") {
  WaveGates gates(kWaves, {{{"a", true}, {"b", true}, {"c", true}}, {}, {}});
  Tally tally;
  CHECK(opened(gates, tally) == "canary: a b");
  end(gates, tally, "a");
  SECTION("one fails") {
    end(gates, tally, "b", execution::TenantOutcome::kFailed);
    CHECK(opened(gates, tally).empty());
    CHECK(gates.withheld(tally));
  }
  SECTION("all are there") {
    end(gates, tally, "b");
    CHECK(opened(gates, tally) == "rest: c");
  }
}

TEST_CASE("who cannot be planned keeps back those who begin, not those who go on") {
  WaveGates gates(kWaves, {{{"b", true}, {"c", true}, {"d", false}}, {}, {"a"}});
  Tally tally;
  tally.refused.insert("a");
  CHECK(opened(gates, tally) == "canary: b");
  end(gates, tally, "b");
  CHECK(opened(gates, tally) == "rest: c");
  CHECK(gates.withheld(tally));
}

TEST_CASE("nobody begins in a later wave while the canary has more to begin") {
  WaveGates gates(kWaves, {{{"a", true}, {"c", true}, {"d", false}}, {"a"}, {}});
  Tally tally;
  CHECK(opened(gates, tally) == "canary: a");
  end(gates, tally, "a");
  CHECK(opened(gates, tally) == "rest: c");
  CHECK_FALSE(gates.withheld(tally));
}
