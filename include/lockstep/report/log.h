#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lockstep::report {

/// Takes text as it is, escape sequences included. Called from one thread at a time.
using Writer = std::function<void(std::string_view)>;

enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// Lines with time (UTC) and level, for people or (one JSON object a line) for programs. Safe to
/// use from several threads at once.
class Log {
 public:
  using Value = std::variant<std::string, std::int64_t>;
  using Fields = std::vector<std::pair<std::string, Value>>;

  /// Lines below `least` are dropped.
  Log(Writer writer, LogFormat format, LogLevel least);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `message` is for people; `fields` come only with kJson.
  void write(LogLevel level, std::string_view message, const Fields& fields = {});
  void debug(std::string_view message) { write(LogLevel::kDebug, message); }

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::report
