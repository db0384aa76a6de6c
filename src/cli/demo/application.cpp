#include "application.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace lockstep::cli::demo {

namespace {

constexpr std::size_t kTenants = 50;
constexpr std::size_t kLargest = 300'000;
constexpr std::size_t kSmallest = 40;

std::size_t users_of(const DemoTenant& tenant) {
  return std::max<std::size_t>(20, tenant.dispatches / 6);
}
std::size_t equipment_of(const DemoTenant& tenant) {
  return std::max<std::size_t>(10, tenant.dispatches / 30);
}

}  // namespace

std::vector<DemoTenant> demo_tenants() {
  constexpr std::array<const char*, kTenants> names{
      "acme",       "globex",   "initech",   "umbrella", "hooli",    "stark",        "wayne",
      "wonka",      "tyrell",   "cyberdyne", "aperture", "vandelay", "dunder",       "sterling",
      "pied_piper", "massive",  "oscorp",    "soylent",  "virtucon", "gringotts",    "monarch",
      "weyland",    "nakatomi", "octan",     "prestige", "bluth",    "paper_street", "duff",
      "krusty",     "planet",   "mom_corp",  "slurm",    "spacely",  "cogswell",     "acorn",
      "birch",      "cedar",    "elm",       "fir",      "hazel",    "juniper",      "larch",
      "maple",      "oak",      "pine",      "rowan",    "spruce",   "willow",       "yew",
      "zelkova"};
  std::vector<DemoTenant> tenants;
  std::size_t rows = kLargest;
  for (const char* name : names) {
    tenants.push_back(DemoTenant{fmt::format("tenant_{}", name), rows});
    rows = std::max(kSmallest, rows / 2);
  }
  return tenants;
}

void sign_up(database::Session& session, const std::vector<DemoTenant>& tenants) {
  session.execute(
      "CREATE SCHEMA tenant_management;"
      "CREATE TABLE tenant_management.tenants ("
      "  tenant_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
      "  tenant_name text NOT NULL,"
      "  subdomain text NOT NULL UNIQUE,"
      "  schema_name text NOT NULL UNIQUE,"
      "  created_at timestamptz NOT NULL DEFAULT clock_timestamp())");
  for (const DemoTenant& tenant : tenants) {
    const std::string name = session.quote_literal(tenant.schema);
    session.execute(
        fmt::format("CREATE SCHEMA {};"
                    "INSERT INTO tenant_management.tenants (tenant_name, subdomain, schema_name) "
                    "VALUES ({}, {}, {})",
                    session.quote_identifier(tenant.schema), name, name, name));
  }
}

void fill(database::Session& session, const std::vector<DemoTenant>& tenants) {
  for (const DemoTenant& tenant : tenants) {
    const std::size_t equipment = equipment_of(tenant);
    session.execute(fmt::format(
        "BEGIN; SET LOCAL search_path = {schema}, pg_temp;"
        "INSERT INTO users (username, email, legacy_note)"
        "  SELECT 'user' || n, 'User' || n || '@Example.com', 'imported' FROM generate_series(1, "
        "{users}) n;"
        "CREATE TEMP TABLE ids ON COMMIT DROP AS"
        "  SELECT n, gen_random_uuid() AS id FROM generate_series(1, {equipment}) n;"
        "INSERT INTO equipment (equipment_id, equipment_type, status)"
        "  SELECT id, (ARRAY['crane','truck','lift'])[1 + n % 3],"
        "         (ARRAY['available','dispatched','in_repair',NULL])[1 + n % 4] FROM ids;"
        "INSERT INTO dispatches (equipment_id, created_at)"
        "  SELECT ids.id, now() - made * interval '1 minute'"
        "  FROM generate_series(1, {dispatches}) made JOIN ids ON ids.n = 1 + made % {equipment};"
        "COMMIT",
        fmt::arg("schema", session.quote_identifier(tenant.schema)),
        fmt::arg("users", users_of(tenant)), fmt::arg("equipment", equipment),
        fmt::arg("dispatches", tenant.dispatches)));
  }
  session.execute("ANALYZE");
}

}  // namespace lockstep::cli::demo
