#pragma once

#include <vector>

#include "lockstep/plan/plan.h"
#include "survey.h"

// What forbids a run, found before anything is changed.

namespace lockstep::fleet {

/// Throws core::Refused for files that were edited, deleted or came too late.
void refuse_bad_files(const Survey& survey, const Files& files, bool out_of_order);

/// The lists of a survey's migrations that are begun and not finished.
std::vector<std::string> unfinished_lists(const Survey& survey);

/// Throws core::Refused if contract steps cannot be taken back: somebody has to ask for them.
/// `stored`: the step lists of unfinished migrations.
void refuse_irreversible(const plan::Plan& plan,
                         const std::map<std::string, std::vector<plan::Step>>& stored);

/// Tenants with expand left to do.
struct Unexpanded {
  std::vector<std::string> begun;    ///< with expand steps left of what they began
  std::vector<std::string> pending;  ///< with migrations to begin, and nothing to contract
  std::vector<std::string> both;     ///< with migrations to begin, and others to contract
  std::set<std::string> migrations;  ///< that are left
  bool empty() const noexcept { return begun.empty() && pending.empty() && both.empty(); }
};
Unexpanded unexpanded(const Survey& survey, const Files& files);

/// Whether somebody, tenant or shared scope, has contract steps that may run.
bool anything_to_contract(const Survey& survey, const Files& files);

/// Throws core::Refused: contract comes after the expand of those tenants.
[[noreturn]] void refuse_contract(const std::vector<std::string>& tenants,
                                  const std::set<std::string>& migrations);

}  // namespace lockstep::fleet
