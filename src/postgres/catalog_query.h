#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/request.h"
#include "lockstep/database/session.h"

// How structure is asked for. One query serves any number of tenants: every row of it says which
// scope it belongs to. A tenant's scope is its schema's name; the shared schemas together are the
// scope ''. Each row of these also has `own`, the scope's schema (0 for the shared), and `path`,
// the search_path to print with:
//
//   rel     the relations to describe: those requested, the table of a requested index, and their
//           partitions, children and parents; for a reader also the other ends of their foreign
//           keys; `names` are their columns by number
//   typ     types to describe: requested, and those of columns
//   fn      functions to describe: requested, and those that parts of relations call
//
// Nouns (catalog_noun.h) select from these. The server cannot know how many rows they have, so
// nothing may be joined to them but by an index of a system catalog, and where it could begin with
// the catalog instead, a LATERAL with DISTINCT keeps it from that: a nested loop over two of them
// takes the square of the number of tenants.

namespace lockstep::postgres {

struct ScopeRequest {
  std::vector<std::string> tenants;
  std::vector<std::string> shared_schemas;
  const catalog::CatalogRequest& objects;
};

/// What the texts of one query are made from.
class CatalogQuery {
 public:
  CatalogQuery(const database::Session& session, const ScopeRequest& request, int server_version,
               bool definitions);

  int server_version() const noexcept { return server_version_; }
  /// Whether rows are for a reader of the structure, who also wants texts that say again, as SQL,
  /// what other columns say already, and cost much to print.
  bool definitions() const noexcept { return definitions_; }

  /// "WITH RECURSIVE rel AS ..., ...".
  std::string ctes() const;

  /// Arrays, as SQL: the tenants; the shared schemas with those that the request names.
  const std::string& tenants() const noexcept { return tenants_; }
  const std::string& shared() const noexcept { return shared_; }

  /// "JOIN LATERAL (...) h ON true": whose row a dependant in namespace row `n` of relation `r` is.
  /// A tenant's relation keeps its dependants in every schema; a shared one those in the shared
  /// schemas, and its dependants in a tenant belong to that tenant.
  std::string holder() const;

  /// The names to be looked for, as rows w (schema, name), and the scope of an object that a
  /// wanted name `w` finds in namespace row `n`, as row `s`.
  const std::string& wanted_names() const noexcept { return wanted_names_; }
  const std::string& wanted_used_types() const noexcept { return wanted_used_types_; }
  const std::string& wanted_used_functions() const noexcept { return wanted_used_functions_; }
  const std::string& wanted_used_sequences() const noexcept { return wanted_used_sequences_; }
  /// Whether there are any of these three.
  bool asks_for_users() const noexcept { return asks_for_users_; }
  std::string scope_of_wanted() const;

 private:
  std::string tenant_path() const;
  std::string relations() const;
  /// More rows of a relation `f`: the other ends of its foreign keys.
  std::string peers() const;
  std::string types() const;
  std::string functions() const;

  int server_version_;
  bool definitions_;
  std::string tenants_;
  std::string searched_;  ///< shared schemas that an unqualified name is looked for in
  std::string shared_;
  std::string shared_path_;
  std::string wanted_relations_;
  std::string wanted_types_;
  std::string wanted_used_types_;
  std::string wanted_functions_;
  std::string wanted_used_functions_;
  std::string wanted_used_sequences_;
  bool asks_for_users_;
  std::string wanted_names_;
};

/// An expression evaluated with search_path set to `path` of the row at hand, by the same
/// expression, so that no plan of the server can put the two in another order. Setting it again
/// would throw away what the server has looked up for the row before.
std::string in_path(std::string_view expression, std::string_view row = "r");

/// The name of namespace row `n`, or the placeholder where it is the scope's own.
std::string schema_of(std::string_view n, std::string_view row = "r");

/// Column names of a key array ("k.conkey") of relation row `r`, in its order; '' for what is no
/// column.
std::string names_of(std::string_view key);
/// The same for the relation with the number `relation`.
std::string names_of(std::string_view key, std::string_view relation);

/// An access control list as sorted texts; NULL where it is the default.
std::string privileges(std::string_view acl);

}  // namespace lockstep::postgres
