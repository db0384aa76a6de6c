#pragma once

#include <string_view>

namespace lockstep::core {

/// The program's version, as in `lockstep --version`: "0.1.0".
std::string_view version();

}  // namespace lockstep::core
