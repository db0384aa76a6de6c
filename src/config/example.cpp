#include "lockstep/config/options.h"

namespace lockstep::config {

std::string example_file() {
  return R"(# Lockstep's configuration. Every key is here; those behind a "#" show their default.
# A flag wins over the environment (LOCKSTEP_ROLLOUT_JOBS for rollout.jobs), which wins over this
# file. Durations and sizes carry units: 50ms, 10s, 5m, 2h, 7d; 512kB, 8MB, 1GB.

# Where to connect: a URI or key=value string. Without it, libpq's own PGHOST, PGDATABASE, ... count.
database: ${DATABASE_URL}

# migrations: migrations

# Which schemas are tenants: one of query, pattern and schemas.
tenants:
  pattern: "tenant_*"
  # query: select schema_name from tenant_management.tenants order by created_at
  # schemas: [acme, globex]
  # exclude: [tenant_template]

# What every tenant sees besides its own schema, in the order of its search_path.
# shared_schemas: [public]

# Where Lockstep keeps its books, in the same database.
# ledger_schema: lockstep

# SET ROLE for everything that is run.
# role: app_owner

# What ${name} in migrations stands for, besides ${schema}. No place for secrets.
# variables:
#   region: eu

# rollout:
#   waves: [{name: canary, tenants: [tenant_acme]}, {name: early, percent: 10}, {name: rest}]
#   jobs: 4                  # tenants worked on at once
#   max_failures: 1          # stop starting new tenants after this many failed; 0: never
#   wait: 30m                # how long to wait for tenants that another run works on

# locks:
#   lock_timeout: 50ms       # how long a strong lock request may queue, application queries behind it
#   max_hold: 100ms          # how long a strong lock may then be held
#   give_up_after: 10m       # a step that cannot get its lock for this long is blocked
#   direct_below: 8MB        # on smaller tables the plain statement is tried first

# For how long dropped columns and tables can still be brought back (lockstep purge). 0: not at all.
# drop_grace: 0              # 7d: for a week

# backfill:
#   batch_duration: 50ms     # target; the batch size adapts after every batch
#   max_rows_per_second: 0   # 0: no cap
#   max_replica_lag: 10s     # 0: not looked at
#   max_active_sessions: 0   # 0: not looked at
#   pause_when: ""           # a query; true pauses
)";
}

}  // namespace lockstep::config
