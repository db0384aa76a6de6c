#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "lockstep/core/problem.h"
#include "lockstep/report/log.h"
#include "lockstep/report/progress.h"
#include "lockstep/report/style.h"

namespace lockstep::cli {

enum class Format { kText, kJson, kMarkdown };
enum class ColourChoice { kAuto, kAlways, kNever };

struct OutputOptions {
  Format format = Format::kText;
  ColourChoice colour = ColourChoice::kAuto;
  report::LogLevel log_level = report::LogLevel::kInfo;
  report::LogFormat log_format = report::LogFormat::kText;
  bool quiet = false;
  bool verbose = false;
  std::string place = {};    ///< see report::Style
  std::string tenants = {};  ///< the same
};

/// Data goes to stdout, news and errors to stderr.
class Output {
 public:
  explicit Output(const OutputOptions& options);

  Format format() const noexcept { return options_.format; }
  bool quiet() const noexcept { return options_.quiet; }
  /// Of what goes to stdout.
  report::Style style() const;
  report::Log& log() noexcept { return log_; }
  report::Detail detail() const noexcept;

  /// To stdout, as it is. Throws core::InvalidInput where that cannot take it (a full disk).
  void data(std::string_view text) const;
  /// A sentence for people, to stdout with text, unless --quiet; nothing with other formats.
  void say(std::string_view text) const;
  /// Problems to stderr, for people; with JSON also as lockstep.error/1 to stdout.
  void problems(std::string_view kind, int exit_code, const core::Problems& problems) const;
  /// Problems to stderr, whatever the format.
  void warn(const core::Problems& problems) const;

  /// Whether somebody sits there who can be asked.
  bool can_ask() const;
  /// Asks on stderr, reads a line from stdin; true for "y" or "yes". Precondition: can_ask().
  bool ask(std::string_view question) const;

  /// A live display where stderr is a terminal, else log lines. `clock` outlives it.
  std::unique_ptr<execution::Events> progress(core::Clock& clock);

 private:
  bool colour_on(int descriptor) const;

  OutputOptions options_;
  report::Log log_;
};

}  // namespace lockstep::cli
