#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/catalog/request.h"
#include "lockstep/core/phase.h"
#include "lockstep/core/problem.h"
#include "lockstep/plan/hazard.h"
#include "lockstep/plan/step.h"

// One logical change: from YAML, or recognised in a Statement. An operation is a plain parameter
// struct; `from_statement` and `from_yaml` only translate shape, every semantic check is in
// judge(), called once for both. All verbs are pure.

namespace lockstep::operations {

/// The author's permission for one named hazard, for the statement or the file.
struct Allow {
  std::string hazard;
  std::string reason;
  friend bool operator==(const Allow&, const Allow&) = default;
};

/// Where an operation was written, and the options that apply to it.
struct Origin {
  std::string migration;  ///< MigrationId::key
  core::SourceLocation where;
  std::string statement;  ///< author's text (SQL), or the YAML operation as text
  core::Scope scope = core::Scope::kTenant;
  std::optional<core::Phase> phase;  ///< the author's override
  std::vector<Allow> allows;
  /// Declared locks of an opaque statement (`locks = users:ShareLock`); nothing if not declared.
  std::vector<plan::LockClaim> declared_locks;

  bool allows_hazard(std::string_view id) const;
  const Allow* allow_for(std::string_view id) const;
};

/// What an operation sees: the catalog as all its predecessors leave it once both their phases are
/// over (RULES.md 4 makes sure that this is what it will meet where it matters).
struct Context {
  const catalog::Catalog& catalog;
  /// Lint: the same catalog, where a relation that nobody we read creates is put in as assumed.
  catalog::Catalog* assumptions = nullptr;
  /// The planner has found that the operation must wait for the contract phase: a table that the
  /// same migration creates is in use by then.
  bool contract_only = false;
};

struct Judgement {
  std::vector<plan::Hazard> hazards;  ///< kRefused ones stop the plan (exit 3)
  core::Problems problems;            ///< the operation cannot be meant: no such table (exit 4)
};

class Operation {
 public:
  explicit Operation(Origin origin) : origin_(std::move(origin)) {}
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  /// Its name in YAML, in the registry, of its file, page and case folder: "set_not_null".
  virtual std::string_view name() const noexcept = 0;

  /// What it must know of the server. Names as written.
  virtual void request(catalog::CatalogRequest& request) const = 0;

  /// What the naive form would do here, and whether it is safe, staged or refused.
  virtual Judgement judge(const Context& context) const = 0;

  /// The staged sequence, in execution order, expand steps before contract steps. `id` and
  /// `migration` of the steps are left empty, except that Direct::replaces holds ordinals "1", "2",
  /// ... within this list; the planner numbers them. Precondition: judge() gave no problem and
  /// nothing refused.
  virtual std::vector<plan::Step> plan(const Context& context) const = 0;

  /// The catalog after the given phase of the sequence. Convergent: applying a phase to a catalog
  /// that already shows its effect changes nothing. An object that is not there is left alone.
  virtual void apply(catalog::Catalog& catalog, core::Phase phase) const = 0;

  /// Its parameters in one line, the same for the SQL and the YAML form of the same change; tests
  /// compare by it.
  virtual std::string describe() const = 0;

  const Origin& origin() const noexcept { return origin_; }

 private:
  Origin origin_;
};

using OperationPtr = std::unique_ptr<Operation>;

}  // namespace lockstep::operations
