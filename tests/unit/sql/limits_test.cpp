#include <thread>

#include "parsing.h"

using namespace lockstep::sql;

namespace {

std::string repeated(std::string_view piece, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) {
    result += piece;
  }
  return result;
}

}  // namespace

TEST_CASE("what is nested too deeply is a problem of its own") {
  const auto sum = parse("DROP TABEL a;\nSELECT 1" + repeated("+1", 20'000) + ";\nDROP TABLE b",
                         {"f.sql", false});
  REQUIRE(sum.problems.size() == 2);
  CHECK(sum.problems[1].where.line == 2);
  CHECK_THAT(sum.problems[1].message, Catch::Matchers::ContainsSubstring("nested too deeply"));
  CHECK(sum.statements.size() == 1);

  CHECK(problems_of("SELECT " + repeated("(", 100'000) + "1" + repeated(")", 100'000)).size() == 1);
  CHECK(problems_of("SELECT " + repeated("(", 100'000)).size() == 1);
  CHECK(problems_of("SELECT " + repeated("NOT ", 100'000) + "true").size() == 1);
  CHECK(problems_of("SELECT " + repeated("- ", 100'000) + "1").size() == 1);
  CHECK(problems_of("SELECT 1" + repeated("::int", 100'000)).size() == 1);
  CHECK(problems_of("SELECT " + repeated("f(1,", 50'000) + "1" + repeated(")", 50'000)).size() ==
        1);
  CHECK(problems_of("SELECT " + repeated("CASE WHEN a THEN ", 50'000)).size() == 1);
  CHECK(problems_of(repeated("SELECT 1 UNION ", 50'000) + "SELECT 1").size() == 1);
}

TEST_CASE("what people write is not nested too deeply") {
  CHECK(problems_of("SELECT 1" + repeated("+1", 5'000)).empty());
  CHECK(problems_of("SELECT " + repeated("(", 300) + "1" + repeated(")", 300)).empty());
  CHECK(problems_of("DELETE FROM t WHERE a IN (0" + repeated(",1", 200'000) + ")").empty());
  CHECK(problems_of("DELETE FROM t WHERE a = 1" + repeated(" OR a = 1", 5'000)).empty());
  CHECK(problems_of("INSERT INTO t VALUES (1, 'a' || 'b')" + repeated(", (2, f(3))", 50'000))
            .empty());
  const auto update =
      parse_one<Update>("UPDATE t SET a = 1" + repeated("+1", 5'000) + " WHERE b = 2");
  CHECK(update.assignments[0].value.text.size() == 10'001);
}

TEST_CASE("a text of more than 8 MB is a problem") {
  CHECK(problems_of(std::string((8 << 20) + 1, ' ')) ==
        std::vector<std::string>{"f.sql:1:1: longer than 8 MB"});
}

TEST_CASE("many threads may parse at once") {
  std::vector<std::thread> threads;
  std::vector<std::size_t> found(8);
  threads.reserve(found.size());
  for (auto& count : found) {
    threads.emplace_back([&count] {
      for (int i = 0; i < 20; ++i) {
        count += parse("DROP TABLE ${schema}.a; SELECT 1", {"f.sql", false}).statements.size();
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(found == std::vector<std::size_t>(8, 40));
}
