#include "connection_string.h"

#include <cstdlib>

#include "lockstep/core/error.h"
#include "tests/support/catch.h"

namespace lockstep::postgres {

namespace {

/// Sets a variable, or removes it, and puts back what was there.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// No PG* variable that a description uses.
struct CleanEnvironment {
  Variable host{"PGHOST", nullptr};
  Variable hostaddr{"PGHOSTADDR", nullptr};
  Variable port{"PGPORT", nullptr};
  Variable user{"PGUSER", nullptr};
  Variable database{"PGDATABASE", nullptr};
  Variable service{"PGSERVICE", nullptr};
  Variable password{"PGPASSWORD", nullptr};
};

std::string problem_of(const std::string& text) {
  try {
    const ConnectionString parsed(text);
  } catch (const core::InvalidInput& error) {
    return std::string(error.what()) + "\n" + error.problems().front().remedy;
  }
  return {};
}

}  // namespace

TEST_CASE("a description names database, host, port and user") {
  const CleanEnvironment clean;
  const auto describe = [](const char* text) { return ConnectionString(text).description(); };
  CHECK(describe("host=db1 port=5433 user=deploy dbname=orders") == "orders on db1:5433 as deploy");
  CHECK(describe("postgresql://deploy@db1:5433/orders") == "orders on db1:5433 as deploy");
  CHECK(describe("postgres://deploy@db1/orders?sslmode=require") == "orders on db1 as deploy");
  CHECK(describe("postgresql://deploy@a:1,b:2/orders") == "orders on a,b:1,2 as deploy");
  CHECK(describe("postgresql://deploy@[::1]:5433/orders") == "orders on ::1:5433 as deploy");
  CHECK(describe("postgresql:///orders?host=/run/pg&user=deploy") == "orders on /run/pg as deploy");
  CHECK(describe("postgresql://d%65ploy@%2Frun%2Fpg/or%20ders") == "or ders on /run/pg as deploy");
  CHECK(describe("dbname='it\\'s' user = deploy") == "it's on the local socket as deploy");
  CHECK(describe("user=deploy") == "deploy on the local socket as deploy");
  CHECK(describe("service=live user=deploy dbname=orders") == "orders of service live as deploy");

  const Variable host("PGHOST", "db2");
  const Variable database("PGDATABASE", "billing");
  const Variable user("PGUSER", "ci");
  CHECK(describe("") == "billing on db2 as ci");
}

TEST_CASE("defaults are added where the user set nothing, in the string's own form") {
  ConnectionString pairs("host=db connect_timeout=3");
  pairs.add_default("connect_timeout", "10");
  pairs.add_default("keepalives_idle", "10");
  CHECK(pairs.text() == "host=db connect_timeout=3 keepalives_idle=10");

  ConnectionString uri("postgresql://db/x");
  uri.add_default("connect_timeout", "10");
  uri.add_default("keepalives_idle", "10");
  CHECK(uri.text() == "postgresql://db/x?connect_timeout=10&keepalives_idle=10");

  ConnectionString with_query("postgresql://db?connect_timeout=3");
  with_query.add_default("connect_timeout", "10");
  with_query.add_default("keepalives_idle", "10");
  CHECK(with_query.text() == "postgresql://db?connect_timeout=3&keepalives_idle=10");

  ConnectionString empty("");
  empty.add_default("connect_timeout", "10");
  CHECK(empty.text() == "connect_timeout=10");
}

TEST_CASE("several hosts are noticed") {
  const CleanEnvironment clean;
  CHECK(ConnectionString("postgresql://a,b/x").has_several_hosts());
  CHECK(ConnectionString("host=a,b").has_several_hosts());
  CHECK_FALSE(ConnectionString("host=a").has_several_hosts());
  const Variable host("PGHOST", "a,b");
  CHECK(ConnectionString("").has_several_hosts());
}

TEST_CASE("passwords are found wherever they are written") {
  const CleanEnvironment clean;
  const auto masked = [](const std::string& text, const std::string& message) {
    return scrub(message, ConnectionString(text).secrets());
  };
  CHECK(masked("password=sesame host=db", "no sesame") == "no ***");
  CHECK(masked("password='open \\'sesame\\''", "no open 'sesame'") == "no ***");
  CHECK(masked("postgresql://u:s%65same@db/x", "no sesame, no s%65same") == "no ***, no ***");
  CHECK(masked("postgresql://u:se?s:a&me@db/x", "no se?s:a&me") == "no ***");
  CHECK(masked("postgresql://db/x?password=ses%20ame&user=u", "no ses ame") == "no ***");
  CHECK(masked("sslpassword=keyword", "no keyword") == "no ***");
  const char* name = GENERATE("oauth_client_secret", "scram_client_key", "scram_server_key");
  CHECK(masked(std::string(name) + "=sesame host=db", "no sesame") == "no ***");
  CHECK(masked("postgresql://db/x?" + std::string(name) + "=ses%20ame",
               "no ses ame, no ses%20ame") == "no ***, no ***");
  const Variable password("PGPASSWORD", "from the environment");
  CHECK(masked("", "no from the environment") == "no ***");
}

TEST_CASE("a very short password is masked where it is a value, and in no other word") {
  const CleanEnvironment clean;
  const auto masked = [](const std::string& message) {
    return scrub(message, ConnectionString("password=on host=db").secrets());
  };
  CHECK(masked("cannot connect: no entry for \"on\"") == "cannot connect: no entry for \"***\"");
  CHECK(masked("password=on host=db") == "password=*** host=db");
  CHECK(masked("password='on'") == "password='***'");
  CHECK(masked("postgresql://u:on@db?password=on&user=on") ==
        "postgresql://u:***@db?password=***&user=***");
  CHECK(masked("on and on, connection on, :only") == "on and on, connection on, :only");
}

TEST_CASE("a longer secret is masked before one that it holds") {
  const CleanEnvironment clean;
  const Variable password("PGPASSWORD", "sesame");
  CHECK(scrub("no sesame-street", ConnectionString("password=sesame-street").secrets()) ==
        "no ***");
}

TEST_CASE("malformed strings are refused without repeating them") {
  const CleanEnvironment clean;
  const auto text = GENERATE("password=open sesame host=db", "password=open sesame=1 host=db",
                             "password='open sesame", "postgresql://u:open@sesame@db/x",
                             "postgresql://u:open/sesame@db/x", "postgresql://u:open%zzsesame@db/x",
                             "postgresql://u:open%00sesame@db/x", "postgresql://u:x@db:sesame/x",
                             "postgresql://u@db/x?password", "sesame",
                             "postgresql://u@db/x?password=open&sesame=1");
  const auto problem = problem_of(text);
  CAPTURE(text);
  CHECK_THAT(problem, Catch::Matchers::ContainsSubstring("cannot be understood"));
  CHECK_THAT(problem, !Catch::Matchers::ContainsSubstring("sesame"));
  CHECK_THAT(problem, !Catch::Matchers::ContainsSubstring("open"));
}

}  // namespace lockstep::postgres
