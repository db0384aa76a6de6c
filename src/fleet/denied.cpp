#include "denied.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/sqlstate.h"
#include "way_out.h"

namespace lockstep::fleet {

using database::Session;

namespace {

/// What the server's message is about: "permission denied for sequence users_id_seq".
struct Refusal {
  bool owner = false;  ///< "must be owner of ...", instead
  std::string kind;
  std::string name;
};

std::optional<Refusal> refusal_in(const std::string& message) {
  // The longer ones first, as one may begin another.
  constexpr std::string_view kKinds[] = {
      "materialized view", "foreign table", "procedure", "function", "sequence", "relation",
      "database",          "schema",        "table",     "index",    "view",     "type"};
  for (const auto& [words, owner] : {std::pair{std::string_view("permission denied for "), false},
                                     std::pair{std::string_view("must be owner of "), true}}) {
    if (message.rfind(words, 0) != 0) {
      continue;
    }
    const std::string rest = message.substr(words.size());
    for (const std::string_view kind : kKinds) {
      if (rest.rfind(std::string(kind) + " ", 0) == 0) {
        const std::string name = rest.substr(kind.size() + 1);
        return Refusal{owner, std::string(kind), name.substr(0, name.find(" ("))};
      }
    }
  }
  return std::nullopt;
}

/// The object as a statement names it, who owns it, and what ALTER and GRANT call its kind.
struct Object {
  std::string name;
  std::string owner;
  std::string kind;
};

class Remedies {
 public:
  explicit Remedies(Session& session)
      : session_(session), role_(session.execute("select current_user").at(0, 0)) {}

  std::string of(const Denied& denied) const {
    const std::optional<Refusal> refusal = refusal_in(denied.message);
    if (!refusal) {
      return fmt::format(
          "Permit it to role {}, or name a role that may with `role:` in "
          "lockstep.yaml",
          role_);
    }
    const Object object = find(*refusal, denied.tenant);
    if (refusal->owner) {
      return fmt::format("{}ALTER {} {} OWNER TO {}",
                         object.owner.empty() ? ""
                                              : fmt::format("GRANT {} TO {}; or ",
                                                            quoted(object.owner), quoted(role_)),
                         object.kind, object.name, quoted(role_));
    }
    return fmt::format("GRANT {} ON {}{} TO {}", privileges(object.kind),
                       object.kind == "TABLE" ? "" : object.kind + " ", object.name, quoted(role_));
  }

 private:
  std::string quoted(const std::string& name) const { return session_.quote_identifier(name); }

  static std::string_view privileges(const std::string& kind) {
    if (kind == "TABLE") {
      return "SELECT, INSERT, UPDATE, DELETE";
    }
    if (kind == "SEQUENCE") {
      return "USAGE, SELECT, UPDATE";
    }
    if (kind == "SCHEMA") {
      return "USAGE, CREATE";
    }
    return kind == "FUNCTION" || kind == "PROCEDURE" ? "EXECUTE"
           : kind == "DATABASE"                      ? "CREATE"
                                                     : "USAGE";
  }

