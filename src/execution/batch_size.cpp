#include "batch_size.h"

#include <algorithm>

namespace lockstep::execution {
namespace {

constexpr double kShrink = 0.5;
constexpr double kGrow = 1.5;

}  // namespace

void BatchSize::begin(std::int64_t first, std::int64_t most, milliseconds target) {
  *this = BatchSize{};
  limit_ = first;
  most_ = most;
  target_ = target;
}

void BatchSize::open(std::int64_t stride, int strides, bool full) {
  stride_ = stride;
  strides_ = strides;
  full_ = full;
  chunk_took_ = milliseconds(0);
}

void BatchSize::took(milliseconds time, bool ends_stride, bool ends_chunk) {
  const bool part = splits_strides();
  chunk_took_ += time;
  suspect_ = std::max<std::int64_t>(suspect_ - std::min(limit_, stride_), 0);
  if (time > 2 * target_) {
    scale(time);
  } else if (suspicious()) {
    return;
  } else if (part && !ends_stride) {
    scale(time);
  } else if (!part && ends_chunk && full_) {
    scale(chunk_took_ / strides_);
  }
}

void BatchSize::halve(bool suspect) {
  const std::int64_t tried = std::min(limit_, stride_);
  suspect_ = suspect ? tried : 0;
  limit_ = std::max<std::int64_t>(tried / 2, 1);
}

void BatchSize::scale(milliseconds time) {
  const double ratio =
      static_cast<double>(target_.count()) / std::max(1.0, static_cast<double>(time.count()));
  const double next = static_cast<double>(limit_) * std::clamp(ratio, kShrink, kGrow);
  const std::int64_t least = ratio > 1 ? limit_ + 1 : 1;  // one and a half of one is one
  limit_ = std::min(std::max(static_cast<std::int64_t>(next), least), most_);
}

}  // namespace lockstep::execution
