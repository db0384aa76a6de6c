#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/database/session.h"
#include "tests/support/pg_cluster.h"

namespace lockstep::test {

/// A tenant's schema, with a session that sees it as a migration would: the tenant's schema first,
/// then the schema `shared`. Used for one scenario after the other, which spares the server a new
/// backend each time.
class Tenant {
 public:
  Tenant(TestDatabase& database, std::string schema);
  Tenant(const Tenant&) = delete;
  Tenant& operator=(const Tenant&) = delete;

  /// Makes both schemas anew; what other tenants of the database kept in `shared` is gone.
  void build(const std::string& start);

  /// What was kept of what steps have replaced, by their ids.
  std::map<std::string, std::vector<std::string>> former;

  const std::string& schema() const noexcept { return schema_; }
  database::Session& session() noexcept { return *session_; }
  /// Another session with the same search_path.
  std::unique_ptr<database::Session> connect();

  /// Puts the schema's name in the place of its placeholders.
  std::string render(std::string_view planned) const;
  /// Runs planned SQL as one message.
  database::Result run(std::string_view planned);
  /// Runs a migration's statements as their author wrote them, each alone.
  void run_as_written(const std::string& statements);

 private:
  TestDatabase& database_;
  std::string schema_;
  std::unique_ptr<database::Session> session_;
};

}  // namespace lockstep::test
