#pragma once

#include <set>
#include <string>
#include <vector>

#include "survey.h"

namespace lockstep::fleet {

/// How far the tenants are that applications work with: what is over for them need not be staged
/// again for a tenant that comes later (RULES.md 4).
class Others {
 public:
  /// `fresh`: names of tenants that no application works with yet.
  Others(const std::vector<database::Profile>& everybody, const std::set<std::string>& fresh);

  /// Also where there is nobody.
  bool all_through(const core::MigrationId& id) const;
  /// Some are through with it, and nobody is half way: those who have not begun it are late.
  bool release_over(const core::MigrationId& id) const;

 private:
  std::vector<database::Profile> profiles_;  ///< without their tenants
};

}  // namespace lockstep::fleet
