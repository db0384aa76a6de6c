#pragma once

#include <vector>

#include "lockstep/plan/plan.h"
#include "survey.h"

// What forbids a run, found before anything is changed.

namespace lockstep::fleet {

/// Throws core::Refused for files that were edited or deleted, and for those of `goal` that came
/// too late.
void refuse_bad_files(const Survey& survey, const Files& files, const Goal& goal,
                      bool out_of_order);

/// Whether there is something to bring to tenants, and no tenant is selected.
bool nobody_for(const Survey& survey, const Goal& goal);

/// Throws core::InvalidInput in that case, unless the shared scope has something to expand: what
/// the first tenants stand on comes before them.
void refuse_nobody(const Survey& survey, const Goal& goal, const TenantSource& source);
std::string why_nobody(const Goal& goal, const TenantSource& source);

/// The lists of a survey's migrations that are begun and not finished.
std::vector<std::string> unfinished_lists(const Survey& survey);

/// Steps that are stored for tenants and the shared scope, and not done in all of those.
std::vector<plan::Step> unfinished_steps(database::Ledger& ledger, database::Session& session,
                                         const Survey& survey, const Goal& goal);

/// Steps of a plan whose migrations somebody has still to begin.
std::vector<plan::Step> steps_to_begin(const plan::Plan& plan, const Survey& survey,
                                       const Goal& goal);

/// Throws core::Refused if contract steps are among them that cannot be taken back: somebody has to
/// ask for them.
void refuse_irreversible(const std::vector<plan::Step>& steps);

/// Who has expand left to do; kSharedTenant is the shared scope.
struct Unexpanded {
  std::vector<std::string> begun;    ///< with expand steps left of what they began
  std::vector<std::string> pending;  ///< with migrations to begin, and nothing to contract
  std::vector<std::string> both;     ///< with migrations to begin, and others to contract
  std::set<std::string> migrations;  ///< that are left
  bool empty() const noexcept { return begun.empty() && pending.empty() && both.empty(); }
};
Unexpanded unexpanded(const Survey& survey, const Goal& goal);

/// Whether somebody, tenant or shared scope, has contract steps that may run.
bool anything_to_contract(const Survey& survey, const Goal& goal);

/// Throws core::Refused: contract comes after the expand of those tenants, which have begun it and
/// are in the middle, or have not.
[[noreturn]] void refuse_contract(std::vector<std::string> tenants,
                                  const std::set<std::string>& migrations, bool begun);

}  // namespace lockstep::fleet
