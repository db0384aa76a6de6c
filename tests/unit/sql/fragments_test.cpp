#include "parsing.h"

using namespace lockstep::sql;
using lockstep::core::Problems;
using lockstep::core::SourceLocation;

namespace {

const SourceLocation kHere{"m.yaml", 10, 5};

template <class T>
T good(std::variant<T, Problems> result) {
  if (const auto* problems = std::get_if<Problems>(&result)) {
    for (const auto& problem : *problems) {
      FAIL_CHECK(to_string(problem));
    }
    FAIL();
  }
  return std::get<T>(std::move(result));
}

Expr expression(std::string_view text) {
  return good(parse_expression(text, kHere));
}

template <class T>
bool is_bad(const std::variant<T, Problems>& result) {
  const auto* problems = std::get_if<Problems>(&result);
  return problems != nullptr && !problems->empty();
}

}  // namespace

TEST_CASE("an expression is told apart from everything else") {
  CHECK(expression(" age::integer -- old\n").text == "age::integer");
  CHECK(expression("a /* x */ + 1").text == "a /* x */ + 1");
  CHECK(expression("(1, 2)").text == "(1, 2)");
  CHECK(expression("f(a, b) FILTER (WHERE c)").columns == std::vector<std::string>{"a", "b", "c"});
  CHECK(expression("(select max(x) from s.t)").relations == std::vector{QualifiedName{"s", "t"}});
  for (const std::string_view text : {"",
                                      "  ",
                                      "-- x",
                                      "1) ; drop table x; --",
                                      "1; drop table x",
                                      "1, 2",
                                      "1 from t",
                                      "1 as x",
                                      "select 1",
                                      "with x as (select 1) select 1",
                                      "values (1)",
                                      "table t",
                                      "*",
                                      "1)",
                                      "(1",
                                      "1) from (select 2",
                                      "1 where true",
                                      "1] + [2",
                                      "a b",
                                      "default",
                                      "'open",
                                      "1 order by 2",
                                      "1 /* open",
                                      "$$ open",
                                      "(1]",
                                      "a[1)"}) {
    INFO(text);
    CHECK(is_bad(parse_expression(text, kHere)));
  }
}

TEST_CASE("what is constant") {
  CHECK(expression("1").is_constant);
  CHECK(expression("-1.5").is_constant);
  CHECK(expression("'x'::text::varchar").is_constant);
  CHECK(expression("date '2020-01-01'").is_constant);
  CHECK(expression("true").is_constant);
  CHECK(expression("null").is_null);
  CHECK(expression("null::int").is_null);
  CHECK_FALSE(expression("'null'").is_null);
  CHECK_FALSE(expression("1 + 1").is_constant);
  CHECK_FALSE(expression("now()").is_constant);
  CHECK_FALSE(expression("a").is_constant);
}

TEST_CASE("what an expression refers to") {
  const auto all = expression(
      "coalesce(t.a, b, greatest(a, 1)) || f(x => c) || s.g(current_user, localtimestamp(2)) "
      "|| extract(year from d) || cast(e as s.y)::numeric(3, 1)");
  CHECK(all.columns == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(all.functions == std::vector{QualifiedName{"", "f"}, QualifiedName{"s", "g"},
                                     QualifiedName{"pg_catalog", "extract"}});
  CHECK(all.value_functions == std::vector<std::string>{"current_user", "localtimestamp"});
  CHECK(all.cast_types ==
        std::vector{QualifiedName{"pg_catalog", "numeric"}, QualifiedName{"s", "y"}});
  CHECK(all.origin == Expr::Origin::kAuthor);
}

TEST_CASE("problems point into the file") {
  const auto where = [](std::string_view text) {
    return std::get<Problems>(parse_expression(text, kHere)).front().where;
  };
  CHECK(where("a b") == SourceLocation{"m.yaml", 10, 7});
  CHECK(where("a +\n  b c") == SourceLocation{"m.yaml", 11, 5});
  CHECK(where("1, 2") == SourceLocation{"m.yaml", 10, 6});
  CHECK(where("a +") == SourceLocation{"m.yaml", 10, 8});
  CHECK(where("'ü' + ${x}") == SourceLocation{"m.yaml", 10, 11});
}

TEST_CASE("types") {
  CHECK(good(parse_type("numeric(10, 2)[]", kHere)).text == "numeric(10, 2)[]");
  CHECK(good(parse_type("timestamp with time zone", kHere)).name ==
        QualifiedName{"pg_catalog", "timestamptz"});
  CHECK(good(parse_type("${schema}.mood", kHere)).name.in_tenant());
  CHECK(good(parse_type("bigserial", kHere)).is_serial());
  for (const std::string_view text :
       {"", "int, drop b", "int using 1", "int collate \"C\"", "int; drop table t", "int not null",
        "int default 1", "3", "int language plpgsql", "int)", "int cascade"}) {
    INFO(text);
    CHECK(is_bad(parse_type(text, kHere)));
  }
}

TEST_CASE("index elements") {
  CHECK(good(parse_index_element("email", kHere)).column == "email");
  const auto element = good(parse_index_element("lower(email) text_pattern_ops desc", kHere));
  CHECK(element.expression->text == "lower(email)");
  CHECK(element.has_operator_class);
  CHECK(element.text == "lower(email) text_pattern_ops desc");
  for (const std::string_view text :
       {"", "a, b", "a) where (true", "a) ; drop table t; --", "a + 1", "1", "a)"}) {
    INFO(text);
    CHECK(is_bad(parse_index_element(text, kHere)));
  }
}

TEST_CASE("qualified names") {
  CHECK(good(parse_qualified_name("users", kHere)) == QualifiedName{"", "users"});
  CHECK(good(parse_qualified_name("Billing.\"Plans\"", kHere)) ==
        QualifiedName{"billing", "Plans"});
  CHECK(good(parse_qualified_name("${schema}.users", kHere)).in_tenant());
  for (const std::string_view text : {"", "a.b.c", "a b", "a, b", "a.", ".a", "select",
                                      "a is 'x'; --", "a is null --", "1", "'a'", "a(1)", "a.*"}) {
    INFO(text);
    CHECK(is_bad(parse_qualified_name(text, kHere)));
  }
}

TEST_CASE("a fragment's problem does not speak of words that nobody wrote") {
  const auto message = [](const auto& result) {
    return std::get<Problems>(result).front().message;
  };
  CHECK(message(parse_expression("a +", kHere)) == "this is not an expression");
  CHECK(message(parse_qualified_name("a.", kHere)) == "this is not a name, or a schema and a name");
  CHECK(message(parse_type("", kHere)) == "this is not a type");
}

TEST_CASE("what the server printed") {
  const auto server = server_expression("(a > 0) AND s.f(b)");
  CHECK(server.origin == Expr::Origin::kServer);
  CHECK(server.columns == std::vector<std::string>{"a", "b"});
  CHECK(server.functions == std::vector{QualifiedName{"s", "f"}});
  CHECK(server_expression("'x'::text").is_constant);
  const auto unknown = server_expression("some NEW syntax ))");
  CHECK(unknown.text == "some NEW syntax ))");
  CHECK(unknown.columns.empty());
}
