#pragma once

#include <string>

#include "lockstep/sandbox/cluster.h"

namespace lockstep::bench {

/// A server that is made as durable as a real one (fsync on) only while something is measured:
/// preparing thousands of tables would take longer than measuring them.
sandbox::Cluster bench_cluster();

/// In this scope the server flushes what it commits, and has nothing older to write out.
class Durable {
 public:
  explicit Durable(sandbox::Cluster& cluster);
  ~Durable();
  Durable(const Durable&) = delete;
  Durable& operator=(const Durable&) = delete;

 private:
  sandbox::Cluster& cluster_;
};

/// Copies a database file by file.
void copy_database(const sandbox::Cluster& cluster, const std::string& from, const std::string& to);

/// Creates a database with `tenants` schemas t00001.. of five small tables each.
void create_fleet(sandbox::Cluster& cluster, const std::string& database, int tenants);
std::string tenant_name(int number);

/// psql against the cluster, with the given further arguments.
std::string psql_program(const sandbox::Cluster& cluster);

/// A folder for files of one measurement, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

}  // namespace lockstep::bench
