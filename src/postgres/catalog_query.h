#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/request.h"
#include "lockstep/database/session.h"

// How structure is asked for. One query serves any number of tenants: it starts from scopes, and
// every row of it says which scope it belongs to.
//
//   scope   one row per schema: (scope, nsp, own, path). A tenant's scope is its schema's name and
//           its `own` that schema; the shared schemas together are the scope '' and own nothing.
//   rel     the relations to describe: those requested, the table of a requested index, and their
//           partitions, children and parents.
//   dep     what depends on those relations.
//   typ     types to describe; fn  functions to describe.
//
// Nouns (catalog_noun.h) select from these.

namespace lockstep::postgres {

struct ScopeRequest {
  std::vector<std::string> tenants;
  std::vector<std::string> shared_schemas;
  const catalog::CatalogRequest& objects;
};

/// '{"a","b"}'::text[]. One literal, as the server parses ten thousand of them much more slowly.
std::string array_literal(const database::Session& session, const std::vector<std::string>& values);

/// "WITH RECURSIVE scope AS ..., rel AS ..., ..." for the request.
std::string scope_ctes(const database::Session& session, const ScopeRequest& request);

/// A SELECT's text evaluated with search_path set to `path` of the row at hand, by the same
/// expression, so that no plan of the server can put the two in another order.
std::string in_path(std::string_view expression, std::string_view row = "r");

/// The name of namespace row `n`, or the placeholder where it is the scope's own.
std::string schema_of(std::string_view n, std::string_view row = "r");

/// Column names of a key array ("k.conkey") of the relation `relation`, in its order; '' for what is
/// no column.
std::string names_of(std::string_view key, std::string_view relation);

/// "JOIN LATERAL ... h": whose row a dependant in namespace `nsp` of relation `r` is. A tenant's
/// relation keeps its dependants in every schema; a shared one has those of the shared schemas, and
/// its dependants in a tenant belong to that tenant.
std::string holder(std::string_view nsp);

}  // namespace lockstep::postgres
