#pragma once

#include <string>

#include "lockstep/sql/statement.h"
#include "support/judge.h"

namespace lockstep::operations {

/// The constraint's name in this catalog, and in one where this very constraint is there already
/// (fold twice, or a catalog read after the statement ran) the name it has.
std::string settled_name(const catalog::Catalog& catalog, const catalog::Relation& table,
                         const sql::ConstraintDef& wanted);

/// A Problem where the author's name is in use.
void judge_name(Judge& judge, const catalog::Catalog& catalog, const catalog::Relation& table,
                const sql::ConstraintDef& wanted);

/// "DEFERRABLE INITIALLY DEFERRED" with a blank before it, or nothing.
std::string deferral(const sql::ConstraintDef& wanted);

/// "name=x " or nothing, for describe().
std::string described_name(const sql::ConstraintDef& wanted);

}  // namespace lockstep::operations
