#pragma once

#include <string>

#include "lockstep/catalog/catalog.h"

namespace lockstep::cases {

/// The catalog that a case's DDL makes, all of it live. Throws std::runtime_error with the
/// problems.
catalog::Catalog starting_catalog(const std::string& ddl);

}  // namespace lockstep::cases
