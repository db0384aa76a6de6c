#include <array>
#include <vector>

#include "json_reader.h"

namespace lockstep::plan {

namespace {

constexpr std::array kLockModes{
    catalog::LockMode::kAccessShare,  catalog::LockMode::kRowShare,
    catalog::LockMode::kRowExclusive, catalog::LockMode::kShareUpdateExclusive,
    catalog::LockMode::kShare,        catalog::LockMode::kShareRowExclusive,
    catalog::LockMode::kExclusive,    catalog::LockMode::kAccessExclusive};

}  // namespace

LockClaim read_lock(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  LockClaim lock;
  lock.relation = fields.name("relation");
  lock.mode = fields.one_of("mode", kLockModes);
  fields.finish();
  return lock;
}

std::vector<LockClaim> read_locks(const std::vector<Place>& places, Complaints& complaints) {
  std::vector<LockClaim> locks;
  locks.reserve(places.size());
  for (const auto& place : places) locks.push_back(read_lock(place, complaints));
  return locks;
}

}  // namespace lockstep::plan
