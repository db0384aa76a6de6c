#include "structures.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/core/sha256.h"
#include "planning.h"

namespace lockstep::fleet {

using database::LedgerTenant;
using database::RecordedStructure;
using database::TenantId;
using execution::TenantOutcome;

namespace {

std::vector<TenantId> ids_of(const std::vector<LedgerTenant>& tenants) {
  std::vector<TenantId> ids;
  for (const LedgerTenant& tenant : tenants) {
    ids.push_back(tenant.id);
  }
  return ids;
}

std::vector<std::string> names_of(const std::vector<LedgerTenant>& tenants) {
  std::vector<std::string> names;
  for (const LedgerTenant& tenant : tenants) {
    names.push_back(tenant.name);
  }
  return names;
}

}  // namespace

/// Half-way tenants with the same migrations begun.
struct Structures::Group {
  std::set<std::string> touched;
  std::vector<LedgerTenant> tenants;
};

std::vector<Structures::Group> Structures::half_way(const Survey& survey,
                                                    const std::set<std::string>& tenants) const {
  std::map<std::set<std::string>, std::vector<LedgerTenant>> groups;
  for (const database::Profile& profile : survey.profiles) {
    const Progress progress = progress_of(profile, files_, core::Scope::kTenant);
    std::set<std::string> touched(progress.running.begin(), progress.running.end());
    touched.insert(progress.expanded.begin(), progress.expanded.end());
    if (touched.empty()) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      if (tenants.contains(tenant.name)) {
        groups[touched].push_back(tenant);
      }
    }
  }
  std::vector<Group> all;
  for (auto& [touched, members] : groups) {
    all.push_back({touched, std::move(members)});
  }
  return all;
}

/// Everything besides the structure itself that its fingerprint depends on.
std::string Structures::basis_of(const std::set<std::string>& touched) const {
  std::string text =
      fmt::format("{} {} {}\n", options_.lockstep_version, options_.execution.server.major(),
                  fmt::join(options_.execution.shared_schemas, " "));
  for (const std::string& key : touched) {
    const planner::Recognised* file = find_file(files_, key);
    text += fmt::format("{} {}\n", key, file == nullptr ? "" : file->migration->checksum);
  }
  return core::sha256_hex(text);
}

void Structures::record(database::Session& session, database::CatalogReader& catalog,
                        const Survey& survey, const Tally& tally) const {
  std::set<std::string> worked_on;
  for (const auto& [tenant, result] : tally.ended()) {
    if (result.outcome == TenantOutcome::kDone) {
      worked_on.insert(tenant);
    }
  }
  for (const Group& group : half_way(survey, worked_on)) {
    // Asked for before the structure is: if another run goes on meanwhile, the mark is not the
    // tenant's any more, and nothing is recorded.
    const auto marks = ports_.ledger.progress_marks(session, ids_of(group.tenants));
    const auto fingerprints =
        catalog.fingerprints(names_of(group.tenants), options_.execution.shared_schemas,
                             request_of(files_, group.touched));
    const std::string basis = basis_of(group.touched);
    std::vector<RecordedStructure> structures;
    for (const LedgerTenant& tenant : group.tenants) {
      const auto mark = marks.find(tenant.id);
      const auto fingerprint = fingerprints.find(tenant.name);
      if (mark != marks.end() && fingerprint != fingerprints.end()) {
        structures.push_back({tenant.id, fingerprint->second, basis, mark->second, ""});
      }
    }
    ports_.ledger.record_structures(session, structures);
  }
}

std::vector<plan::RefusedTenants> Structures::changed(database::Session& session,
                                                      database::CatalogReader& catalog,
                                                      const Survey& survey,
                                                      const std::set<std::string>& tenants) const {
  std::vector<plan::RefusedTenants> all;
  for (const Group& group : half_way(survey, tenants)) {
    std::map<TenantId, RecordedStructure> recorded;
    const std::string basis = basis_of(group.touched);
    for (RecordedStructure& structure : ports_.ledger.structures(session, ids_of(group.tenants))) {
      if (structure.basis == basis) {
        recorded.emplace(structure.tenant, std::move(structure));
      }
    }
    if (recorded.empty()) {
      continue;
    }
    const auto now =
        catalog.fingerprints(names_of(group.tenants), options_.execution.shared_schemas,
                             request_of(files_, group.touched));
    for (const LedgerTenant& tenant : group.tenants) {
      const auto was = recorded.find(tenant.id);
      const auto is = now.find(tenant.name);
      if (was != recorded.end() && is != now.end() && was->second.fingerprint != is->second) {
        all.push_back(refusal_of(tenant, group, recorded, now, catalog));
      }
    }
  }
  return all;
}

/// Compared with a tenant that was left with the same structure and still has it, where there is
/// one.
plan::RefusedTenants Structures::refusal_of(const LedgerTenant& tenant, const Group& group,
                                            const std::map<TenantId, RecordedStructure>& recorded,
                                            const std::map<std::string, std::string>& now,
                                            database::CatalogReader& catalog) const {
  const RecordedStructure& was = recorded.at(tenant.id);
  const auto peer =
      std::find_if(group.tenants.begin(), group.tenants.end(), [&](const LedgerTenant& other) {
        const auto known = recorded.find(other.id);
        const auto is = now.find(other.name);
        return known != recorded.end() && is != now.end() &&
               known->second.fingerprint == was.fingerprint && is->second == was.fingerprint;
      });
  std::string what;
  if (peer != group.tenants.end()) {
    const std::vector<std::string>& schemas = options_.execution.shared_schemas;
    const catalog::CatalogRequest request = request_of(files_, group.touched);
    const auto differences = planner::describe_difference(
        catalog.read(tenant.name, schemas, request), catalog.read(peer->name, schemas, request));
    what = fmt::format("; compared with {}: {}", peer->name,
                       differences.empty() ? "differs in privileges, owner or order"
                                           : fmt::format("{}", fmt::join(differences, "; ")));
  }
  return {{tenant.name},
          {},
          {{{},
            fmt::format("its structure was changed after Lockstep left it half way through {}, at"
                        " {}{}",
                        fmt::join(group.touched, ", "), was.at, what),
            "undo that change, or accept the structure as it is: lockstep repair"}}};
}

}  // namespace lockstep::fleet
