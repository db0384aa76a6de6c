#include <map>
#include <mutex>

#include "lockstep/report/progress.h"
#include "news.h"

namespace lockstep::report {
namespace {

using std::chrono::milliseconds;

/// Repeated waits and progress are told once in this much of their own time.
constexpr milliseconds kQuietTime{10'000};

class EventLog : public execution::Events {
 public:
  EventLog(Log& log, Detail detail) : log_(log), detail_(detail) {}

  void on(const execution::Event& event) override {
    if (is_repetition(event)) {
      return;
    }
    const News told = news(event);
    if (told.from <= detail_) {
      log_.write(told.level, told.text, told.fields);
    }
  }

 private:
  bool is_repetition(const execution::Event& event) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (const auto* waiting = std::get_if<execution::event::StepWaiting>(&event)) {
      return !due(waits_, waiting->tenant + " " + waiting->step, waiting->retry_in, true);
    }
    if (const auto* progress = std::get_if<execution::event::StepProgress>(&event)) {
      return !due(progress_, progress->tenant + " " + progress->step, progress->took, false);
    }
    if (const auto* done = std::get_if<execution::event::StepDone>(&event)) {
      waits_.erase(done->tenant + " " + done->step);
      progress_.erase(done->tenant + " " + done->step);
    }
    return false;
  }

  static bool due(std::map<std::string, milliseconds>& quiet, const std::string& key,
                  milliseconds passed, bool at_first) {
    const auto [place, inserted] = quiet.emplace(key, milliseconds{0});
    place->second += passed;
    if ((inserted && at_first) || place->second >= kQuietTime) {
      place->second = milliseconds{0};
      return true;
    }
    return false;
  }

  Log& log_;
  Detail detail_;
  std::mutex mutex_;
  std::map<std::string, milliseconds> waits_;
  std::map<std::string, milliseconds> progress_;
};

}  // namespace

std::unique_ptr<execution::Events> event_log(Log& log, Detail detail) {
  return std::make_unique<EventLog>(log, detail);
}

}  // namespace lockstep::report
