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

  /// Fills the agenda. Where the work resumes, the ledger is read, and whatever has begun meanwhile
  /// is no longer planned. False if the schema is gone, or is another one by the same name.
  bool put_into(Agenda& agenda);

 private:
  bool load(Agenda& agenda, std::vector<database::StepRecord>& records);
  void load_migration(Agenda& agenda, const database::TenantMigration& row);
  /// The end of what is planned where it is not among it.
  std::vector<PlannedMigration>::iterator planned_for(const database::TenantMigration& row);

  database::Ledger& ledger_;
  database::Session& session_;
  TenantWork& work_;
  StoredList stored_list_;
  bool edited_ = false;  ///< what is planned has another text than what is stored and not begun
};

}  // namespace lockstep::execution
