#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agenda.h"
#include "lockstep/database/ledger.h"
#include "lockstep/execution/take_back.h"
#include "repeatable_order.h"

namespace lockstep::execution {

/// What a tenant's steps have kept, by the ledger, and what is to become of it. For one attempt.
class KeptWork {
 public:
  using StoredList = std::function<StepList(const std::string& hash)>;

  /// Reads it. Call it with the tenant's lease.
  KeptWork(database::Ledger& ledger, database::Session& session, database::TenantId tenant,
           const GraceWork& wanted, const StoredList& stored_list);

  /// Why it must not be: what the fleet has seen is not what stands there now.
  std::optional<database::Failure> forbidden() const { return forbidden_; }
  /// The transactions that remove it; or of what comes back the parts that are not done, the
  /// youngest object's first. Gives how many parts each of these steps has in all.
  std::map<std::string, int> put_into(Agenda& agenda) const;

 private:
  void remove(const database::Session& session, const database::KeptObject& kept);
  void restore(const database::KeptObject& kept,
               const std::vector<database::StandingMigration>& standing, const std::string& fill,
               const StoredList& stored_list);

  std::optional<database::Failure> forbidden_;
  std::vector<plan::Step> steps_;
  std::vector<int> ordinals_;  ///< of each of them
  std::map<std::string, int> parts_;
};

}  // namespace lockstep::execution
