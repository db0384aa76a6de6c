#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "lockstep/database/session.h"

namespace lockstep::database {

/// What a lease is taken on: a tenant of a ledger, the shared scope, or (RULES.md 7) a relation
/// that steps of several tenants lock.
struct LeaseKey {
  std::string ledger_schema;
  /// The tenant schema's oid; 0 for the shared scope and for relations.
  std::int64_t schema_oid = 0;
  /// The relation's quoted name; empty for tenants and the shared scope.
  std::string relation = {};
};

/// The right to work on one tenant: a session advisory lock on the very session that runs the
/// steps. It lives exactly as long as that session's backend, so an orphaned build still keeps
/// others off its tenant (RULES.md 21). Stateless and thread-safe; the sessions are not. Throws
/// DatabaseError.
class Lease {
 public:
  virtual ~Lease() = default;

  /// Never waits: false if another session holds it. Each take needs its own release.
  virtual bool try_take(Session& session, const LeaseKey& key) = 0;
  /// False if this session did not hold it.
  virtual bool release(Session& session, const LeaseKey& key) = 0;
  /// Who holds it, for people: "pid 4711 (lockstep 0007.3 acme, active for 41 s)". Nothing if it is
  /// free.
  virtual std::optional<std::string> holder(Session& session, const LeaseKey& key) = 0;
  /// The schema oids of all leases that some session holds. Nothing on a standby, which cannot see
  /// the primary's.
  virtual std::optional<std::set<std::int64_t>> held(Session& session,
                                                     const std::string& ledger_schema) = 0;
};

}  // namespace lockstep::database
