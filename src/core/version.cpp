#include "lockstep/core/version.h"

namespace lockstep::core {

std::string_view version() {
  return LOCKSTEP_VERSION;
}

}  // namespace lockstep::core
