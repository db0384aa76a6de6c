#pragma once

#include <string>

#include "survey.h"

namespace lockstep::fleet {

/// What can be done about a step of that migration that cannot succeed in some tenant: edit the
/// file, as long as nobody has begun it; and the whole way out once somebody has.
std::string way_out(const std::string& migration, const Survey& survey, const Files& files);

/// The second of these: what to run, and what is lost by it.
std::string taking_back(const std::string& migration, const Files& files);

/// Two hints in a row; either may be empty.
std::string joined(const std::string& hint, const std::string& another);

}  // namespace lockstep::fleet
