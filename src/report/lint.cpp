#include "lockstep/report/lint.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "json.h"
#include "layout.h"
#include "lockstep/report/problems.h"
#include "plan_words.h"

namespace lockstep::report {
namespace {

using plan::Hazard;
using plan::Verdict;

/// Refused first, then what the author allowed, what is staged, what is instant.
int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRefused:
      return 0;
    case Verdict::kAllowed:
      return 1;
    case Verdict::kExpanded:
      return 2;
    case Verdict::kInstant:
      return 3;
  }
  return 4;
}

/// Each statement once, by the gravest that is said of it; one of which nothing is said is instant.
struct Verdicts {
  std::size_t refused = 0;
  std::size_t allowed = 0;
  std::size_t staged = 0;
  std::size_t instant = 0;
};

Verdicts verdicts_of(const LintReport& report) {
  std::map<std::tuple<std::string, std::size_t, std::size_t>, int> gravest;
  for (const Hazard& hazard : report.hazards) {
    const auto place = std::tuple(hazard.where.file, hazard.where.line, hazard.where.column);
    const auto found = gravest.emplace(place, rank(hazard.verdict)).first;
    found->second = std::min(found->second, rank(hazard.verdict));
  }
  const auto count = [&gravest](Verdict verdict) {
    return static_cast<std::size_t>(
        std::count_if(gravest.begin(), gravest.end(),
                      [verdict](const auto& each) { return each.second == rank(verdict); }));
  };
  Verdicts verdicts{count(Verdict::kRefused), count(Verdict::kAllowed), count(Verdict::kExpanded),
                    0};
  std::size_t statements = 0;
  for (const LintedFile& file : report.files) {
    statements += file.statements;
  }
  const std::size_t others = verdicts.refused + verdicts.allowed + verdicts.staged;
  verdicts.instant = statements > others ? statements - others : 0;
  return verdicts;
}

std::string summary(const LintReport& report, const Paint& paint) {
  if (!report.empty_folder.empty() && report.problems.empty()) {
    return no_migrations(report.empty_folder) + "\n";
  }
  std::size_t statements = 0;
  for (const LintedFile& file : report.files) {
    statements += file.statements;
  }
  std::string line = fmt::format("{}, {}: ", counted(report.files.size(), "file"),
                                 counted(statements, "statement"));
  if (!report.problems.empty()) {
    return line +
           paint.red(fmt::format("cannot be read as they are, {}",
                                 counted(report.problems.size(), "problem"))) +
           "\n";
  }
  const Verdicts verdicts = verdicts_of(report);
  if (verdicts.refused != 0) {
    line += paint.red(fmt::format("{} refused", verdicts.refused)) + ", ";
  }
  if (verdicts.allowed != 0) {
    line += paint.yellow(fmt::format("{} allowed by the author", verdicts.allowed)) + ", ";
  }
  return line + fmt::format("{} staged, {} instant\n", verdicts.staged, verdicts.instant);
}

Json hazard_json(const Hazard& hazard) {
  Json blocks = Json::array();
  Json lock = nullptr;
  if (hazard.lock) {
    lock = {{"relation", core::display(hazard.lock->relation)},
            {"mode", catalog::to_string(hazard.lock->mode)}};
    if (catalog::blocks_reads(hazard.lock->mode)) {
      blocks.push_back("reads");
    }
    if (catalog::blocks_writes(hazard.lock->mode)) {
      blocks.push_back("writes");
    }
  }
  return {{"id", hazard.id},
          {"severity", plan::severity(hazard.verdict)},
          {"migration", hazard.migration},
          {"file", hazard.where.file},
          {"line", hazard.where.line},
          {"column", hazard.where.column},
          {"statement", hazard.statement},
          {"operation", hazard.operation},
          {"lock", lock},
          {"rewrite", hazard.rewrite},
          {"scan", hazard.scan},
          {"blocks", blocks},
          {"verdict", plan::to_string(hazard.verdict)},
          {"effect", hazard.effect},
          {"remedy", hazard.remedy},
          {"reason", hazard.reason}};
}

}  // namespace

std::string lint_text(const LintReport& report, const Style& style) {
  const Paint paint(style);
  std::vector<const Hazard*> shown;
  for (const Hazard& hazard : report.hazards) {
    if (hazard.verdict != Verdict::kInstant || style.verbose) {
      shown.push_back(&hazard);
    }
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Hazard* a, const Hazard* b) {
    return rank(a->verdict) < rank(b->verdict);
  });
  std::string result = problems_text(report.problems, style);
  if (!result.empty()) {
    result += "\n";
  }
  for (const Hazard* hazard : shown) {
    result += paint.bold(printable(core::to_string(hazard->where))) + "\n  " +
              paint.dim(one_line(hazard->statement, style.width - 2)) + "\n" +
              hazard_text(*hazard, "  ", style) + "\n";
  }
  return result + summary(report, paint);
}

std::string lint_json(const LintReport& report) {
  Json files = Json::array();
  for (const LintedFile& file : report.files) {
    files.push_back(
        {{"file", file.file}, {"statements", file.statements}, {"operations", file.operations}});
  }
  Json hazards = Json::array();
  for (const Hazard& hazard : report.hazards) {
    hazards.push_back(hazard_json(hazard));
  }
  return printed({{"format", "lockstep.lint/1"},
                  {"files", files},
                  {"hazards", hazards},
                  {"problems", to_json(report.problems)}});
}

}  // namespace lockstep::report
