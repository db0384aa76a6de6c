#include "lockstep/database/error.h"

#include <utility>

#include "lockstep/core/sqlstate.h"

namespace lockstep::database {

DatabaseError::DatabaseError(Kind kind, std::string sqlstate, const std::string& message,
                             std::string detail, std::string hint)
    : std::runtime_error(message),
      kind_(kind),
      sqlstate_(std::move(sqlstate)),
      detail_(std::move(detail)),
      hint_(std::move(hint)) {}

bool DatabaseError::is_transient() const noexcept {
  switch (kind_) {
    case Kind::kConnectionLost:
    case Kind::kCommitUnknown:
      return true;
    case Kind::kServer:
    case Kind::kCannotConnect:
      return core::sqlstate::is_transient(sqlstate_);
  }
  return false;
}

}  // namespace lockstep::database
