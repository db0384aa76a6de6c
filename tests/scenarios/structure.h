#pragma once

#include <string>
#include <vector>

#include "tests/scenarios/tenant.h"

// What is in a tenant, in lines. Read here by queries of the tests' own, so that what the catalog
// reader overlooks shows too.

namespace lockstep::test {

using Lines = std::vector<std::string>;

/// Everything that pg_dump would print of the schema, columns with their rank in the table.
Lines structure_of(Tenant& tenant);
/// Every row of every table and materialized view, and where each sequence stands. Of the columns
/// `unforeseeable` ("users.token") only whether they are NULL.
Lines rows_of(Tenant& tenant, const std::vector<std::string>& unforeseeable);

/// What only one of them has, one line each; empty if they are equal.
std::string difference(const Lines& expected, const Lines& actual);

}  // namespace lockstep::test
