#pragma once

#include <string>
#include <vector>

#include "support/judge.h"
#include "support/locks.h"
#include "support/touches.h"

// What hangs on a column that another one takes the place of, and what no ALTER hands over: views,
// also views of views, triggers, policies, extended statistics, memberships in publications, and
// the column's own privileges, comments, statistics target and options. The server is asked for
// all of it in the transaction of the swap, as each tenant has it; what stands in the way is
// dropped, and made again on the column that then has the name.

namespace lockstep::operations {

struct Hanging {
  const catalog::Catalog& catalog;
  const catalog::Relation& table;
  std::string column;
};

/// How much the new column differs: what is made again has to mean the same.
enum class Likeness {
  kSameType,  ///< it has only another name
  kAlike,     ///< the old type's expressions say of the new one what they said of the old
  kOther,
};

/// What cannot be carried over, by name: "materialized view totals".
std::vector<std::string> cannot_be_carried(const Hanging& hanging, Likeness likeness);

/// Remembers what hangs on the column, for the transaction, and drops what is in the way.
/// `column`: its name at that moment, and the name that the new one will have.
std::string take_off(const Hanging& hanging, const std::string& column);
/// Makes it again.
std::string put_back();

/// On views that are dropped, and on what these and policies read besides the table.
std::vector<plan::LockClaim> carried_locks(const Hanging& hanging);
std::vector<plan::Touch> carried_touches(const Hanging& hanging);
/// Whether PostgreSQL changes no type below it, so that it has to be taken off.
bool has_in_the_way(const Hanging& hanging);
/// The objects that name the column, its triggers apart: "view totals, policy own".
std::string named_by_objects(const Hanging& hanging);
/// "view totals, policy own, trigger noted": for a step's note; empty where there is none.
std::string carried_names(const Hanging& hanging);

}  // namespace lockstep::operations
