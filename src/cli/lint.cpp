#include <algorithm>
#include <set>

#include "commands.h"
#include "files.h"
#include "lockstep/planner/planner.h"
#include "lockstep/report/lint.h"
#include "versions.h"

namespace lockstep::cli {
namespace {

using migration::Migration;

/// What is linted, and the earlier migrations that build the catalog it is judged against.
struct Subject {
  std::vector<Migration> migrations;  ///< in order
  std::set<std::string> files;        ///< those to report on
  core::Problems problems;
};

std::string normal(const std::string& path) {
  std::string result = path;
  while (result.rfind("./", 0) == 0) {
    result = result.substr(2);
  }
  return result;
}

class Gatherer {
 public:
  Gatherer(Context& context, const config::Options& options)
      : context_(context), options_(options) {}

  Subject whole_folder() {
    migration::Loaded loaded =
        migration::load_migrations(context_.files, options_.migrations, options_.variables);
    for (const Migration& each : loaded.migrations) {
      subject_.files.insert(each.file);
    }
    subject_.migrations = std::move(loaded.migrations);
    subject_.problems = std::move(loaded.problems);
    return std::move(subject_);
  }

  Subject only(const std::vector<std::string>& files) {
    if (context_.files.list(options_.migrations)) {
      // What is wrong with other files is not asked here.
      earlier_ = migration::load_migrations(context_.files, options_.migrations, options_.variables)
                     .migrations;
    }
    for (const std::string& file : files) {
      add(file);
    }
    merge_earlier();
    std::stable_sort(subject_.migrations.begin(), subject_.migrations.end(),
                     [](const Migration& a, const Migration& b) { return a.id < b.id; });
    return std::move(subject_);
  }

 private:
  void add(const std::string& file) {
    const auto text =
        file == "-" ? std::optional<std::string>(read_stdin()) : context_.files.read(file);
    if (!text) {
      subject_.problems.push_back({{file, 0, 0}, "there is no such file", {}});
      return;
    }
    migration::Loaded loaded = migration::load_migration(normal(file), *text, options_.variables);
    for (Migration& each : loaded.migrations) {
      if (each.id.version == core::Version()) {
        each.id.version = version_after_all();
      }
      subject_.files.insert(each.file);
      subject_.migrations.push_back(std::move(each));
    }
    subject_.problems.insert(subject_.problems.end(), loaded.problems.begin(),
                             loaded.problems.end());
  }

  /// A text without a version comes after everything that is there.
  core::Version version_after_all() {
    core::Version highest;
    for (const auto* list : {&earlier_, &subject_.migrations}) {
      for (const Migration& each : *list) {
        if (each.id.version && highest < *each.id.version) {
          highest = *each.id.version;
        }
      }
    }
    return *core::Version::parse(next_number(highest.text()));
  }

  /// The folder's migrations before the last one asked for, except where that one replaces them.
  void merge_earlier() {
    core::MigrationId last;
    std::set<std::string> keys;
    for (const Migration& each : subject_.migrations) {
      last = std::max(last, each.id);
      keys.insert(each.id.key());
    }
    for (Migration& each : earlier_) {
      if (each.id < last && keys.count(each.id.key()) == 0) {
        subject_.migrations.push_back(std::move(each));
      }
    }
  }

  Context& context_;
  const config::Options& options_;
  std::vector<Migration> earlier_;
  Subject subject_;
};

catalog::Catalog unknown_catalog(const config::Options& options) {
  catalog::Catalog catalog;
  catalog.partial = true;
  catalog.shared_schemas = options.shared_schemas;
  catalog.schemas.insert(options.shared_schemas.begin(), options.shared_schemas.end());
  return catalog;
}

/// Problems of the files that are reported on, each once.
void add_problems(const core::Problems& found, const Subject& subject, core::Problems& problems) {
  for (const core::Problem& problem : found) {
    const bool asked = problem.where.file.empty() || subject.files.count(problem.where.file) != 0;
    if (asked && std::find(problems.begin(), problems.end(), problem) == problems.end()) {
      problems.push_back(problem);
    }
  }
}

report::LintReport judge(const Subject& subject, const config::Options& options) {
  report::LintReport report;
  report.problems = subject.problems;
  core::Problems found;
  const std::vector<planner::Recognised> recognised = planner::recognise(subject.migrations, found);
  for (const planner::Recognised& each : recognised) {
    if (subject.files.count(each.migration->file) != 0) {
      report.files.push_back(
          {each.migration->file, each.migration->items.size(), each.operations.size()});
    }
  }
  add_problems(found, subject, report.problems);
  const planner::Analysis analysis = planner::analyze(recognised, unknown_catalog(options));
  for (const plan::Hazard& hazard : analysis.hazards) {
    if (subject.files.count(hazard.where.file) != 0) {
      report.hazards.push_back(hazard);
    }
  }
  add_problems(analysis.problems, subject, report.problems);
  sort_by_place(report.problems);
  return report;
}

}  // namespace

ExitCode run_lint(Context& context, const LintOptions& options) {
  const config::Options loaded = load_options(context, false);
  Gatherer gatherer(context, loaded);
  const Subject subject =
      options.files.empty() ? gatherer.whole_folder() : gatherer.only(options.files);
  report::LintReport report = judge(subject, loaded);
  if (options.files.empty() && report.files.empty()) {
    report.empty_folder = loaded.migrations;
  }
  if (context.output.format() == Format::kJson) {
    context.output.data(report::lint_json(report));
  } else {
    context.output.data(report::lint_text(report, context.output.style()));
  }
  if (!report.problems.empty()) {
    return ExitCode::kInvalidInput;
  }
  const bool refused = std::any_of(
      report.hazards.begin(), report.hazards.end(),
      [](const plan::Hazard& hazard) { return hazard.verdict == plan::Verdict::kRefused; });
  return refused ? ExitCode::kRefused : ExitCode::kDone;
}

}  // namespace lockstep::cli
