#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::cli::demo {

/// A tenant of the demonstration's application, a dispatch management service.
struct DemoTenant {
  std::string schema;
  std::size_t dispatches = 0;  ///< rows; users and equipment follow from it
};

/// Fifty tenants of very different sizes, the first by far the largest.
std::vector<DemoTenant> demo_tenants();

/// Creates the registry of tenants and every tenant's empty schema, as the application's own
/// sign-up code would. Throws DatabaseError.
void sign_up(database::Session& session, const std::vector<DemoTenant>& tenants);

/// Fills the tables of the first migrations with each tenant's rows, and analyses them.
void fill(database::Session& session, const std::vector<DemoTenant>& tenants);

}  // namespace lockstep::cli::demo
