#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lockstep/core/phase.h"
#include "lockstep/core/problem.h"
#include "lockstep/plan/hazard.h"
#include "lockstep/plan/step.h"

namespace lockstep::plan {

struct DatabaseIdentity {
  std::string name;
  std::string system_identifier;  ///< pg_control_system(); decimal digits
  int server_version = 0;         ///< server_version_num
  friend bool operator==(const DatabaseIdentity&, const DatabaseIdentity&) = default;
};

struct PlannedMigration {
  std::string version;  ///< MigrationId::key
  std::string name;
  std::string file;
  core::Scope scope = core::Scope::kTenant;
  std::string checksum;  ///< SHA-256 of the file
  friend bool operator==(const PlannedMigration&, const PlannedMigration&) = default;
};

/// Tenants that share one step list. The one cohort of shared-scope steps has scope kShared and
/// no tenants.
struct Cohort {
  std::string id;  ///< "A", "B", ... in order of size, then of first tenant; "shared"
  core::Scope scope = core::Scope::kTenant;
  std::string fingerprint;
  std::vector<std::string> tenants;
  std::vector<std::string> differs;  ///< what sets it apart from the largest cohort, in words
  std::vector<Step> steps;           ///< by migration order; within one, expand before contract
  friend bool operator==(const Cohort&, const Cohort&) = default;
};

/// Tenants whose structure does not allow these migrations, while that of others does. They have no
/// steps, and hold nobody up.
struct RefusedTenants {
  std::vector<std::string> tenants;
  std::vector<std::string> differs;  ///< as a cohort's
  core::Problems reasons;            ///< at least one
  friend bool operator==(const RefusedTenants&, const RefusedTenants&) = default;
};

/// A tenant that goes on with the steps that were stored when it began; the plan has none for it.
struct HalfWayTenant {
  std::string tenant;               ///< "": the shared scope
  std::vector<std::string> expand;  ///< ids of the steps that are left
  std::vector<std::string> contract;
  friend bool operator==(const HalfWayTenant&, const HalfWayTenant&) = default;
};

struct Plan {
  static constexpr std::string_view kFormat = "lockstep.plan/1";
  std::string id;  ///< SHA-256 of the canonical form without estimates, id and half_way
  std::string lockstep_version;
  DatabaseIdentity database;
  std::vector<PlannedMigration> migrations;
  std::vector<Hazard> hazards;
  std::vector<Cohort> cohorts;
  std::vector<RefusedTenants> refused;  ///< in JSON only where there are any
  std::vector<HalfWayTenant> half_way;  ///< the same; for readers, nothing is run by it
  friend bool operator==(const Plan&, const Plan&) = default;
};

// A name in JSON is core::display()'s; one that nobody resolved stands behind an empty, quoted
// schema: "".users. Writing throws std::logic_error for what JSON cannot hold: text that is not
// UTF-8, an estimate that is no finite number. Nothing here depends on the locale.

/// The canonical JSON: two spaces' indent, keys in a fixed order, a final newline. Same plan, same
/// bytes.
std::string to_json(const Plan& plan);
/// Reads what to_json wrote, also that of an older version; a broken, truncated or edited file (its
/// id does not match) is Problems with file:line:column. Unknown keys are Problems too.
std::variant<Plan, core::Problems> from_json(std::string_view text, const std::string& file);
/// Computes and sets `id`.
void seal(Plan& plan);

/// The array of the plan's key "hazards", for other documents that hold hazards.
std::string hazards_to_json(const std::vector<Hazard>& hazards);

/// A step list alone, as the ledger stores it, on one line, and back: without estimates, so that
/// equal steps are equal text, whenever they were planned. Reading takes what any older version
/// wrote, and throws core::InvalidInput on a list that cannot be read, as one of a newer version
/// that says more.
std::string steps_to_json(const std::vector<Step>& steps);
std::vector<Step> steps_from_json(std::string_view text);

}  // namespace lockstep::plan
