#include <cstdint>

#include <fmt/format.h>

#include "lockstep/core/sha256.h"
#include "lockstep/database/lease.h"
#include "lockstep/postgres/ledger.h"

namespace lockstep::postgres {
namespace {

using database::LeaseKey;
using database::Result;
using database::Session;

std::int32_t number_of(const std::string& text) {
  return static_cast<std::int32_t>(
      std::stoul(core::sha256_hex(text).substr(0, 8), nullptr, 16));  // 32 bits
}

// The two-number form of an advisory lock: one number for the ledger and what is leased in it, one
// for the tenant or the relation. Two relations of the same number only wait for each other.
std::int32_t class_of(const LeaseKey& key) {
  return number_of((key.relation.empty() ? "lockstep lease " : "lockstep relation lease ") +
                   key.ledger_schema);
}

std::int32_t object_of(const LeaseKey& key) {
  return key.relation.empty()
             ? static_cast<std::int32_t>(static_cast<std::uint32_t>(key.schema_oid))
             : number_of(key.relation);
}

class AdvisoryLease final : public database::Lease {
 public:
  bool try_take(Session& session, const LeaseKey& key) override {
    return session
        .execute(fmt::format("select pg_try_advisory_lock({}, {})", class_of(key), object_of(key)))
        .as_bool();
  }

  bool release(Session& session, const LeaseKey& key) override {
    return session
        .execute(fmt::format("select pg_advisory_unlock({}, {})", class_of(key), object_of(key)))
        .as_bool();
  }

  std::optional<std::string> holder(Session& session, const LeaseKey& key) override {
    // pg_locks shows both numbers as unsigned.
    const Result row = session.execute(fmt::format(
        "select format('pid %s (%s, %s for %s s)', l.pid, coalesce(nullif(a.application_name, ''), "
        "'?'),"
        " coalesce(a.state, '?'), coalesce(round(extract(epoch from clock_timestamp() -"
        " coalesce(a.query_start, a.backend_start)))::text, '?'))"
        " from pg_locks l left join pg_stat_activity a on a.pid = l.pid"
        " where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = {}"
        " and l.objid = {} and l.database = (select oid from pg_database"
        " where datname = current_database()) limit 1",
        static_cast<std::uint32_t>(class_of(key)), static_cast<std::uint32_t>(object_of(key))));
    if (row.empty()) {
      return std::nullopt;
    }
    return row.at(0, 0);
  }

  std::optional<std::set<std::int64_t>> held(Session& session,
                                             const std::string& ledger_schema) override {
    const Result rows = session.execute(fmt::format(
        "select l.objid, pg_is_in_recovery() from (select) one left join pg_locks l"
        " on l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = {}"
        " and l.database = (select oid from pg_database where datname = current_database())",
        static_cast<std::uint32_t>(class_of({ledger_schema, 0}))));
    std::set<std::int64_t> oids;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      if (rows.at(i, 1) == "t") {
        return std::nullopt;
      }
      if (rows.rows[i].at(0)) {
        oids.insert(std::stoll(rows.at(i, 0)));
      }
    }
    return oids;
  }
};

}  // namespace

std::unique_ptr<database::Lease> advisory_lease() {
  return std::make_unique<AdvisoryLease>();
}

}  // namespace lockstep::postgres
