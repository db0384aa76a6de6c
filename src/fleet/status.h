#pragma once

#include "survey.h"

namespace lockstep::fleet {

Status make_status(const Ports& ports, const FleetOptions& options, database::Session& session,
                   database::CatalogReader& catalog, const Survey& survey, const Files& files);

}  // namespace lockstep::fleet
