#include "leftovers.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/core/sqlstate.h"

namespace lockstep::fleet {
namespace {

using database::LedgerTenant;
using database::TenantId;
using plan::ConcurrentBody;

/// An index that a tenant is to build.
struct Build {
  const LedgerTenant* tenant = nullptr;
  std::string step;
  core::QualifiedName index;  ///< where it will be
};

/// Steps of the tenant's own may make room for the index.
bool may_go(const std::vector<const plan::Step*>& steps, const ConcurrentBody& build) {
  using How = plan::Touch::How;
  return std::any_of(steps.begin(), steps.end(), [&](const plan::Step* step) {
    return std::any_of(step->touches.begin(), step->touches.end(), [&](const plan::Touch& touch) {
      return (touch.how == How::kDrops || touch.how == How::kRenames) &&
             (touch.name == build.index || touch.name == build.table);
    });
  });
}

std::vector<const plan::Step*> steps_of(
    const database::Profile& profile, const Files& files,
    const std::map<std::string, std::vector<plan::Step>>& stored) {
  std::vector<const plan::Step*> steps;
  for (const database::TenantMigration& row : profile.migrations) {
    const auto list = stored.find(row.step_list);
    if (!row.over() && list != stored.end() && !planned_anew(profile, row, files)) {
      for (const plan::Step& step : list->second) {
        steps.push_back(&step);
      }
    }
  }
  return steps;
}

bool asked_for(PhaseChoice phases, core::Phase phase) {
  return phases == PhaseChoice::kAll ||
         (phases == PhaseChoice::kExpand) == (phase == core::Phase::kExpand);
}

void add_builds(const database::Profile& profile, const std::vector<const plan::Step*>& steps,
                PhaseChoice phases, std::vector<Build>& builds) {
  for (const plan::Step* step : steps) {
    const auto* build = std::get_if<ConcurrentBody>(&step->body);
    if (build == nullptr || build->kind != ConcurrentBody::Kind::kCreateIndex ||
        !asked_for(phases, step->phase) || may_go(steps, *build)) {
      continue;
    }
    for (const LedgerTenant& tenant : profile.tenants) {
      builds.push_back({&tenant, step->id, build->index});
      if (build->index.in_tenant()) {
        builds.back().index.schema = tenant.name;
      }
    }
  }
}

/// Those of which an invalid index has the name, which nobody is building right now.
std::vector<Build> invalid_ones(database::Session& session, const std::vector<Build>& builds) {
  std::string wanted;
  for (std::size_t i = 0; i < builds.size(); ++i) {
    wanted += fmt::format("{}({}, {}, {})", wanted.empty() ? "" : ", ", i,
                          session.quote_literal(builds[i].index.schema),
                          session.quote_literal(builds[i].index.name));
  }
  const database::Result rows = session.execute(fmt::format(
      "select w.number from (values {}) as w (number, schema, name)"
      " join pg_namespace n on n.nspname = w.schema"
      " join pg_class c on c.relnamespace = n.oid and c.relname = w.name"
      " join pg_index i on i.indexrelid = c.oid where not i.indisvalid"
      " and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)"
      " order by w.number",
      wanted));
  std::vector<Build> invalid;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    invalid.push_back(builds[std::stoul(rows.at(i, 0))]);
  }
  return invalid;
}

PreflightFailure failure_of(const database::Session& session, const Build& build) {
  PreflightFailure failure;
  failure.tenant = build.tenant->name;
  failure.step = build.step;
  failure.object = "index " + build.index.name;
  failure.message = fmt::format(
      "an invalid index has the name {} of the one to build, and Lockstep did not make it",
      build.index.name);
  failure.remedy =
      fmt::format("DROP INDEX CONCURRENTLY {}.{}", session.quote_identifier(build.index.schema),
                  session.quote_identifier(build.index.name));
  failure.sqlstate = core::sqlstate::kDuplicateTable;
  return failure;
}

}  // namespace

std::vector<PreflightFailure> leftovers(
    database::Ledger& ledger, database::Session& session, const Survey& survey, const Files& files,
    const std::map<std::string, std::vector<plan::Step>>& stored, PhaseChoice phases) {
  std::vector<Build> builds;
  for (const database::Profile& profile : survey.profiles) {
    add_builds(profile, steps_of(profile, files, stored), phases, builds);
  }
  add_builds(survey.shared, steps_of(survey.shared, files, stored), phases, builds);
  std::vector<PreflightFailure> failures;
  if (builds.empty()) {
    return failures;
  }
  builds = invalid_ones(session, builds);
  std::vector<TenantId> tenants;
  for (const Build& build : builds) {
    tenants.push_back(build.tenant->id);
  }
  if (tenants.empty()) {
    return failures;
  }
  auto done = ledger.done_steps(session, tenants);
  for (const Build& build : builds) {
    const TenantId tenant = build.tenant->id;
    const auto intent = ledger.intent(session, tenant, build.step);
    const bool ours = intent && !intent->definition.empty();
    if (!ours && !done[tenant].contains(build.step)) {
      failures.push_back(failure_of(session, build));
    }
  }
  return failures;
}

}  // namespace lockstep::fleet
