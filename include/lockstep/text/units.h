#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::text {

/// "50ms", "10s", "10m", "2h", "7d", "250us"; "0" needs no unit. Nothing else: a number without a
/// unit, a negative one or a fraction is refused.
std::optional<std::chrono::microseconds> parse_duration(std::string_view text);
/// "8MB", "512kB", "1GB", "100B" (1024-based, as PostgreSQL's own settings); "0" needs no unit.
std::optional<std::int64_t> parse_size(std::string_view text);

/// For people: "50 ms", "1.2 s", "3 min 20 s", "2 h 5 min".
std::string format_duration(std::chrono::microseconds duration);
/// For people: "8.0 MB".
std::string format_size(std::int64_t bytes);
/// For people: "1.2 M", "340 k", "87".
std::string format_count(double count);

}  // namespace lockstep::text
