#include "lockstep/text/units.h"

#include "tests/support/catch.h"

using namespace std::chrono_literals;
using lockstep::text::format_count;
using lockstep::text::format_duration;
using lockstep::text::format_size;
using lockstep::text::parse_duration;
using lockstep::text::parse_size;

TEST_CASE("durations carry units") {
  CHECK(parse_duration("50ms") == 50ms);
  CHECK(parse_duration("10s") == 10s);
  CHECK(parse_duration("10m") == 10min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("250us") == 250us);
  CHECK(parse_duration("50 ms") == 50ms);
  CHECK(parse_duration("0") == 0us);
}

TEST_CASE("what is not a duration is refused") {
  for (const char* text : {"", "50", "-5s", "1.5s", "5 sec", "5S", "s", "5ms ", " 5ms", "5  ms",
                           "+5s", "99999999999999d", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("sizes are counted as PostgreSQL counts them") {
  CHECK(parse_size("8MB") == 8 * 1024 * 1024);
  CHECK(parse_size("512kB") == 512 * 1024);
  CHECK(parse_size("1GB") == 1024 * 1024 * 1024);
  CHECK(parse_size("100B") == 100);
  CHECK(parse_size("0") == 0);
  for (const char* text : {"8", "8mb", "8 M", "-1MB", "1.5GB", "9223372036854775807TB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("durations read well") {
  CHECK(format_duration(0us) == "0 s");
  CHECK(format_duration(250us) == "250 us");
  CHECK(format_duration(50ms) == "50 ms");
  CHECK(format_duration(1500us) == "1.5 ms");
  CHECK(format_duration(1200ms) == "1.2 s");
  CHECK(format_duration(3s) == "3 s");
  CHECK(format_duration(41s) == "41 s");
  CHECK(format_duration(59900ms) == "1 min");
  CHECK(format_duration(200s) == "3 min 20 s");
  CHECK(format_duration(125min) == "2 h 5 min");
  CHECK(format_duration(168h) == "7 d");
}

TEST_CASE("sizes and counts read well") {
  CHECK(format_size(512) == "512 B");
  CHECK(format_size(8 * 1024 * 1024) == "8.0 MB");
  CHECK(format_size(1024 * 1024 - 1) == "1.0 MB");
  CHECK(format_count(0) == "0");
  CHECK(format_count(87) == "87");
  CHECK(format_count(340'000) == "340 k");
  CHECK(format_count(1'200'000) == "1.2 M");
  CHECK(format_count(999'999) == "1 M");
}
