#include "lockstep/text/node.h"

#include "tests/support/catch.h"

using lockstep::core::Problems;
using lockstep::core::SourceLocation;
using lockstep::text::Node;
using lockstep::text::parse_yaml;

namespace {

Node parse_good(const std::string& text) {
  Problems problems;
  Node node = parse_yaml(text, "f.yaml", problems);
  for (const auto& problem : problems) {
    FAIL_CHECK(to_string(problem));
  }
  return node;
}

/// The one problem of a broken document.
std::string parse_bad(const std::string& text) {
  Problems problems;
  const Node node = parse_yaml(text, "f.yaml", problems);
  CHECK(node.kind() == Node::Kind::kNull);
  REQUIRE(problems.size() == 1);
  return to_string(problems.front());
}

}  // namespace

TEST_CASE("values keep their kind, order and position") {
  const Node root =
      parse_good("name: ünï\nlist:\n  - 1\n  - 'true'\nempty:\n  # nothing\nflow: {a: [x]}\n");
  REQUIRE(root.kind() == Node::Kind::kMap);
  REQUIRE(root.entries().size() == 4);
  CHECK(root.entries()[0].key == "name");
  CHECK(root.entries()[3].key_where == SourceLocation{"f.yaml", 7, 1});
  CHECK(root.find("name")->where() == SourceLocation{"f.yaml", 1, 7});
  const Node* list = root.find("list");
  REQUIRE(list->items().size() == 2);
  CHECK(list->items()[0].where() == SourceLocation{"f.yaml", 3, 5});
  CHECK_FALSE(list->items()[0].quoted());
  CHECK(list->items()[1].quoted());
  CHECK(list->items()[1].scalar() == "true");
  CHECK(root.find("empty")->kind() == Node::Kind::kNull);
  CHECK(root.find("flow")->find("a")->items()[0].scalar() == "x");
  CHECK(root.find("absent") == nullptr);
}

TEST_CASE("columns count characters, not bytes") {
  const Node root = parse_good("{größe: klein, b: 'x'}\n");
  CHECK(root.find("b")->where() == SourceLocation{"f.yaml", 1, 19});
}

TEST_CASE("a byte order mark and CRLF line ends are accepted") {
  const Node root = parse_good(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  CHECK(root.find("a")->scalar() == "1");
  CHECK(root.find("b")->where() == SourceLocation{"f.yaml", 2, 4});
}

TEST_CASE("an empty file is a null document") {
  CHECK(parse_good("").kind() == Node::Kind::kNull);
  CHECK(parse_good("# only a comment\n").kind() == Node::Kind::kNull);
}

TEST_CASE("aliases repeat their value") {
  const Node root = parse_good("a: &x {k: v}\nb: *x\n");
  CHECK(root.find("b")->find("k")->scalar() == "v");
}

TEST_CASE("duplicate keys are found, all of them") {
  Problems problems;
  parse_yaml("a: 1\nb: 2\na: 3\nb: {}\n", "f.yaml", problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].where == SourceLocation{"f.yaml", 3, 1});
  CHECK(problems[0].message == "\"a\" is given twice");
  CHECK(problems[1].where == SourceLocation{"f.yaml", 4, 1});
}

TEST_CASE("aliases that explode are refused") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) {
      bomb += ", " + last;
    }
    bomb += "]\n";
  }
  CHECK_THAT(parse_bad(bomb), Catch::Matchers::ContainsSubstring("too large once its aliases"));
  CHECK_THAT(parse_bad("a: &a [*a]\n"),
             Catch::Matchers::ContainsSubstring("f.yaml:1:8: this alias lies inside"));
}

TEST_CASE("bad YAML is a problem with a place and plain words") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(parse_bad("a:\n\tb: 1\n"), ContainsSubstring("f.yaml:2:") && ContainsSubstring("tab"));
  CHECK_THAT(parse_bad("a: [1, 2\nb: 3\n"), ContainsSubstring("[ is not closed"));
  CHECK_THAT(parse_bad("a: 'open\n"), ContainsSubstring("quote is not closed"));
  CHECK_THAT(parse_bad("b: 1\na: &x \"open\n\nc: 2\n"),
             ContainsSubstring("f.yaml:2:4:") && ContainsSubstring("quote is not closed"));
  CHECK_THAT(parse_bad("a: 'it''s\n"), ContainsSubstring("quote is not closed"));
  CHECK_THAT(parse_bad("a: 'x' y\n"), ContainsSubstring("f.yaml:1:"));
  CHECK_THAT(parse_bad("a: 1\n  b: 2\n"), ContainsSubstring("f.yaml:2:"));
  CHECK_THAT(parse_bad("a: {b: 1\n"), ContainsSubstring("{ is not closed"));
  CHECK_THAT(parse_bad("a: 1\n- b\n"), ContainsSubstring("f.yaml:2:"));
  CHECK_THAT(parse_bad("a: *nowhere\n"),
             ContainsSubstring("f.yaml:1:4: not valid YAML: this alias"));
  CHECK_THAT(parse_bad("a: b: c\n"), ContainsSubstring("f.yaml:1:5:"));
  CHECK_THAT(parse_bad("a: 1\n---\nb: 2\n"), ContainsSubstring("f.yaml:2:1: a second document"));
  CHECK_THAT(parse_bad("[a, b]: 1\n"), ContainsSubstring("a key must be a plain word"));
  CHECK_THAT(parse_bad("a: !!binary x\n"), ContainsSubstring("has no meaning here"));
  CHECK_THAT(parse_bad("a: \xFF\n"),
             ContainsSubstring("f.yaml:1:4:") && ContainsSubstring("UTF-8"));
  CHECK_THAT(parse_bad(std::string("a: 1\nb: \x04 c\n")), ContainsSubstring("f.yaml:2:4:"));
  CHECK_THAT(parse_bad("a: {<<: {b: 1}}\n"), ContainsSubstring("merge keys"));
}

TEST_CASE("nesting without end is refused, not a crash") {
  const std::string deep(100'000, '[');
  Problems problems;
  parse_yaml(deep, "f.yaml", problems);
  CHECK_FALSE(problems.empty());
  problems.clear();
  std::string maps;
  for (int i = 0; i < 3000; ++i) {
    maps += "{a: ";
  }
  parse_yaml(maps, "f.yaml", problems);
  CHECK_FALSE(problems.empty());
}
