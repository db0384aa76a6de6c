#pragma once

#include <string>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// Columns' own constraints and the table's, in the order in which PostgreSQL makes them: checks,
/// the primary key, unique and exclusion constraints, foreign keys.
std::vector<sql::ConstraintDef> all_constraints(const sql::CreateTable& statement);

/// Puts the table, its sequences and the references of others into the catalog. Does nothing where
/// it is there. `migration` becomes its created_by.
void fold_create_table(catalog::Catalog& catalog, const sql::CreateTable& statement,
                       const std::string& migration);

/// What sets the table that is there apart from the one that the statement would create, in words.
std::vector<std::string> shape_difference(const catalog::Catalog& catalog,
                                          const catalog::Relation& there,
                                          const sql::CreateTable& statement);

}  // namespace lockstep::operations
