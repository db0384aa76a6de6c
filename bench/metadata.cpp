#include <filesystem>

#include <fmt/format.h>

#include "command.h"
#include "figures.h"
#include "fleet.h"
#include "measurements.h"

namespace lockstep::bench {

namespace {

constexpr const char* kChanges =
    "ALTER TABLE users ADD COLUMN phone text;\n"
    "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';\n"
    "ALTER TABLE users ALTER COLUMN name SET DEFAULT '';\n"
    "ALTER TABLE orders ADD COLUMN note text;\n"
    "ALTER TABLE items ADD COLUMN weight integer NOT NULL DEFAULT 0;\n";

void write_project(const Folder& folder) {
  std::filesystem::create_directory(folder.path("migrations"));
  write_file(folder.path("migrations/0001_five_changes.sql"), kChanges);
  write_file(folder.path("lockstep.yaml"),
             fmt::format("migrations: {}\ntenants:\n  pattern: \"t*\"\nrollout: {{jobs: 1}}\n",
                         folder.path("migrations")));
}

std::string psql_script(int tenants) {
  std::string script;
  for (int number = 1; number <= tenants; ++number) {
    script += fmt::format("BEGIN;\nSET LOCAL search_path = {};\n{}COMMIT;\n", tenant_name(number),
                          kChanges);
  }
  return script;
}

Finished apply(const Setup& setup, const Folder& folder, const std::string& connection) {
  return must_run({setup.lockstep, "apply", "--config", folder.path("lockstep.yaml"), "--database",
                   connection, "--phase", "all"});
}

}  // namespace

std::string measure_metadata(const Setup& setup) {
  sandbox::Cluster cluster = durable_cluster();
  const Folder folder;
  write_project(folder);
  write_file(folder.path("plain.sql"), psql_script(setup.tenants));
  create_fleet(cluster, "fleet", setup.tenants);

  std::vector<double> ratios;
  std::vector<double> plain_seconds;
  std::vector<double> lockstep_seconds;
  const auto plain = [&](const std::string& database) {
    return must_run({psql_program(cluster), "-qX", "-v", "ON_ERROR_STOP=1", "-f",
                     folder.path("plain.sql"), cluster.connection_string(database)})
        .took.count();
  };
  for (int round = 0; round <= setup.rounds; ++round) {
    cluster.create_database("a", "fleet");
    cluster.create_database("b", "fleet");
    double by_psql = 0;
    double by_lockstep = 0;
    // Each goes first every other time.
    if (round % 2 == 0) by_psql = plain("a");
    by_lockstep = apply(setup, folder, cluster.connection_string("b")).took.count();
    if (round % 2 == 1) by_psql = plain("a");
    cluster.drop_database("a");
    cluster.drop_database("b");
    if (round == 0) continue;  // warms up
    plain_seconds.push_back(by_psql);
    lockstep_seconds.push_back(by_lockstep);
    ratios.push_back(by_lockstep / by_psql);
  }
  return fmt::format(
      "### Five metadata changes in {} tenants\n\n"
      "One connection each; psql runs the same DDL from one script, one transaction a tenant.\n\n"
      "| | seconds, median of {} (smallest to largest) |\n|---|---|\n| psql | {} |\n| lockstep "
      "apply | {} |\n"
      "| ratio | {} |\n",
      setup.tenants, setup.rounds, to_string(figures(plain_seconds)),
      to_string(figures(lockstep_seconds)), to_string(figures(ratios)));
}

std::string measure_nothing_to_do(const Setup& setup) {
  sandbox::Cluster cluster = durable_cluster();
  const Folder folder;
  write_project(folder);
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
