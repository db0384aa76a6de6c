#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "step_runner.h"

namespace lockstep::execution {

/// A CREATE INDEX CONCURRENTLY as the plain CREATE INDEX of the same index on `table` (in SQL's
/// spelling). Nothing if the statement is no other than that, or its index has no name.
std::optional<std::string> plain_build_on(const std::string& statement, const std::string& table);

/// Whether the index `oid`, valid or not, is what `statement` (rendered) builds: keys and
/// expressions, operator classes and their parameters, collations, order, INCLUDE, predicate,
/// access method, NULLS NOT DISTINCT and storage parameters. The server is asked, as no text says
/// it: it builds that index on an empty temporary table with the same columns, compares, and
/// forgets both. False, too, where that cannot be done, and of an index that carries a constraint.
/// Throws DatabaseError where trying again or a GRANT may help, or the session is lost.
bool is_built_by(const StepContext& context, const plan::Step& step, std::int64_t oid,
                 const std::string& statement);

}  // namespace lockstep::execution
