#include "lockstep/sandbox/cluster.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "lockstep/postgres/database.h"
#include "process.h"
#include "temporary_folder.h"
#include "tests/support/catch.h"

namespace lockstep::sandbox {

namespace {

std::unique_ptr<database::Session> connect(const Cluster& cluster,
                                           const std::string& database = "postgres") {
  return postgres::open_database({cluster.connection_string(database), {}})->connect({});
}

std::string ask(database::Session& session, const std::string& query) {
  return session.execute(query).at(0, 0);
}

bool process_exists(pid_t pid) {
  return kill(pid, 0) == 0;
}

}  // namespace

TEST_CASE("a cluster takes connections, and leaves nothing behind") {
  std::filesystem::path folder;
  int pid = 0;
  {
    Cluster cluster;
    folder = cluster.socket_folder();
    pid = cluster.pid();
    CHECK(cluster.running());
    CHECK(process_exists(pid));
    const auto session = connect(cluster);
    CHECK(ask(*session, "SHOW listen_addresses").empty());
    CHECK(ask(*session, "SELECT current_setting('server_version_num')::int / 10000") ==
          std::to_string(cluster.major_version()));
  }
  CHECK_FALSE(process_exists(pid));
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("settings, stops, restarts and crashes of a cluster") {
  const TemporaryFolder templates;
  Cluster cluster({{}, {{"work_mem", "1234kB"}, {"cluster_name", "it's"}}, templates.path() / "t"});
  CHECK(ask(*connect(cluster), "SHOW work_mem") == "1234kB");
  CHECK(ask(*connect(cluster), "SHOW cluster_name") == "it's");

  connect(cluster)->execute("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)");
  cluster.configure("work_mem", "2MB");
  cluster.restart();
  CHECK(ask(*connect(cluster), "SHOW work_mem") == "2MB");

  const auto open = connect(cluster);
  open->execute("BEGIN; INSERT INTO kept VALUES (2)");
  cluster.crash();
  CHECK_FALSE(cluster.running());
  cluster.start();
  CHECK(ask(*connect(cluster), "SELECT count(*) FROM kept") == "1");
  CHECK_THROWS_AS(open->execute("SELECT 1"), database::DatabaseError);

  cluster.stop();
  CHECK_FALSE(cluster.running());
  CHECK_THROWS_AS(connect(cluster), database::DatabaseError);
  cluster.start();
  CHECK(ask(*connect(cluster), "SELECT count(*) FROM kept") == "1");

  SECTION("a second one is copied from the kept data folder") {
    Cluster second({{}, {}, templates.path() / "t"});
    CHECK(ask(*connect(second), "SELECT to_regclass('kept') IS NULL") == "t");
  }
}

TEST_CASE("databases are made from a template, whatever their names") {
  Cluster cluster;
  const std::string odd = "O'Brien \"and\" sons";
  cluster.create_database("template_of_mine");
  connect(cluster, "template_of_mine")->execute("CREATE TABLE t (a int)");
  cluster.create_database(odd, "template_of_mine");
  auto session = connect(cluster, odd);
  CHECK(ask(*session, "SELECT current_database()") == odd);
  CHECK(ask(*session, "SELECT count(*) FROM t") == "0");
  cluster.drop_database(odd);
  CHECK_THROWS_AS(connect(cluster, odd), database::DatabaseError);
}

TEST_CASE("a wrong setting is reported with the server's words") {
  Cluster cluster;
  cluster.configure("shared_buffers", "nonsense");
  cluster.stop();
  CHECK_THROWS_WITH(cluster.start(), Catch::Matchers::ContainsSubstring("nonsense"));
  CHECK_FALSE(cluster.running());
}

TEST_CASE("a missing server is reported") {
  CHECK_THROWS_WITH(Cluster({"/nowhere", {}, {}}), Catch::Matchers::ContainsSubstring("/nowhere"));
}

TEST_CASE("a cluster whose owner is killed ends too") {
  int report[2];
  REQUIRE(pipe(report) == 0);
  const auto owner = fork();
  REQUIRE(owner >= 0);
  if (owner == 0) {
    Cluster cluster;
    const std::string said = std::to_string(cluster.pid()) + " " + cluster.socket_folder().string();
    if (write(report[1], said.data(), said.size()) < 0) _exit(1);
    close(report[1]);
    for (;;) pause();
  }
  close(report[1]);
  std::string said(4096, '\0');
  const auto count = read(report[0], said.data(), said.size());
  close(report[0]);
  REQUIRE(count > 0);
  said.resize(static_cast<std::size_t>(count));
  const auto space = said.find(' ');
  const auto server = static_cast<pid_t>(std::stol(said));
  const std::filesystem::path folder = said.substr(space + 1);
  REQUIRE(process_exists(server));

  REQUIRE(kill(owner, SIGKILL) == 0);
  REQUIRE(waitpid(owner, nullptr, 0) == owner);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::filesystem::exists(folder) && std::chrono::steady_clock::now() < deadline) {
    usleep(10000);
  }
  CHECK_FALSE(process_exists(server));
  CHECK_FALSE(std::filesystem::exists(folder));
}

}  // namespace lockstep::sandbox