  /// Messages name an object without its schema: the tenant's is the likely one.
  Object find(const Refusal& refusal, const std::string& tenant) const {
    std::string kind;
    for (const char c : refusal.kind) {
      kind += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (kind == "SCHEMA" || kind == "DATABASE") {
      return {quoted(refusal.name), {}, kind};
    }
    const std::string name = session_.quote_literal(refusal.name);
    std::string query;
    if (kind == "FUNCTION" || kind == "PROCEDURE") {
      query = fmt::format(
          "select format('%I.%I(%s)', n.nspname, o.proname,"
          " pg_get_function_identity_arguments(o.oid)), pg_get_userbyid(o.proowner), '{}'"
          " from pg_proc o join pg_namespace n on n.oid = o.pronamespace where o.proname = {}",
          kind, name);
    } else if (kind == "TYPE") {
      query = fmt::format(
          "select format('%I.%I', n.nspname, o.typname), pg_get_userbyid(o.typowner), 'TYPE'"
          " from pg_type o join pg_namespace n on n.oid = o.typnamespace where o.typname = {}",
          name);
    } else {
      // An index belongs to whom its table does.
      query = fmt::format(
          "select format('%I.%I', n.nspname, t.relname), pg_get_userbyid(t.relowner),"
          " case t.relkind when 'v' then {0} when 'm' then {1} when 'S' then 'SEQUENCE'"
          " when 'f' then {2} else 'TABLE' end"
          " from pg_class o left join pg_index i on i.indexrelid = o.oid"
          " join pg_class t on t.oid = coalesce(i.indrelid, o.oid)"
          " join pg_namespace n on n.oid = o.relnamespace where o.relname = {3}",
          refusal.owner ? "'VIEW'" : "'TABLE'", refusal.owner ? "'MATERIALIZED VIEW'" : "'TABLE'",
          refusal.owner ? "'FOREIGN TABLE'" : "'TABLE'", name);
    }
    const database::Result found = session_.execute(
        query + fmt::format(" order by n.nspname = {} desc, n.nspname = 'pg_catalog' limit 1",
                            session_.quote_literal(tenant)));
    if (found.rows.empty()) {
      return {quoted(refusal.name), {}, kind == "RELATION" || kind == "INDEX" ? "TABLE" : kind};
    }
    return {found.at(0, 0), found.at(0, 1), found.at(0, 2)};
  }

  Session& session_;
  std::string role_;
};

/// Which list of steps a tenant has stored for a migration; empty for none.
std::string list_of(const Survey& survey, const Denied& denied) {
  const auto in = [&](const database::Profile& profile) -> std::string {
    const bool here = std::any_of(profile.tenants.begin(), profile.tenants.end(),
                                  [&](const auto& tenant) { return tenant.name == denied.tenant; });
    if (here) {
      for (const database::TenantMigration& row : profile.migrations) {
        if (row.migration == denied.migration) {
          return row.step_list;
        }
      }
    }
    return {};
  };
  std::string hash = in(survey.shared);
  for (auto profile = survey.profiles.begin(); hash.empty() && profile != survey.profiles.end();
       ++profile) {
    hash = in(*profile);
  }
  return hash;
}

}  // namespace

std::map<std::string, std::string> permitting(const Ports& ports, Session& session,
                                              database::CatalogReader& catalog,
                                              const Survey& survey,
                                              const std::vector<Denied>& denied,
                                              std::string_view command) {
  std::vector<std::string> hashes;
  for (const Denied& each : denied) {
    hashes.push_back(list_of(survey, each));
  }
  std::vector<std::string> known;
  std::copy_if(hashes.begin(), hashes.end(), std::back_inserter(known),
               [](const std::string& hash) { return !hash.empty(); });
  const auto lists = known.empty() ? std::map<std::string, std::vector<plan::Step>>{}
                                   : ports.ledger.step_lists(session, known);
  std::vector<PreflightWork> works;
  for (std::size_t i = 0; i < denied.size(); ++i) {
    const auto list = lists.find(hashes[i]);
    if (list == lists.end()) {
      continue;
    }
    // What the steps behind it would fail for is told with it.
    PreflightWork work{{denied[i].tenant}, {}};
    bool reached = false;
    for (const plan::Step& step : list->second) {
      reached = reached || step.id == denied[i].step;
      if (reached) {
        work.steps.push_back(&step);
      }
    }
    works.push_back(std::move(work));
  }
  std::map<std::string, std::vector<std::string>> lacks;  // by tenant
  for (const PreflightFailure& lack : preflight(ports, session, catalog, works)) {
    if (!lack.step.empty()) {
      lacks[lack.tenant].push_back(fmt::format("{}: {}", lack.message, lack.remedy));
    }
  }
  const Remedies remedies(session);
  std::map<std::string, std::string> hints;
  for (const Denied& each : denied) {
    const auto lack = lacks.find(each.tenant);
    const std::string what =
        lack == lacks.end() ? remedies.of(each) : fmt::format("{}", fmt::join(lack->second, ". "));
    hints[each.tenant] =
        fmt::format("{}. Then run {} again: it goes on from this step", what, command);
  }
  return hints;
}

void name_what_permits(const Ports& ports, Control& control, const Survey& survey,
                       std::string_view command, ApplyResult& result) {
  std::vector<TenantFailure*> failures;
  std::vector<Denied> denied;
  for (TenantFailure& failure : result.failures) {
    if (failure.outcome == execution::TenantOutcome::kFailed &&
        failure.failure.sqlstate == core::sqlstate::kInsufficientPrivilege) {
      failures.push_back(&failure);
      denied.push_back({failure.tenant, failure.migration, failure.step, failure.failure.message});
    }
  }
  if (denied.empty()) {
    return;
  }
  const std::map<std::string, std::string> hints =
      control.retrying([&](Session& session, database::CatalogReader& catalog) {
        return permitting(ports, session, catalog, survey, denied, command);
      });
  for (TenantFailure* failure : failures) {
    failure->failure.hint = joined(failure->failure.hint, hints.at(failure->tenant));
  }
}

}  // namespace lockstep::fleet
