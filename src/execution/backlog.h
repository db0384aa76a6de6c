#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agenda.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/executor.h"
#include "repeatable_order.h"

namespace lockstep::execution {

/// What a tenant has begun, by the ledger, and what is planned for it, brought together. For one
/// attempt.
class Backlog {
 public:
  /// Gives a stored list of steps by its content hash.
  using StoredList = std::function<StepList(const std::string& hash)>;

  Backlog(database::Ledger& ledger, database::Session& session, TenantWork& work,
          StoredList stored_list);

  enum class Found {
    kWork,
    kNoSchema,   ///< it is gone, or is another one by the same name
    kOtherText,  ///< another run has begun what is planned, with another text
  };
  /// Fills the agenda. Where the work resumes, the ledger is read: whatever has begun meanwhile is
  /// no longer planned, and planned steps replace those that are stored and not more.
  Found put_into(Agenda& agenda);
  /// After kOtherText.
  database::Failure other_text() const;

 private:
  Found load(Agenda& agenda, std::vector<database::StepRecord>& records);
  void load_migration(Agenda& agenda, const database::TenantMigration& row);

  database::Ledger& ledger_;
  database::Session& session_;
  TenantWork& work_;
  StoredList stored_list_;
  std::vector<std::string> other_texts_;  ///< for people
};

}  // namespace lockstep::execution
