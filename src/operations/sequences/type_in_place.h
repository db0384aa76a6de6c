#pragma once

#include <string>
#include <vector>

#include "sequences/steps.h"
#include "support/changed_column.h"

// ALTER COLUMN ... TYPE as it stands, where no value has to be converted or nobody else knows the
// table: CHECKs are taken off and put back without reading a row, and what PostgreSQL changes no
// type below is made again in the same transaction.

namespace lockstep::operations {

struct TypeInPlace {
  const ChangedColumn& changed;
  std::string action;      ///< "TYPE text COLLATE "C""
  std::string type;        ///< as written
  bool new_table = false;  ///< nobody else knows it
  bool converts = false;   ///< rows are written
  core::Phase phase = core::Phase::kContract;
};

std::vector<plan::Step> type_in_place_steps(const Maker& make, const TypeInPlace& change);

}  // namespace lockstep::operations
