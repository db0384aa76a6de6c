#pragma once

#include <string>

#include "lockstep/catalog/catalog.h"

namespace lockstep::test {

/// What sets two catalogs apart by their own idea of equality (a folded catalog does not know what
/// only a server prints): "-" lines are of `expected`, "+" lines of `actual`. Empty if they are equal.
std::string catalog_difference(const catalog::Catalog& expected, const catalog::Catalog& actual);

/// The catalog without the definitions of constraints and indexes: where a catalog is folded they
/// are such as the operations need, not such as the server prints.
catalog::Catalog without_printed_text(catalog::Catalog catalog);

}  // namespace lockstep::test
