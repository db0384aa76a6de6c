#pragma once

#include <string>

// Each function builds what it needs on a throwaway server, measures, and gives a Markdown section.
// Figures are ratios within one run on one machine; the absolute ones beside them only explain.

namespace lockstep::bench {

struct Setup {
  std::string lockstep;  ///< the program
  int tenants = 1000;
  int rounds = 5;
  long rows = 2'000'000;  ///< of the table in measure_waits() and measure_backfill()
  std::string only;       ///< one change of measure_waits(), or one variant of measure_backfill()
  int part = 1;           ///< measure_waits(): of so many parts, each with every parts-th change
  int parts = 1;
};

/// Five metadata changes in every tenant, on one table and on three, against the same DDL by psql,
/// one transaction a tenant.
std::string measure_metadata(const Setup& setup);

/// `apply` where there is nothing to do, against psql and an empty query.
std::string measure_nothing_to_do(const Setup& setup);

/// The worst wait of clients on a large table while each operation runs: alone, under Lockstep, and
/// under the plain statement.
std::string measure_waits(const Setup& setup);

/// A backfill against one UPDATE, by keys of several kinds: rows a second, log volume, growth of
/// table and indexes.
std::string measure_backfill(const Setup& setup);

}  // namespace lockstep::bench
