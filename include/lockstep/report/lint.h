#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lockstep/core/problem.h"
#include "lockstep/plan/hazard.h"
#include "lockstep/report/style.h"

namespace lockstep::report {

struct LintedFile {
  std::string file;
  std::size_t statements = 0;  ///< SQL statements, or YAML operations
  std::size_t operations = 0;  ///< recognised in them
};

struct LintReport {
  std::vector<LintedFile> files;
  std::vector<plan::Hazard> hazards;
  core::Problems problems;
  std::string empty_folder;  ///< the folder of migrations, where it was to be linted and has none
};

/// Refused hazards first. Instant ones, which hurt nobody, only with Style::verbose.
std::string lint_text(const LintReport& report, const Style& style);
/// lockstep.lint/1 (docs/cli.md).
std::string lint_json(const LintReport& report);

}  // namespace lockstep::report
