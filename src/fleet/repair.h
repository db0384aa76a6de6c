#pragma once

#include <vector>

#include "survey.h"

namespace lockstep::fleet {

/// Who stands where with that migration, whose file has that checksum. Whose schema is gone does
/// not count.
Spread spread_of(const Survey& survey, const database::RecordedMigration& recorded,
                 const std::string& checksum);

/// "12 tenants have finished it, 1 is half way (t7) and 7 have not begun it; 1 of them has another
/// text than the recorded one (t7)". Empty where nobody is.
std::string in_words(const Spread& spread);

/// What `repair` takes in: edited and deleted files.
struct Repair {
  std::vector<database::RecordedMigration> edited;
  RepairResult result;  ///< without structures
};

/// Throws core::Refused with everything that would leave tenants with different texts of one
/// migration, unless the request accepts that. `everybody` is not restricted to selected tenants,
/// and `recorded` has the texts.
Repair repair_of(const Survey& everybody, const std::vector<database::RecordedMigration>& recorded,
                 const Files& files, const migration::Variables& variables,
                 const RepairRequest& request);

}  // namespace lockstep::fleet
