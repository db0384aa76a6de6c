#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::operations {

/// GRANT statements that give on `to` what others than the owner have on the relation and its
/// columns. Grantors become the owner.
std::vector<std::string> grants_again(const catalog::Relation& relation,
                                      const catalog::QualifiedName& to);

/// The same for one of its columns, which has the name `as` then.
std::vector<std::string> column_grants_again(const catalog::Relation& relation,
                                             const std::string& column, const std::string& as);

}  // namespace lockstep::operations
