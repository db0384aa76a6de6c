#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::operations {

/// What would stop the drop of a function, sequence or type, in words: "view names", "the default
/// of users.code", "trigger users_seen on users". Each once, without what earlier statements of the
/// plan have dropped or changed. `signature`: of a function, as the catalog has it.
std::vector<std::string> users_of(const catalog::Catalog& catalog, std::string_view object_kind,
                                  const catalog::QualifiedName& object,
                                  std::string_view signature = {});

/// Each of them once, in the order of first mention.
void append_new(std::vector<std::string>& names, const std::vector<std::string>& more);

}  // namespace lockstep::operations
