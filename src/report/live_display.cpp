#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "layout.h"
#include "live_state.h"
#include "lockstep/report/progress.h"
#include "news.h"

namespace lockstep::report {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenDrawings{100};
constexpr milliseconds kTick{250};
constexpr std::size_t kMostTenants = 8;

class LiveDisplay : public execution::Events {
 public:
  LiveDisplay(Writer writer, core::Clock& clock, LiveOptions options)
      : writer_(std::move(writer)),
        clock_(clock),
        options_(std::move(options)),
        paint_(options_.colour),
        state_(clock.now()) {
    if (options_.ticks) {
      ticker_ = std::jthread([this](const std::stop_token& stop) {
        while (clock_.sleep_for(kTick, stop)) {
          const std::lock_guard<std::mutex> guard(mutex_);
          draw();
        }
      });
    }
  }

  ~LiveDisplay() override {
    ticker_ = std::jthread();  // stops and joins: nothing draws from here on
    const std::lock_guard<std::mutex> guard(mutex_);
    erase();
  }

  void on(const execution::Event& event) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto now = clock_.now();
    state_.take(event, now);
    if (stays(event)) {
      say(event);
      draw();
    } else if (!drawn_ || now - last_drawing_ >= kBetweenDrawings) {
      draw();
    }
  }

 private:
  /// Whether it is more than the bar and the tenants' lines tell.
  bool stays(const execution::Event& event) const {
    namespace event_kind = execution::event;
    if (const auto* finished = std::get_if<event_kind::TenantFinished>(&event)) {
      return options_.detail == Detail::kVerbose ||
             (finished->outcome != execution::TenantOutcome::kDone &&
              news(event).from <= options_.detail);
    }
    const bool always = std::holds_alternative<event_kind::StepFailed>(event);
    const bool normal = std::holds_alternative<event_kind::Notice>(event) ||
                        std::holds_alternative<event_kind::Reconnecting>(event);
    const bool verbose = std::holds_alternative<event_kind::StepStarted>(event) ||
                         std::holds_alternative<event_kind::StepDone>(event);
    return always || (normal && options_.detail >= Detail::kNormal) ||
           (verbose && options_.detail >= Detail::kVerbose);
  }

  void say(const execution::Event& event) {
    erase();
    const News told = news(event);
    std::string text = told.text;
    if (told.level == LogLevel::kError) {
      text = paint_.red(text);
    } else if (told.level == LogLevel::kWarning) {
      text = paint_.yellow(text);
    }
    writer_(text + "\n");
  }

  void draw() {
    std::string text = erasure();
    widths_.clear();
    for (const std::string& line : state_.lines(clock_.now(), options_.width(), most_tenants())) {
      text += line + "\n";
      widths_.push_back(display_width(line));
    }
    writer_(text);
    drawn_ = true;
    last_drawing_ = clock_.now();
  }

  /// Lines above the top of the terminal could not be erased.
  std::size_t most_tenants() const {
    constexpr std::size_t kOthers = 3;  // the bar, "and 3 more", and where the cursor stands
    const std::size_t height = options_.height ? options_.height() : kMostTenants + kOthers;
    return std::clamp(height > kOthers ? height - kOthers : std::size_t{0}, std::size_t{1},
                      kMostTenants);
  }

  void erase() {
    writer_(erasure());
    widths_.clear();
  }

  /// A terminal that became narrower has broken the lines that were too long for it.
  std::string erasure() const {
    const std::size_t columns = std::max<std::size_t>(options_.width() + 1, 1);
    std::size_t rows = 0;
    for (const std::size_t width : widths_) {
      rows += std::max<std::size_t>((width + columns - 1) / columns, 1);
    }
    return rows == 0 ? std::string() : fmt::format("\x1b[{}A\r\x1b[J", rows);
  }

  Writer writer_;
  core::Clock& clock_;
  LiveOptions options_;
  Paint paint_;
  std::mutex mutex_;
  LiveState state_;
  std::vector<std::size_t> widths_;  ///< of the lines that stand there
  bool drawn_ = false;
  core::Clock::TimePoint last_drawing_{};
  std::jthread ticker_;
};

}  // namespace

std::unique_ptr<execution::Events> live_display(Writer writer, core::Clock& clock,
                                                LiveOptions options) {
  return std::make_unique<LiveDisplay>(std::move(writer), clock, std::move(options));
}

}  // namespace lockstep::report
