#pragma once

#include <string>

#include "lockstep/catalog/catalog.h"

namespace lockstep::test {

/// What sets two catalogs apart by their own idea of equality (a folded catalog does not know what
/// only a server prints): "-" lines are of `expected`, "+" lines of `actual`. Empty if they are
/// equal.
std::string catalog_difference(const catalog::Catalog& expected, const catalog::Catalog& actual);

/// The catalog without what a fold does not foretell: how the server prints definitions, what a
/// view's columns are and which it reads, and privileges.
catalog::Catalog foretellable(catalog::Catalog catalog);

/// Columns that something depends on and of which `folded` does not say so; it may say too much.
std::string overlooked_dependants(const catalog::Catalog& read, const catalog::Catalog& folded);

}  // namespace lockstep::test
