#include "parsing.h"

using namespace lockstep::sql;

TEST_CASE("a plain index") {
  const auto index = parse_one<CreateIndex>("CREATE INDEX ON users (phone)");
  CHECK_FALSE(index.name.has_value());
  CHECK(index.table == QualifiedName{"", "users"});
  CHECK(index.method == "btree");
  CHECK(index.tail == "(phone)");
  REQUIRE(index.elements.size() == 1);
  CHECK(index.elements[0].column == "phone");
  CHECK_FALSE(index.predicate.has_value());
}

TEST_CASE("an index with everything") {
  const auto index = parse_one<CreateIndex>(R"(
    create unique index concurrently if not exists "I x" on only s.t using gin
      (a desc nulls last, lower( b ) collate "C" text_pattern_ops, (c || 'x,)') asc,
       coalesce(d, (1)) , e int4_ops (siglen = 3), current_date)
      include (f, g) nulls not distinct with ( fastupdate = off ) tablespace fast
      where a is distinct from 'x;y' -- the end
  )");
  CHECK(index.name == "I x");
  CHECK(index.table == QualifiedName{"s", "t"});
  CHECK(index.unique);
  CHECK(index.concurrently);
  CHECK(index.if_not_exists);
  CHECK(index.only);
  CHECK(index.nulls_not_distinct);
  CHECK(index.method == "gin");
  CHECK(index.include == std::vector<std::string>{"f", "g"});
  CHECK(index.with == "fastupdate = off");
  CHECK(index.tablespace == "fast");
  CHECK(index.predicate->text == "a is distinct from 'x;y'");
  CHECK(index.tail.starts_with("(a desc nulls last"));
  CHECK(index.tail.ends_with("from 'x;y'"));

  REQUIRE(index.elements.size() == 6);
  CHECK(index.elements[0].column == "a");
  CHECK(index.elements[0].text == "a desc nulls last");
  CHECK(index.elements[1].expression->text == "lower( b )");
  CHECK(index.elements[1].expression->functions == std::vector{QualifiedName{"", "lower"}});
  CHECK(index.elements[1].has_collation);
  CHECK(index.elements[1].has_operator_class);
  CHECK(index.elements[2].expression->text == "c || 'x,)'");
  CHECK(index.elements[2].text == "(c || 'x,)') asc");
  CHECK(index.elements[3].expression->text == "coalesce(d, (1))");
  CHECK(index.elements[3].expression->functions.empty());
  CHECK(index.elements[4].column == "e");
  CHECK(index.elements[4].has_operator_class);
  CHECK(index.elements[5].expression->value_functions == std::vector<std::string>{"current_date"});
}
