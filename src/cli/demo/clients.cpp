#include "clients.h"

#include <array>

#include <fmt/format.h>

namespace lockstep::cli::demo {

namespace {

struct Kind {
  const char* label;
  const char* sql;  ///< {0}: a random uuid, {1}: a random number
};

constexpr Kind kReleased[] = {
    {"list the newest dispatches",
     "SELECT d.dispatch_id, d.created_at, e.equipment_type FROM dispatches d"
     " JOIN equipment e USING (equipment_id) ORDER BY d.created_at DESC LIMIT 10"},
    {"look up a user",
     "SELECT user_id, username, email FROM users WHERE user_id >= '{0}' ORDER BY user_id LIMIT 1"},
    {"rename a user",
     "UPDATE users SET display_name = 'name {1}' WHERE user_id ="
     " (SELECT user_id FROM users WHERE user_id >= '{0}' ORDER BY user_id LIMIT 1)"},
    {"sign up a user",
     "INSERT INTO users (username, email) VALUES ('new{1}', 'new{1}.{0}@example.com')"},
    {"send equipment out",
     "INSERT INTO dispatches (equipment_id)"
     " SELECT equipment_id FROM equipment WHERE equipment_id >= '{0}' ORDER BY equipment_id LIMIT "
     "1"},
    {"change equipment's status",
     "UPDATE equipment SET status = 'available' WHERE equipment_id ="
     " (SELECT equipment_id FROM equipment WHERE equipment_id >= '{0}' ORDER BY equipment_id LIMIT "
     "1)"},
};

constexpr Kind kDeployed[] = {
    {"follow a dispatch",
     "SELECT dispatch_id, tracking_code, assigned_to FROM dispatches WHERE dispatch_id >= '{0}'"
     " ORDER BY dispatch_id LIMIT 1"},
    {"assign a dispatch",
     "UPDATE dispatches SET assigned_to ="
     " (SELECT user_id FROM users WHERE user_id >= '{0}' ORDER BY user_id LIMIT 1)"
     " WHERE dispatch_id ="
     " (SELECT dispatch_id FROM dispatches WHERE dispatch_id >= '{0}' ORDER BY dispatch_id LIMIT "
     "1)"},
};

std::string random_uuid(std::mt19937_64& random) {
  const std::uint64_t high = random();
  const std::uint64_t low = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, low >> 52, low & 0xffff'ffff'ffff);
}

}  // namespace

sandbox::Request Clients::next(std::mt19937_64& random) const {
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const DemoTenant& tenant = tenants_[below(tenants_.size())];
  const std::size_t kinds = std::size(kReleased) + (deployed_ ? std::size(kDeployed) : 0);
  const std::size_t pick = below(kinds);
  const Kind& kind =
      pick < std::size(kReleased) ? kReleased[pick] : kDeployed[pick - std::size(kReleased)];
  // As applications with a schema per tenant do; the demonstration's schemas need no quotes.
  return {fmt::format("SET search_path = {}; ", tenant.schema) +
              fmt::format(fmt::runtime(kind.sql), random_uuid(random), below(1'000'000'000)),
          kind.label};
}

}  // namespace lockstep::cli::demo
