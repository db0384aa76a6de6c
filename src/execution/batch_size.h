#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace lockstep::execution {

/// How much a backfill's next batch may be: as much as takes the time that batches should take.
/// Counted in keys, or in blocks where there is no key. Pure.
class BatchSize {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// Forgets everything. A chunk that goes on is one that another process has opened: its strides
  /// may be of any size.
  void begin(std::int64_t first, std::int64_t most, milliseconds target);

  std::int64_t limit() const noexcept { return limit_; }
  /// A stride of the chunk in work may be more than a batch may be.
  bool splits_strides() const noexcept { return limit_ < stride_; }
  /// One of the keys ahead cannot be changed: batches do not grow until it is passed or found.
  bool suspicious() const noexcept { return suspect_ > 0; }
  bool can_shrink() const noexcept { return limit_ > 1; }

  /// A chunk opens whose strides have so many keys. `full`: it really has as many.
  void open(std::int64_t stride, int strides, bool full);
  /// A batch took so long: the next is adapted at once if this was too slow or only part of a
  /// stride, else at the end of its chunk, by all of its strides.
  void took(milliseconds time, bool ends_stride, bool ends_chunk);
  /// A batch was too much, or, with `suspect`, has a row that cannot be changed.
  void halve(bool suspect);

 private:
  void scale(milliseconds time);

  std::int64_t limit_ = 1;
  std::int64_t most_ = 1;
  milliseconds target_{1};
  std::int64_t suspect_ = 0;
  std::int64_t stride_ = std::numeric_limits<std::int64_t>::max();
  int strides_ = 1;
  bool full_ = false;
  milliseconds chunk_took_{0};
};

}  // namespace lockstep::execution
