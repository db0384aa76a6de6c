#include "lockstep/fleet/tenants.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/core/sqlstate.h"

namespace lockstep::fleet {
namespace {

// What PostgreSQL keeps for itself is nobody's tenant.
bool reserved(std::string_view name) {
  return name.starts_with("pg_") || name == "information_schema";
}

std::vector<std::string> first_column(const database::Result& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows.rows) {
    if (row.empty() || !row.front()) {
      throw core::InvalidInput("the query for tenants gives a NULL or no column",
                               "its first column names the schemas");
    }
    names.push_back(*row.front());
  }
  return names;
}

/// The name after these words in the server's message, where it is English.
std::optional<std::string> denied(const std::string& message, const std::string& kind) {
  const std::string words = "permission denied for " + kind + " ";
  const std::size_t at = message.find(words);
  return at == std::string::npos ? std::nullopt : std::optional(message.substr(at + words.size()));
}

/// The message names a relation without its schema; where only one of that name is closed to us, it
/// is that one.
std::string in_full(database::Session& session, const std::string& relation) {
  const database::Result closed = session.execute(fmt::format(
      "select format('%I.%I', n.nspname, c.relname) from pg_class c"
      " join pg_namespace n on n.oid = c.relnamespace where c.relname = {}"
      " and c.relkind in ('r', 'p', 'v', 'm', 'f') and not has_table_privilege(c.oid, 'select')",
      session.quote_literal(relation)));
  return closed.rows.size() == 1 ? closed.at(0, 0) : session.quote_identifier(relation);
}

/// What mends a query for tenants that is right, and not allowed.
std::string grant_for(database::Session& session, const std::string& message) {
  const std::string role =
      session.quote_identifier(session.execute("select current_user").at(0, 0));
  if (const auto schema = denied(message, "schema")) {
    return fmt::format("GRANT USAGE ON SCHEMA {} TO {}; and SELECT on what the query reads in it",
                       session.quote_identifier(*schema), role);
  }
  for (const char* kind : {"table", "view", "materialized view", "foreign table", "relation"}) {
    if (const auto relation = denied(message, kind)) {
      return fmt::format("GRANT SELECT ON {} TO {}", in_full(session, *relation), role);
    }
  }
  return fmt::format("grant role {} what the query reads: USAGE on schemas, SELECT on tables",
                     role);
}

/// Planning changes nothing, so neither may this.
database::Result ask_only(database::Session& session, const std::string& query) {
  try {
    // One message is one transaction.
    return session.execute("set transaction read only;\n" + query);
  } catch (const database::DatabaseError& error) {
    if (error.kind() != database::DatabaseError::Kind::kServer || error.is_transient()) {
      throw;
    }
    const std::string what = fmt::format("the query for tenants fails: {}", error.what());
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      throw database::DatabaseError(error.kind(), error.sqlstate(), what, error.detail(),
                                    grant_for(session, error.what()));
    }
    throw core::InvalidInput(what, "correct tenants.query in lockstep.yaml");
  }
}

std::vector<std::string> candidates(database::Session& session, const TenantSource& source) {
  if (!source.query.empty()) {
    return first_column(ask_only(session, source.query));
  }
  if (source.pattern.empty()) {
    return source.schemas;
  }
  std::vector<std::string> names = existing_schemas(session);
  std::erase_if(names,
                [&](const std::string& name) { return !glob_matches(source.pattern, name); });
  return names;
}

}  // namespace

std::string nobody_selected(const TenantSource& source) {
  const std::string left = source.exclude.empty() ? "" : " that tenants.exclude leaves";
  if (!source.query.empty()) {
    return "tenants.query names no schema" + left;
  }
  if (!source.pattern.empty()) {
    return fmt::format("no schema matches tenants.pattern \"{}\"{}", source.pattern, left);
  }
  return source.schemas.empty() ? "no tenants are configured"
                                : "tenants.schemas names no schema" + left;
}

std::vector<std::string> existing_schemas(database::Session& session) {
  std::vector<std::string> names = first_column(
      session.execute("select nspname from pg_namespace order by nspname collate \"C\""));
  std::erase_if(names, reserved);
  return names;
}

bool glob_matches(std::string_view glob, std::string_view name) noexcept {
  // Goes back to the last star only: every earlier one has matched as little as it can.
  std::size_t g = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

std::vector<std::string> discover_tenants(database::Session& session, const TenantSource& source) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const std::string& name : candidates(session, source)) {
    const bool excluded =
        std::any_of(source.exclude.begin(), source.exclude.end(),
                    [&](const std::string& glob) { return glob_matches(glob, name); });
    const bool selected = source.only.empty() || glob_matches(source.only, name);
    if (!name.empty() && !excluded && selected && seen.insert(name).second) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace lockstep::fleet
