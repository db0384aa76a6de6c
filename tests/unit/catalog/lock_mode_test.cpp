#include "lockstep/catalog/lock_mode.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "tests/support/catch.h"

using namespace lockstep::catalog;

namespace {

constexpr std::array kModes{LockMode::kAccessShare,  LockMode::kRowShare,
                            LockMode::kRowExclusive, LockMode::kShareUpdateExclusive,
                            LockMode::kShare,        LockMode::kShareRowExclusive,
                            LockMode::kExclusive,    LockMode::kAccessExclusive};

// PostgreSQL's documentation, table "Conflicting Lock Modes", row by row.
constexpr std::array<std::string_view, 8> kConflicts{
    ".......X",  // ACCESS SHARE
    "......XX",  // ROW SHARE
    "....XXXX",  // ROW EXCLUSIVE
    "...XXXXX",  // SHARE UPDATE EXCLUSIVE
    "..XX.XXX",  // SHARE
    "..XXXXXX",  // SHARE ROW EXCLUSIVE
    ".XXXXXXX",  // EXCLUSIVE
    "XXXXXXXX",  // ACCESS EXCLUSIVE
};

}  // namespace

TEST_CASE("lock modes conflict as PostgreSQL documents it") {
  for (std::size_t a = 0; a < kModes.size(); ++a) {
    for (std::size_t b = 0; b < kModes.size(); ++b) {
      INFO(to_string(kModes[a]) << " and " << to_string(kModes[b]));
      CHECK(conflict(kModes[a], kModes[b]) == (kConflicts[a][b] == 'X'));
    }
  }
}

TEST_CASE("reads wait for one mode, writes for four") {
  for (const auto mode : kModes) {
    INFO(to_string(mode));
    CHECK(blocks_reads(mode) == (mode == LockMode::kAccessExclusive));
    CHECK(blocks_writes(mode) == (mode >= LockMode::kShare));
  }
}

TEST_CASE("a lock mode has the name of pg_locks and the words of LOCK TABLE") {
  for (const auto mode : kModes) CHECK(lock_mode_from(to_string(mode)) == mode);
  CHECK(to_string(LockMode::kShareUpdateExclusive) == "ShareUpdateExclusiveLock");
  CHECK(sql_words(LockMode::kShareUpdateExclusive) == "SHARE UPDATE EXCLUSIVE");
  CHECK(sql_words(LockMode::kAccessExclusive) == "ACCESS EXCLUSIVE");
  CHECK(lock_mode_from("AccessExclusive") == std::nullopt);
  CHECK(lock_mode_from("accessexclusivelock") == std::nullopt);
  CHECK(lock_mode_from("") == std::nullopt);
}
