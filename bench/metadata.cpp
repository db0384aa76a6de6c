#include <filesystem>

#include <fmt/format.h>

#include "command.h"
#include "figures.h"
#include "fleet.h"
#include "measurements.h"

namespace lockstep::bench {

namespace {

struct Shape {
  const char* name;
  const char* changes;
};

constexpr Shape kShapes[] = {{"on one table",
                              "ALTER TABLE users ADD COLUMN phone text;\n"
                              "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';\n"
                              "ALTER TABLE users ALTER COLUMN name SET DEFAULT '';\n"
                              "ALTER TABLE users ADD COLUMN note text;\n"
                              "ALTER TABLE users ADD COLUMN weight integer NOT NULL DEFAULT 0;\n"},
                             {"on three tables",
                              "ALTER TABLE users ADD COLUMN phone text;\n"
                              "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';\n"
                              "ALTER TABLE users ALTER COLUMN name SET DEFAULT '';\n"
                              "ALTER TABLE orders ADD COLUMN note text;\n"
                              "ALTER TABLE items ADD COLUMN weight integer NOT NULL DEFAULT 0;\n"}};

void write_project(const Folder& folder, const Shape& shape) {
  std::filesystem::create_directory(folder.path("migrations"));
  write_file(folder.path("migrations/0001_five_changes.sql"), shape.changes);
  write_file(folder.path("lockstep.yaml"),
             fmt::format("migrations: {}\ntenants:\n  pattern: \"t*\"\nrollout: {{jobs: 1}}\n",
                         folder.path("migrations")));
}

/// As one would write it without a tool. `commit` is synchronous_commit: the server's own setting,
/// or "off", with which nothing waits for the disk but the end, as under Lockstep.
std::string psql_script(const Shape& shape, int tenants, const std::string& commit) {
  std::string script = commit.empty() ? "" : "SET synchronous_commit = " + commit + ";\n";
  for (int number = 1; number <= tenants; ++number) {
    script += fmt::format("BEGIN;\nSET LOCAL search_path = {};\n{}COMMIT;\n", tenant_name(number),
                          shape.changes);
  }
  return script;
}

Finished apply(const Setup& setup, const Folder& folder, const std::string& connection) {
  return must_run({setup.lockstep, "apply", "--config", folder.path("lockstep.yaml"), "--database",
                   connection, "--phase", "all"});
}

struct Seconds {
  std::vector<double> psql, psql_without_waiting, lockstep, ratio, ratio_without_waiting;

  void add(double by_psql, double without_waiting, double by_lockstep) {
    psql.push_back(by_psql);
    psql_without_waiting.push_back(without_waiting);
    lockstep.push_back(by_lockstep);
    ratio.push_back(by_lockstep / by_psql);
    ratio_without_waiting.push_back(by_lockstep / without_waiting);
  }
};

Seconds compare(const Setup& setup, sandbox::Cluster& cluster, const Shape& shape) {
  const Folder folder;
  write_project(folder, shape);
  write_file(folder.path("waits.sql"), psql_script(shape, setup.tenants, ""));
  write_file(folder.path("off.sql"), psql_script(shape, setup.tenants, "off"));
  const std::string connection = cluster.connection_string("copy");
  const auto timed = [&](const auto& work) {
    copy_database(cluster, "fleet", "copy");
    double seconds = 0;
    {
      const Durable durable(cluster);
      seconds = work();
    }
    cluster.drop_database("copy");
    return seconds;
  };
  const auto plain = [&](const std::string& script) {
    return timed([&] {
      return must_run({psql_program(cluster), "-qX", "-v", "ON_ERROR_STOP=1", "-f",
                       folder.path(script), connection})
          .took.count();
    });
  };
  const auto lockstep = [&] {
    return timed([&] { return apply(setup, folder, connection).took.count(); });
  };
  Seconds all;
  for (int round = 0; round <= setup.rounds; ++round) {
    double first = 0;
    if (round % 2 == 1) first = lockstep();  // each goes first every other time
    const double psql = plain("waits.sql");
    const double without_waiting = plain("off.sql");
    const double second = round % 2 == 1 ? first : lockstep();
    if (round > 0) all.add(psql, without_waiting, second);  // the first warms up
  }
  return all;
}

}  // namespace

std::string measure_metadata(const Setup& setup) {
  sandbox::Cluster cluster = bench_cluster();
  create_fleet(cluster, "fleet", setup.tenants);
  std::string table = fmt::format(
      "### Five metadata changes in {} tenants\n\n"
      "One connection each, fsync on; psql runs the same DDL from one script, one transaction a "
      "tenant, without bookkeeping. Seconds, median of {} (smallest to largest).\n\n"
      "| | lockstep apply | psql | ratio | psql, synchronous_commit = off | ratio |\n"
      "|---|---|---|---|---|---|\n",
      setup.tenants, setup.rounds);
  for (const Shape& shape : kShapes) {
    const Seconds seconds = compare(setup, cluster, shape);
    table += fmt::format("| {} | {} | {} | {} | {} | {} |\n", shape.name,
                         to_string(figures(seconds.lockstep)), to_string(figures(seconds.psql)),
                         to_string(figures(seconds.ratio)),
                         to_string(figures(seconds.psql_without_waiting)),
                         to_string(figures(seconds.ratio_without_waiting)));
  }
  return table;
}

std::string measure_nothing_to_do(const Setup& setup) {
  sandbox::Cluster cluster = bench_cluster();
  const Folder folder;
  write_project(folder, kShapes[0]);
  create_fleet(cluster, "fleet", setup.tenants);
  const std::string connection = cluster.connection_string("fleet");
  apply(setup, folder, connection);

  std::vector<double> empty;
  std::vector<double> nothing;
  for (int round = 0; round <= setup.rounds; ++round) {
    const double psql = must_run({psql_program(cluster), "-qX", "-c", "", connection}).took.count();
    const double lockstep = apply(setup, folder, connection).took.count();
    if (round == 0) continue;
    empty.push_back(psql * 1000);
    nothing.push_back(lockstep * 1000);
  }
  // Every message the server got in one such run.
  cluster.configure("log_statement", "all");
  cluster.restart();
  const std::size_t before = cluster.log().size();
  apply(setup, folder, connection);
  const std::string log = cluster.log().substr(before);
  std::size_t messages = 0;
  for (auto at = log.find("LOG:  "); at != std::string::npos; at = log.find("LOG:  ", at + 1)) {
    const std::string_view line = std::string_view(log).substr(at, 40);
    if (line.find("statement:") != std::string_view::npos ||
        line.find("execute") != std::string_view::npos) {
      ++messages;
    }
  }
  return fmt::format(
      "### Nothing to do, {} tenants\n\n| | ms, median of {} (smallest to largest) |\n|---|---|\n"
      "| psql -c '' | {} |\n| lockstep apply | {} |\n\nMessages sent to the server, session setup "
      "included: {}\n",
      setup.tenants, setup.rounds, to_string(figures(empty)), to_string(figures(nothing)),
      messages);
}

}  // namespace lockstep::bench
