#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"

namespace lockstep::operations {

/// The body's key: the primary key, else a valid NOT NULL unique key, else none (ctid).
void choose_key(plan::BackfillBody& body, const catalog::Relation& table);

/// Sets columns of every row that `remaining` says still needs it.
plan::BackfillBody backfill_rows(const catalog::Relation& table,
                                 std::vector<plan::BackfillBody::Assignment> assignments,
                                 std::string remaining);

/// An expression that names a row of the table in one text value, for a check's sample.
std::string row_label(const catalog::Relation& table);

}  // namespace lockstep::operations
