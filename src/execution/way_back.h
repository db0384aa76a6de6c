#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agenda.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/take_back.h"
#include "repeatable_order.h"

namespace lockstep::execution {

/// What is to be taken back in a tenant, by the ledger: the last step that was done first. For one
/// attempt.
class WayBack {
 public:
  using StoredList = std::function<StepList(const std::string& hash)>;

  /// Reads it. Call it with the tenant's lease.
  WayBack(database::Ledger& ledger, database::Session& session, database::TenantId tenant,
          const TakeBack& wanted, const StoredList& stored_list);

  /// Why it must not be: what the fleet has seen is not what stands there now.
  std::optional<database::Failure> forbidden() const;
  void put_into(Agenda& agenda) const;
  /// Migrations that go although no step of them is recorded.
  std::vector<std::string> without_steps() const;

 private:
  struct Entry {
    database::StandingMigration migration;
    StepList steps;
  };

  const TakeBack& wanted_;
  std::vector<Entry> entries_;            ///< the one that was begun last first
  std::vector<std::string> begun_since_;  ///< above what is taken back, and not part of it
};

}  // namespace lockstep::execution
