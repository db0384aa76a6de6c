#include "tests/support/catch.h"

#include "lockstep/text/node.h"

using lockstep::core::Problems;
using lockstep::text::Fields;
using lockstep::text::Node;
using lockstep::text::parse_yaml;

namespace {

struct Document {
  Problems problems;
  Node node;
  explicit Document(const std::string& text) { node = parse_yaml(text, "f.yaml", problems); }
};

}  // namespace

TEST_CASE("fields give typed values") {
  Document d("name: users\nunique: true\ncount: -3\ncolumns: [a, b]\none: c\ndefault: 5\n");
  Fields fields(d.node, "operation x", d.problems);
  CHECK(fields.required_text("name") == "users");
  CHECK(fields.boolean("unique") == true);
  CHECK(fields.integer("count") == -3);
  CHECK(fields.texts("columns") == std::vector<std::string>{"a", "b"});
  CHECK(fields.texts("one") == std::vector<std::string>{"c"});
  CHECK(fields.text("default") == "5");
  CHECK_FALSE(fields.text("absent"));
  CHECK_FALSE(fields.boolean("absent"));
  CHECK(fields.nodes("columns").size() == 2);
  CHECK(fields.has("one"));
  fields.finish();
  CHECK(d.problems.empty());
}

TEST_CASE("an unknown key is a problem at the key, with the nearest known one") {
  Document d("table: users\nunqiue: true\ncolor: red\n");
  Fields fields(d.node, "operation create_index", d.problems);
  fields.required_text("table");
  fields.boolean("unique");
  fields.finish();
  REQUIRE(d.problems.size() == 2);
  CHECK(to_string(d.problems[0]) ==
        "f.yaml:2:1: operation create_index has no key \"unqiue\"\n  did you mean \"unique\"?");
  CHECK(d.problems[1].remedy == "known are table and unique");
}

TEST_CASE("missing and mistyped values are problems where they stand") {
  Document d(
      "unique: 'true'\ncount: many\nname: [a]\nempty: ''\nlist: [{a: 1}]\nnone:\nyes: yes\n");
  Fields fields(d.node, "operation x", d.problems);
  CHECK_FALSE(fields.boolean("unique"));
  CHECK_FALSE(fields.integer("count"));
  CHECK_FALSE(fields.text("name"));
  CHECK(fields.required_text("empty").empty());
  CHECK(fields.texts("list").empty());
  CHECK_FALSE(fields.text("none"));
  CHECK_FALSE(fields.boolean("yes"));
  CHECK(fields.required_text("table").empty());
  fields.finish();
  std::vector<std::string> lines;
  for (const auto& problem : d.problems) {
    lines.push_back(to_string(problem));
  }
  CHECK(lines == std::vector<std::string>{
                     "f.yaml:1:9: \"unique\" of operation x must be true or false",
                     "f.yaml:2:8: \"count\" of operation x must be a whole number",
                     "f.yaml:3:7: \"name\" of operation x needs a single value, here is a list",
                     "f.yaml:4:8: \"empty\" of operation x is empty",
                     "f.yaml:5:8: \"list\" of operation x needs single values, here is a map",
                     "f.yaml:6:1: \"none\" of operation x needs a single value, here is nothing",
                     "f.yaml:7:6: \"yes\" of operation x must be true or false",
                     "f.yaml:1:1: operation x needs \"table\"",
                 });
}

TEST_CASE("what is not a map is one problem, not one for each field") {
  Document d("- a\n");
  Fields fields(d.node, "lockstep.yaml", d.problems);
  CHECK(fields.required_text("a").empty());
  CHECK(fields.required_node("b") == nullptr);
  fields.finish();
  REQUIRE(d.problems.size() == 1);
  CHECK(d.problems[0].message == "lockstep.yaml needs a map of \"key: value\", here is a list");
}
