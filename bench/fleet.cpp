#include "fleet.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "command.h"

namespace lockstep::bench {

sandbox::Cluster durable_cluster() {
  sandbox::ClusterOptions options;
  options.settings = {
      {"fsync", "on"},           {"synchronous_commit", "on"}, {"full_page_writes", "on"},
      {"shared_buffers", "1GB"}, {"max_wal_size", "8GB"},      {"max_connections", "100"}};
  return sandbox::Cluster(options);
}

std::string psql_program(const sandbox::Cluster& cluster) {
  const auto beside = cluster.bin_dir() / "psql";
  return std::filesystem::exists(beside) ? beside.string() : "psql";
}

std::string tenant_name(int number) {
  return fmt::format("t{:05}", number);
}

void create_fleet(sandbox::Cluster& cluster, const std::string& database, int tenants) {
  const Folder folder;
  cluster.create_database(database);
  std::string script;
  for (int number = 1; number <= tenants; ++number) {
    script += fmt::format("BEGIN; CREATE SCHEMA {0}; SET LOCAL search_path = {0};\n",
                          tenant_name(number));
    script +=
        "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, placed "
        "timestamptz);\n"
        "CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, amount "
        "numeric);\n"
        "CREATE TABLE items (id bigint PRIMARY KEY, title text);\n"
        "CREATE TABLE notes (id bigint PRIMARY KEY, body text);\nCOMMIT;\n";
  }
  write_file(folder.path("fleet.sql"), script);
  must_run({psql_program(cluster), "-qX", "-v", "ON_ERROR_STOP=1", "-f", folder.path("fleet.sql"),
            cluster.connection_string(database)});
  must_run({psql_program(cluster), "-qX", "-c", "ANALYZE", "-c", "CHECKPOINT",
            cluster.connection_string(database)});
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lockstep-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("cannot make a temporary folder");
  folder_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace lockstep::bench
