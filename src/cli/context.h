#pragma once

#include <map>
#include <string>

#include "lockstep/config/options.h"
#include "lockstep/core/clock.h"
#include "lockstep/core/file_reader.h"
#include "output.h"
#include "signals.h"

namespace lockstep::cli {

/// What every command is given. All outlive it.
struct Context {
  const core::FileReader& files;
  const std::map<std::string, std::string>& environment;
  core::Clock& clock;
  Signals& signals;
  Output& output;
  config::Flags flags;
  /// The options as typed that select database, files and tenants, for the commands we suggest:
  /// " --config x"; starts with a space unless empty.
  std::string repeated_flags;
};

/// By file, then by place in it; what has no place stays in order, last.
void sort_by_place(core::Problems& problems);

/// Options from all sources. Throws core::InvalidInput with every problem.
config::Options load_options(const Context& context, bool needs_database);

}  // namespace lockstep::cli
