#pragma once

#include <string>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

// Columns that number their rows: GENERATED ... AS IDENTITY.

namespace lockstep::operations {

/// Refused where the table has partitions or children; true where it has none.
bool judge_identity_family(Judge& judge, const catalog::Relation& table, std::string remedy);

/// An INSERT with a number of its own fails from then on.
void judge_identity_always(Judge& judge, const std::string& column);

/// `generated`: always or by_default.
sql::IdentitySpec::Kind yaml_generated(text::Fields& fields, const std::string& word);

}  // namespace lockstep::operations
