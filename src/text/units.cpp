#include "lockstep/text/units.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace lockstep::text {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kSecond = 1'000'000;
constexpr Unit kDurations[] = {
    {"us", 1},           {"ms", 1'000},          {"s", kSecond},
    {"m", 60 * kSecond}, {"h", 3'600 * kSecond}, {"d", 86'400 * kSecond}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"kB", std::int64_t{1} << 10U},
                           {"MB", std::int64_t{1} << 20U},
                           {"GB", std::int64_t{1} << 30U},
                           {"TB", std::int64_t{1} << 40U}};

template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const Unit (&units)[N]) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) {
    return std::nullopt;
  }
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit.empty()) {
    return number == 0 ? std::optional<std::int64_t>(0) : std::nullopt;
  }
  if (unit.front() == ' ') {
    unit.remove_prefix(1);
  }
  for (const Unit& known : units) {
    if (known.name == unit) {
      if (number > std::numeric_limits<std::int64_t>::max() / known.factor) {
        return std::nullopt;
      }
      return number * known.factor;
    }
  }
  return std::nullopt;
}

/// "3 min 20 s", leaving out a second part that is zero.
std::string two_parts(std::int64_t first, std::string_view first_unit, std::int64_t second,
                      std::string_view second_unit) {
  if (second == 0) {
    return fmt::format("{} {}", first, first_unit);
  }
  return fmt::format("{} {} {} {}", first, first_unit, second, second_unit);
}

/// One decimal below ten, none from there on: "1.2", "41"; "3" rather than "3.0".
std::string short_number(double value) {
  if (value < 9.95 && std::fabs(value - std::round(value)) >= 0.05) {
    return fmt::format("{:.1f}", value);
  }
  return fmt::format("{:.0f}", value);
}

}  // namespace

std::optional<std::chrono::microseconds> parse_duration(std::string_view text) {
  if (const auto value = parse_with_unit(text, kDurations)) {
    return std::chrono::microseconds(*value);
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

std::string format_duration(std::chrono::microseconds duration) {
  const auto us = static_cast<double>(duration.count());
  if (us == 0) {
    return "0 s";
  }
  if (us < 999.5) {
    return fmt::format("{} us", duration.count());
  }
  if (us < 999.5e3) {
    return short_number(us / 1e3) + " ms";
  }
  if (us < 59.5e6) {
    return short_number(us / 1e6) + " s";
  }
  const auto seconds = static_cast<std::int64_t>(std::llround(us / 1e6));
  if (seconds < 3'600) {
    return two_parts(seconds / 60, "min", seconds % 60, "s");
  }
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 24 * 60) {
    return two_parts(minutes / 60, "h", minutes % 60, "min");
  }
  const std::int64_t hours = (minutes + 30) / 60;
  return two_parts(hours / 24, "d", hours % 24, "h");
}

std::string format_size(std::int64_t bytes) {
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  constexpr const char* kNames[] = {"kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(kNames)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::string format_count(double count) {
  if (count < 999.5) {
    return fmt::format("{:.0f}", count);
  }
  if (count < 999.5e3) {
    return short_number(count / 1e3) + " k";
  }
  if (count < 999.5e6) {
    return short_number(count / 1e6) + " M";
  }
  return short_number(count / 1e9) + " G";
}

}  // namespace lockstep::text
