#pragma once

#include <string>
#include <string_view>

namespace lockstep::report {

/// The text with ${schema} for the tenant's name, wherever that stands as a name of its own: what
/// happened alike in many tenants reads alike.
std::string without_tenant(std::string_view text, std::string_view tenant);

}  // namespace lockstep::report
