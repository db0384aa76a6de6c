#pragma once

#include <string>

#include "lockstep/sandbox/cluster.h"

namespace lockstep::bench {

/// A server as durable as a real one (fsync and synchronous_commit on).
sandbox::Cluster durable_cluster();

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
