#pragma once

#include <optional>
#include <string>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

// What an index or a constraint of a column says of a copy of that column.

namespace lockstep::operations {

/// The words of CREATE INDEX; nothing where the catalog does not have them all.
std::optional<sql::CreateIndex> definition_of(const catalog::Index& index);
/// The words of ADD CONSTRAINT, as above.
std::optional<sql::ConstraintDef> definition_of(const catalog::Constraint& constraint);

/// "(a, lower(b)) INCLUDE (c) WHERE d", with `to` wherever it names the column `from`.
std::string tail_with(const sql::CreateIndex& index, const std::string& from,
                      const std::string& to);
/// "CHECK (a > 0) NO INHERIT", with `to` in the place of the column `from`.
std::string check_with(const sql::ConstraintDef& check, const std::string& from,
                       const std::string& to);
/// The foreign key with `to` among its own columns in the place of `from`.
sql::ConstraintDef foreign_key_with(sql::ConstraintDef key, const std::string& from,
                                    const std::string& to);

}  // namespace lockstep::operations
