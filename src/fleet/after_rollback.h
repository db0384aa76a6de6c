#pragma once

#include "lockstep/database/session.h"
#include "survey.h"

namespace lockstep::fleet {

/// Of these tenants, who has taken back what and not begun it again: names by migration.
std::map<std::string, std::set<std::string>> taken_back_in(const Ports& ports,
                                                           database::Session& session,
                                                           const Survey& survey);

/// What is in the way of a migration that was taken back may be what did not come back then. So
/// that is said, and not what a database hears that had it before Lockstep came: to declare the
/// migration applied would hide the steps that did come back.
void advise_after_rollback(const Ports& ports, database::Session& session, const Survey& survey,
                           const Files& files, Planned& planned);

}  // namespace lockstep::fleet
