#include "json_position.h"

#include <string>
#include <string_view>

#include "tests/support/catch.h"

using namespace lockstep::plan;
using lockstep::core::SourceLocation;

namespace {

constexpr std::string_view kText = R"json({
  "text": "with \" and \\",
  "empty": [], "none": {},
  "list": [ 1, [2, {"x": "]}"}], "ä", {"deep": null}, true ]
})json";

/// The text from where a path leads.
std::string_view from(const JsonPath& path) {
  return kText.substr(offset_of(kText, path));
}

}  // namespace

TEST_CASE("a path leads to a member's name or an element's first byte") {
  CHECK(from({}).starts_with("{\n"));
  CHECK(from({"text"}).starts_with("\"text\""));
  CHECK(from({"none"}).starts_with("\"none\""));
  CHECK(from({"list", 0UL}).starts_with("1,"));
  CHECK(from({"list", 1UL}).starts_with("[2"));
  CHECK(from({"list", 1UL, 1UL, "x"}).starts_with("\"x\""));
  CHECK(from({"list", 2UL}).starts_with("\"ä\""));
  CHECK(from({"list", 3UL, "deep"}).starts_with("\"deep\""));
  CHECK(from({"list", 4UL}).starts_with("true"));
}

TEST_CASE("a path that leads nowhere ends at the last value that is there") {
  CHECK(from({"absent"}).starts_with("{\n"));
  CHECK(from({"list", 5UL}).starts_with("\"list\""));
  CHECK(from({"list", 3UL, "absent"}).starts_with("{\"deep\""));
  CHECK(from({"empty", 0UL}).starts_with("\"empty\""));
  CHECK(from({"none", "x"}).starts_with("\"none\""));
  CHECK(from({"text", "x", 1UL}).starts_with("\"text\""));
}

TEST_CASE("a path reads as in a program") {
  CHECK(to_string(JsonPath{}).empty());
  CHECK(to_string(JsonPath{"cohorts", 0UL, "steps", 12UL, "title"}) ==
        "cohorts[0].steps[12].title");
}

TEST_CASE("lines and columns count from one, columns by characters") {
  CHECK(location_at("", 0, "f") == SourceLocation{"f", 1, 1});
  CHECK(location_at("ab\ncd", 4, "f") == SourceLocation{"f", 2, 2});
  CHECK(location_at("äö\nüx", 7, "f") == SourceLocation{"f", 2, 2});
  CHECK(location_at("ab", 99, "f") == SourceLocation{"f", 1, 3});
}

TEST_CASE("a value nested deeper than a stack goes is passed over") {
  constexpr std::size_t kDepth = 1'000'000;
  const auto text =
      "{\"a\": " + std::string(kDepth, '[') + std::string(kDepth, ']') + ", \"b\": 1}";
  CHECK(offset_of(text, {"b"}) == text.find("\"b\""));
}
