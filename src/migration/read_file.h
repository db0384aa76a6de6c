#pragma once

#include "lockstep/core/problem.h"
#include "lockstep/migration/migration.h"

namespace lockstep::migration {

// Both fill description, scope and items of a migration whose `file` and `source` are set.

void read_sql(Migration& migration, const sql::Variables& variables, core::Problems& problems);
void read_yaml(Migration& migration, const sql::Variables& variables, core::Problems& problems);

}  // namespace lockstep::migration
