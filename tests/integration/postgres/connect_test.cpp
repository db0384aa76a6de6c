#include <cstdlib>
#include <fstream>

#include "fake_pooler.h"
#include "lockstep/core/error.h"
#include "lockstep/postgres/database.h"
#include "tests/support/catch.h"
#include "tests/support/pg_cluster.h"

// What people are told when a connection cannot be used, and what they are never told.

namespace lockstep::test {

using database::DatabaseError;

namespace {

/// A server that asks for passwords.
struct Guarded {
  Guarded() {
    for (const auto& password : passwords) {
      const auto session = postgres::open_database({cluster.connection_string(), {}})->connect({});
      session->execute("CREATE ROLE " + session->quote_identifier("user of " + password) +
                       " LOGIN PASSWORD " + session->quote_literal(password));
    }
    std::ofstream(cluster.data_folder() / "pg_hba.conf") << "local all postgres trust\n"
                                                            "local all all scram-sha-256\n";
    cluster.restart();
  }

  std::vector<std::string> passwords{"sesame",     "open sesame", "it's \"q\" \\",
                                     "per%40cent", "a@b:c/d?e#f", "größe"};
  sandbox::Cluster cluster{fast_start()};
};

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string percent_encoded(const std::string& value) {
  std::string text;
  for (const char c : value) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// All that a person could see of a failed attempt.
std::string said(const std::string& connection) {
  std::string text;
  try {
    const auto database = postgres::open_database({connection, {}});
    text = database->description();
    database->connect({});
  } catch (const DatabaseError& error) {
    CHECK(error.kind() == DatabaseError::Kind::kCannotConnect);
    text += std::string("\n") + error.what() + "\n" + error.detail() + "\n" + error.hint();
  } catch (const core::InvalidInput& error) {
    text += std::string("\n") + error.what();
  }
  return text;
}

}  // namespace

TEST_CASE("passwords with odd characters work in every form, and are never shown") {
  Guarded guarded;
  const auto socket = guarded.cluster.socket_folder().string();
  for (const auto& password : guarded.passwords) {
    CAPTURE(password);
    const auto user = "user of " + password;
    const auto pairs = "host=" + socket + " dbname=postgres user=" + quoted(user) + " password=";
    const auto uri = [&](const std::string& secret) {
      return "postgresql://" + percent_encoded(user) + ":" + percent_encoded(secret) + "@" +
             percent_encoded(socket) + "/postgres";
    };
    for (const auto& good : {pairs + quoted(password), uri(password)}) {
      const auto session = postgres::open_database({good, {}})->connect({});
      CHECK(session->execute("SELECT current_user").at(0, 0) == user);
    }
    const auto wrong = "wrong " + password + " secret";
    for (const auto& bad : {pairs + quoted(wrong), uri(wrong)}) {
      const auto text = said(bad);
      CHECK_THAT(text, Catch::Matchers::ContainsSubstring("password authentication failed"));
      CHECK_THAT(text, !Catch::Matchers::ContainsSubstring(wrong));
      CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("secret"));
    }
  }

  setenv("PGPASSWORD", "wrong hidden secret", 1);
  const auto text = said("host=" + socket + " dbname=postgres user='user of sesame'");
  unsetenv("PGPASSWORD");
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("password authentication failed"));
  CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("hidden"));
}

TEST_CASE("a wrong host, port, database or user is named") {
  auto& cluster = shared_cluster();
  const auto socket = cluster.socket_folder().string();
  CHECK_THAT(said("host=" + socket + " dbname=nothing user=postgres password=sesame"),
             Catch::Matchers::ContainsSubstring("database \"nothing\" does not exist"));
  CHECK_THAT(said("host=" + socket + " dbname=postgres user=nobody password=sesame"),
             Catch::Matchers::ContainsSubstring("role \"nobody\" does not exist"));
  CHECK_THAT(said("host=" + socket + " port=1 dbname=postgres password=sesame"),
             Catch::Matchers::ContainsSubstring("cannot connect to postgres on " + socket));
  CHECK_THAT(said("hots=db1"), Catch::Matchers::ContainsSubstring("hots"));
}

TEST_CASE("a standby is refused") {
  sandbox::Cluster cluster(fast_start());
  cluster.stop();
  std::ofstream(cluster.data_folder() / "standby.signal").flush();
  cluster.start();
  const auto database = postgres::open_database({cluster.connection_string(), {}});
  CHECK_THROWS_WITH(database->connect({}), Catch::Matchers::ContainsSubstring("standby"));
  CHECK_THROWS_AS(database->connect({}), core::Refused);
}

TEST_CASE("a standby where the primary was a moment ago is worth another try") {
  sandbox::Cluster cluster(fast_start());
  const auto database = postgres::open_database({cluster.connection_string(), {}});
  CHECK(database->connect({})->execute("SELECT 1").at(0, 0) == "1");
  cluster.stop();
  std::ofstream(cluster.data_folder() / "standby.signal").flush();
  cluster.start();
  try {
    database->connect({});
    FAIL("no error");
  } catch (const DatabaseError& error) {
    CHECK(error.kind() == DatabaseError::Kind::kCannotConnect);
    CHECK(error.is_transient());
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("standby"));
  }
  std::filesystem::remove(cluster.data_folder() / "standby.signal");
  cluster.restart();
  CHECK(database->connect({})->execute("SELECT 1").at(0, 0) == "1");
}

TEST_CASE("a connection pooler is refused before anything is set through it") {
  TestDatabase db;
  FakePooler pooler(shared_cluster().socket_folder() / ".s.PGSQL.5432");
  const auto database = postgres::open_database(
      {"host=" + pooler.folder().string() + " port=5432 user=postgres dbname=" + db.name(), {}});
  CHECK_THROWS_WITH(database->connect({}), Catch::Matchers::ContainsSubstring("pooler"));
  CHECK_THROWS_AS(database->connect({}), core::Refused);
  CHECK_THAT(pooler.sent(), !Catch::Matchers::ContainsSubstring("SET "));
}

TEST_CASE("of several hosts the one that takes writes is used") {
  auto& primary = shared_cluster();
  sandbox::Cluster standby(fast_start());
  standby.stop();
  std::ofstream(standby.data_folder() / "standby.signal").flush();
  standby.start();
  const auto database = postgres::open_database({"host=" + standby.socket_folder().string() + "," +
                                                     primary.socket_folder().string() +
                                                     " user=postgres dbname=postgres",
                                                 {}});
  const auto session = database->connect({});
  CHECK(session->execute("SELECT pg_is_in_recovery()").at(0, 0) == "f");
  CHECK(session->execute("SHOW unix_socket_directories").at(0, 0) ==
        primary.socket_folder().string());
}

}  // namespace lockstep::test
