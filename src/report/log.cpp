#include "lockstep/report/log.h"

#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <nlohmann/json.hpp>

namespace lockstep::report {
namespace {

using Json = nlohmann::ordered_json;

class WriterSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit WriterSink(Writer writer) : writer_(std::move(writer)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    writer_(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}

 private:
  Writer writer_;
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

/// The members of a JSON object, without its braces: the pattern puts time and level before them.
std::string members(std::string_view message, const Log::Fields& fields) {
  Json object{{"message", message}};
  for (const auto& field : fields) {
    if (const auto* text = std::get_if<std::string>(&field.second)) {
      object[field.first] = *text;
    } else {
      object[field.first] = std::get<std::int64_t>(field.second);
    }
  }
  const std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::string one_line(std::string_view message) {
  std::string line(message);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x20U || byte == 0x7FU ? ' ' : c;
  }
  return line;
}

}  // namespace

class Log::Impl {
 public:
  Impl(Writer writer, LogFormat format, LogLevel least)
      : format_(format), logger_("lockstep", std::make_shared<WriterSink>(std::move(writer))) {
    logger_.set_level(to_spdlog(least));
    const char* pattern = format == LogFormat::kJson
                              ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                              : "%Y-%m-%dT%H:%M:%SZ %-7l %v";
    logger_.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, "\n"));
  }

  void write(LogLevel level, std::string_view message, const Fields& fields) {
    const auto spd = to_spdlog(level);
    if (logger_.should_log(spd)) {
      const std::string text =
          format_ == LogFormat::kJson ? members(message, fields) : one_line(message);
      logger_.log(spd, spdlog::string_view_t(text.data(), text.size()));
    }
  }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

Log::Log(Writer writer, LogFormat format, LogLevel least)
    : impl_(std::make_unique<Impl>(std::move(writer), format, least)) {}
Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message, const Fields& fields) {
  impl_->write(level, message, fields);
}

}  // namespace lockstep::report
