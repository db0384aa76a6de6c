#include "output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <fmt/format.h>

#include "lockstep/core/error.h"
#include "lockstep/report/problems.h"

namespace lockstep::cli {
namespace {

constexpr std::size_t kDefaultWidth = 120;
constexpr std::size_t kDefaultHeight = 24;
constexpr std::size_t kLeastWidth = 60;
constexpr std::size_t kMostWidth = 140;

/// Gives errno where it cannot all be written, else 0. A closed pipe is no error: nobody listens
/// any more.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return errno == EPIPE ? 0 : errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void write_data(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, text)) {
    throw core::InvalidInput(
        fmt::format("cannot write to standard output: {}", std::strerror(error)),
        "what was printed is not complete; what was applied is in the ledger: lockstep status");
  }
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return kDefaultWidth;
}

std::size_t terminal_height(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
    return size.ws_row;
  }
  return kDefaultHeight;
}

}  // namespace

Output::Output(const OutputOptions& options)
    : options_(options),
      log_([](std::string_view line) { write_all(STDERR_FILENO, line); }, options.log_format,
           options.quiet ? std::max(options.log_level, report::LogLevel::kError)
                         : options.log_level) {}

bool Output::colour_on(int descriptor) const {
  if (options_.colour != ColourChoice::kAuto) {
    return options_.colour == ColourChoice::kAlways;
  }
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

report::Style Output::style() const {
  report::Style style;
  style.colour = colour_on(STDOUT_FILENO);
  style.width = std::clamp(terminal_width(STDOUT_FILENO), kLeastWidth, kMostWidth);
  style.verbose = options_.verbose;
  style.place = options_.place;
  style.tenants = options_.tenants;
  return style;
}

report::Detail Output::detail() const noexcept {
  if (options_.quiet) {
    return report::Detail::kQuiet;
  }
  return options_.verbose ? report::Detail::kVerbose : report::Detail::kNormal;
}

void Output::data(std::string_view text) const {
  write_data(text);
}

void Output::say(std::string_view text) const {
  if (options_.format == Format::kText && !options_.quiet) {
    write_data(text);
  }
}

void Output::warn(const core::Problems& problems) const {
  report::Style style;
  style.colour = colour_on(STDERR_FILENO);
  style.width = std::clamp(terminal_width(STDERR_FILENO), kLeastWidth, kMostWidth);
  style.place = options_.place;
  style.tenants = options_.tenants;
  write_all(STDERR_FILENO, report::problems_text(problems, style));
}

void Output::problems(std::string_view kind, int exit_code, const core::Problems& problems) const {
  warn(problems);
  if (options_.format == Format::kJson) {
    write_all(STDOUT_FILENO, report::error_json(kind, exit_code, problems));
  }
}

bool Output::can_ask() const {
  return options_.format == Format::kText && !options_.quiet && ::isatty(STDIN_FILENO) == 1 &&
         ::isatty(STDOUT_FILENO) == 1;
}

bool Output::ask(std::string_view question) const {
  write_all(STDERR_FILENO, question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::unique_ptr<execution::Events> Output::progress(core::Clock& clock) {
  const bool live = ::isatty(STDERR_FILENO) == 1 && !options_.quiet &&
                    options_.log_format == report::LogFormat::kText;
  if (!live) {
    return report::event_log(log_, detail());
  }
  report::LiveOptions options;
  options.width = [] { return terminal_width(STDERR_FILENO) - 1; };
  options.height = [] { return terminal_height(STDERR_FILENO); };
  options.colour = colour_on(STDERR_FILENO);
  options.detail = detail();
  return report::live_display([](std::string_view text) { write_all(STDERR_FILENO, text); }, clock,
                              std::move(options));
}

}  // namespace lockstep::cli
