#include "support/locks.h"

#include <algorithm>

namespace lockstep::operations {

using catalog::Catalog;
using catalog::LockMode;
using catalog::Relation;
using plan::LockClaim;

namespace {

void add_family(const Catalog& catalog, const Relation& table, LockMode mode,
                std::vector<LockClaim>& claims) {
  claims.push_back({table.name, mode});
  for (const auto& child : table.partitions) {
    if (const Relation* found = catalog.find(child)) add_family(catalog, *found, mode, claims);
  }
}

bool named(const std::vector<LockClaim>& claims, const catalog::QualifiedName& relation,
           LockMode mode) {
  return std::any_of(claims.begin(), claims.end(), [&](const LockClaim& claim) {
    return claim.relation == relation && claim.mode >= mode;
  });
}

}  // namespace

std::vector<LockClaim> family(const Catalog& catalog, const Relation& table, LockMode mode) {
  std::vector<LockClaim> claims;
  add_family(catalog, table, mode, claims);
  return claims;
}

std::vector<LockClaim> family(const Catalog& catalog, const catalog::QualifiedName& table,
                              LockMode mode) {
  if (const Relation* found = catalog.find(table)) return family(catalog, *found, mode);
  return {{table, mode}};
}

std::vector<LockClaim> merge(std::vector<LockClaim> claims) {
  std::vector<LockClaim> merged;
  for (LockClaim& claim : claims) {
    const auto same = std::find_if(merged.begin(), merged.end(), [&](const LockClaim& other) {
      return other.relation == claim.relation;
    });
    if (same == merged.end()) {
      merged.push_back(std::move(claim));
    } else {
      same->mode = std::max(same->mode, claim.mode);
    }
  }
  return merged;
}

void append(std::vector<LockClaim>& to, const std::vector<LockClaim>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::vector<LockClaim> lockable(const Catalog& catalog, const std::vector<LockClaim>& claims) {
  std::vector<LockClaim> result;
  for (const LockClaim& claim : claims) {
    const Relation* relation = catalog.find(claim.relation);
    const bool table = relation ? relation->is_table() : !catalog.find_index(claim.relation).index;
    if (!table) continue;
    if (relation && relation->parent && named(claims, *relation->parent, claim.mode)) continue;
    result.push_back(claim);
  }
  return result;
}

}  // namespace lockstep::operations
