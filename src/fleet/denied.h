#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control.h"
#include "preflight.h"

namespace lockstep::fleet {

/// A step that failed as somebody was not permitted something (42501): since the preflight a
/// privilege was revoked, or it was one that the preflight does not ask for.
struct Denied {
  std::string tenant;
  std::string migration;
  std::string step;
  std::string message;  ///< the server's
};

/// For each of them, by tenant: who lacks what on which object, the statement that permits it, and
/// what goes on then.
std::map<std::string, std::string> permitting(const Ports& ports, database::Session& session,
                                              database::CatalogReader& catalog,
                                              const Survey& survey,
                                              const std::vector<Denied>& denied,
                                              std::string_view command = "apply");

/// The same as hints of the failures of a run of that command.
void name_what_permits(const Ports& ports, Control& control, const Survey& survey,
                       std::string_view command, ApplyResult& result);

}  // namespace lockstep::fleet
