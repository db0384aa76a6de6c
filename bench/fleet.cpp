#include "fleet.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include <unistd.h>

#include <fmt/format.h>

#include "command.h"

namespace lockstep::bench {

namespace {

constexpr int kCopyStrategies = 15;

void set_fsync(const sandbox::Cluster& cluster, const std::string& value) {
  const std::string connection = cluster.connection_string();
  must_run({psql_program(cluster), "-qX", "-o", "/dev/null", "-c",
            "ALTER SYSTEM SET fsync = " + value, "-c", "SELECT pg_reload_conf()", connection});
  const auto shown = [&] {
    return must_run({psql_program(cluster), "-qXAt", "-c", "SHOW fsync", connection}).output;
  };
  while (shown() != value + "\n") {
  }
}

}  // namespace

sandbox::Cluster bench_cluster() {
  sandbox::ClusterOptions options;
  options.settings = {
      {"full_page_writes", "on"}, {"shared_buffers", "1GB"}, {"max_wal_size", "8GB"}};
  return sandbox::Cluster(options);
}

Durable::Durable(sandbox::Cluster& cluster) : cluster_(cluster) {
  must_run({psql_program(cluster), "-qX", "-c", "CHECKPOINT", cluster.connection_string()});
  sync();
  set_fsync(cluster, "on");
}

Durable::~Durable() {
  try {
    set_fsync(cluster_, "off");
  } catch (const std::exception& error) {
    std::cerr << "fsync stays on: " << error.what() << '\n';
  }
}

void copy_database(const sandbox::Cluster& cluster, const std::string& from,
                   const std::string& to) {
  const char* strategy = cluster.major_version() >= kCopyStrategies ? " STRATEGY file_copy" : "";
  must_run({psql_program(cluster), "-qX", "-c",
            fmt::format("CREATE DATABASE {} TEMPLATE {}{}", to, from, strategy),
            cluster.connection_string()});
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
