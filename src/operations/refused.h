#pragma once

#include <string_view>
#include <vector>

#include "lockstep/operations/operation.h"

namespace lockstep::operations::refused {

/// The operation that says no: what is refused by PostgreSQL's own name for it ("VACUUM", "RENAME
/// COLUMN"), with the reason and the remedy where we know better than "not known yet". `relations`:
/// what it is about, as written, where the remedy names it.
std::vector<OperationPtr> statement(std::string_view what, const Origin& origin,
                                    const std::vector<catalog::QualifiedName>& relations = {},
                                    const std::string& text = {});

}  // namespace lockstep::operations::refused
