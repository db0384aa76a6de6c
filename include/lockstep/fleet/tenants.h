#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::fleet {

/// Where tenants come from. Exactly one of query, pattern and schemas is used, in this order.
struct TenantSource {
  std::string query;    ///< its first column names schemas, in rollout order
  std::string pattern;  ///< a glob over the names of schemas, "tenant_*"; sorted by name
  std::vector<std::string> schemas;
  std::vector<std::string> exclude;  ///< names or globs
  std::string only;                  ///< a glob (--tenants); empty: all

  bool is_list() const noexcept { return query.empty() && pattern.empty(); }
};

/// The names, without duplicates, in rollout order. What the query names need not exist as a
/// schema. Throws DatabaseError; core::InvalidInput if the query gives no text column or a NULL.
std::vector<std::string> discover_tenants(database::Session& session, const TenantSource& source);

/// Why it selects nobody, for people: "no schema matches tenants.pattern \"x_*\"".
std::string nobody_selected(const TenantSource& source);

/// All schemas that could be tenants, by name. Throws DatabaseError.
std::vector<std::string> existing_schemas(database::Session& session);

/// `*` any characters, `?` one, everything else itself. Case counts.
bool glob_matches(std::string_view glob, std::string_view name) noexcept;

}  // namespace lockstep::fleet
