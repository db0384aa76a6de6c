#include "batch_size.h"

#include "tests/support/catch.h"

namespace lockstep::execution {
namespace {

using std::chrono::milliseconds;

BatchSize sized(std::int64_t first) {
  BatchSize size;
  size.begin(first, 20000, milliseconds(50));
  return size;
}

/// A chunk in the key's order: one batch.
void chunk(BatchSize& size, milliseconds time, bool full = true) {
  size.open(size.limit(), 1, full);
  size.took(time, true, true);
}

TEST_CASE("batches grow and shrink towards the time that they should take, in steps") {
  BatchSize size = sized(1000);
  chunk(size, milliseconds(10));
  CHECK(size.limit() == 1500);
  chunk(size, milliseconds(60));
  CHECK(size.limit() == 1250);
  chunk(size, milliseconds(1000));
  CHECK(size.limit() == 625);
  for (int i = 0; i < 20; ++i) {
    chunk(size, milliseconds(0));
  }
  CHECK(size.limit() == 20000);
  chunk(size, milliseconds(10), false);
  chunk(size, milliseconds(100), false);
  CHECK(size.limit() == 20000);  // fewer keys than a batch tell nothing
}

TEST_CASE("a chunk's strides are judged together, but for one that is far too slow") {
  BatchSize size = sized(1000);
  size.open(1000, 2, true);
  CHECK_FALSE(size.splits_strides());
  size.took(milliseconds(20), true, false);
  CHECK(size.limit() == 1000);
  size.took(milliseconds(60), true, true);
  CHECK(size.limit() == 1250);

  size.open(1250, 2, true);
  size.took(milliseconds(125), true, false);
  CHECK(size.limit() == 625);
  CHECK(size.splits_strides());
  size.took(milliseconds(25), false, false);
  CHECK(size.limit() == 937);
  size.took(milliseconds(10), true, true);  // what was left of it
  CHECK(size.limit() == 937);
}

TEST_CASE("a chunk that another process has opened is gone on with in parts") {
  BatchSize size = sized(1000);
  CHECK(size.splits_strides());
  size.took(milliseconds(50), false, false);
  CHECK(size.splits_strides());
}

TEST_CASE("while a row that cannot be changed is looked for, batches do not grow") {
  BatchSize size = sized(8);
  size.open(8, 1, true);
  size.halve(true);
  CHECK(size.limit() == 4);
  CHECK(size.suspicious());
  chunk(size, milliseconds(1));
  CHECK(size.limit() == 4);
  CHECK(size.suspicious());
  size.open(4, 1, true);
  size.halve(true);
  chunk(size, milliseconds(1));
  size.open(2, 1, true);
  size.halve(true);
  CHECK(size.limit() == 1);
  CHECK_FALSE(size.can_shrink());
  chunk(size, milliseconds(1));
  chunk(size, milliseconds(1));
  CHECK_FALSE(size.suspicious());
  chunk(size, milliseconds(1));
  CHECK(size.limit() == 3);
  size.halve(false);
  CHECK(size.limit() == 1);
}

}  // namespace
}  // namespace lockstep::execution
