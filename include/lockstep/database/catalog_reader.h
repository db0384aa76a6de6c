#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/database/rights.h"
#include "lockstep/plan/plan.h"

namespace lockstep::database {

/// A tenant schema as the server has it now.
struct TenantSchema {
  std::string name;
  std::int64_t oid = 0;
};

struct RelationSize {
  double rows = 0;         ///< reltuples, 0 where never analysed
  std::int64_t bytes = 0;  ///< of the heap, as of the last VACUUM or ANALYZE
};

/// Reads structure. Read-only; takes no lock beyond the catalogs'. Throws DatabaseError.
class CatalogReader {
 public:
  virtual ~CatalogReader() = default;

  virtual plan::DatabaseIdentity identity() = 0;
  virtual catalog::ServerVersion version() = 0;

  /// Which of these schemas exist, with their oids.
  virtual std::vector<TenantSchema> existing(const std::vector<std::string>& schemas) = 0;

  /// One structural fingerprint for each tenant, over the requested relations and their closure
  /// (RULES.md 25), in one query for all of them, measured on the server with search_path set to
  /// the tenant being hashed. `shared_schemas` follow the tenant on the search_path.
  virtual std::map<std::string, std::string> fingerprints(
      const std::vector<std::string>& tenants, const std::vector<std::string>& shared_schemas,
      const catalog::CatalogRequest& request) = 0;

  /// The structure of one tenant, its schema replaced by core::kTenantSchema by catalog identity.
  /// With an empty `tenant`: the shared schemas alone.
  virtual catalog::Catalog read(const std::string& tenant,
                                const std::vector<std::string>& shared_schemas,
                                const catalog::CatalogRequest& request) = 0;

  /// Sizes of those tables (qualified; tenant's by kTenantSchema) in each tenant, one query for
  /// all.
  virtual std::map<std::string, std::map<core::QualifiedName, RelationSize>> sizes(
      const std::vector<std::string>& tenants, const std::vector<core::QualifiedName>& tables) = 0;

  /// Which of these needs, and of those that a ledger in `ledger_schema` has, the session's role
  /// does not meet; in one query for all tenants. What does not exist is met.
  virtual Rights rights(const std::vector<Needs>& needs, const std::string& ledger_schema) = 0;
};

}  // namespace lockstep::database
