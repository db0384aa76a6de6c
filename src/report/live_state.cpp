#include "live_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "layout.h"
#include "lockstep/text/units.h"
#include "news.h"

namespace lockstep::report {
namespace {

namespace event = execution::event;

double seconds_between(core::Clock::TimePoint from, core::Clock::TimePoint to) {
  return static_cast<double>((to - from).count()) / 1e6;
}

std::string duration(double seconds) {
  return text::format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// As long as the words beside it leave room for.
std::string bar(double share, std::size_t width) {
  constexpr std::size_t kWords = 64;
  constexpr std::size_t kShortest = 6;
  constexpr std::size_t kLongest = 24;
  const std::size_t length =
      std::clamp(width > kWords ? width - kWords : std::size_t{0}, kShortest, kLongest);
  const auto filled =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(length));
  return "[" + std::string(filled, '=') + std::string(length - filled, '.') + "]";
}

}  // namespace

struct LiveState::Taker {
  LiveState& state;
  TimePoint now;

  void operator()(const event::RunStarted& e) const {
    state.tenants_ = e.tenants;
    state.steps_ = e.steps;
  }
  void operator()(const event::WaveStarted& e) const {
    const std::string phase = phase_word(e.phase, e.back);
    if (phase != state.phase_) {
      state.phase_ = phase;
      state.tenants_done_ = 0;
    }
    state.wave_ = e.name;
  }
  void operator()(const event::TenantStarted& e) const {
    Work work;
    work.since = now;
    state.working_[e.tenant] = work;
  }
  void operator()(const event::StepStarted& e) const {
    Work work;
    work.step = e.step;
    work.title = e.title;
    work.kind = e.kind;
    work.since = now;
    state.working_[e.tenant] = work;
  }
  void operator()(const event::StepProgress& e) const {
    Work& work = state.working_[e.tenant];
    work.rows = static_cast<double>(e.rows);
    if (!work.rows_seen) {
      work.rows_seen = true;
      work.rows_at_start = work.rows - static_cast<double>(e.batch);
    }
    work.estimated_rows = e.estimated_rows;
    work.waits.clear();
  }
  void operator()(const event::StepWaiting& e) const {
    Work& work = state.working_[e.tenant];
    work.step = e.step;
    work.waits = e.why;
    if (!e.blockers.empty()) {
      work.waits = execution::to_string(e.blockers.front());
    }
  }
  void operator()(const event::StepDone& e) const {
    ++state.steps_done_;
    state.working_[e.tenant].waits.clear();
  }
  void operator()(const event::TenantFinished& e) const {
    state.working_.erase(e.tenant);
    if (e.tenant.empty()) {
      return;  // the shared schemas are no tenant
    }
    const bool done = e.outcome == execution::TenantOutcome::kDone;
    (done ? state.tenants_done_ : state.tenants_troubled_) += 1;
  }
  void operator()(const event::StepFailed&) const {}
  void operator()(const event::Reconnecting&) const {}
  void operator()(const event::Notice&) const {}
  void operator()(const event::RunFinished&) const {}
};

void LiveState::take(const execution::Event& event, TimePoint now) {
  std::visit(Taker{*this, now}, event);
}

std::vector<std::string> LiveState::lines(TimePoint now, std::size_t width,
                                          std::size_t most) const {
  const std::size_t inner = width > 2 ? width - 2 : 0;
  const auto behind_indent = [inner](const std::string& line) {
    return "  " + one_line(line, inner);
  };
  std::vector<std::string> result{one_line(overall(now, width), width)};
  for (const auto& each : working_) {
    if (result.size() > most) {
      result.push_back(behind_indent(fmt::format("and {} more at work", working_.size() - most)));
      break;
    }
    result.push_back(behind_indent(line_of(each.first, each.second, now, inner)));
  }
  return result;
}

std::string LiveState::overall(TimePoint now, std::size_t width) const {
  if (steps_ == 0) {
    return "looking at the tenants, " + duration(seconds_between(start_, now));
  }
  const std::size_t done = std::min(steps_done_, steps_);
  const double share = static_cast<double>(done) / static_cast<double>(steps_);
  std::string line = fmt::format("{} {} of {}", bar(share, width), done, counted(steps_, "step"));
  if (!phase_.empty()) {
    line += fmt::format(", {}: {} of {}", phase_, tenants_done_, counted(tenants_, "tenant"));
  }
  if (tenants_troubled_ > 0) {
    line += fmt::format(", {} not done", tenants_troubled_);
  }
  line += ", " + duration(seconds_between(start_, now));
  const double left = seconds_left(now);
  if (left >= 1) {
    line += ", about " + duration(left) + " left";
  }
  return line;
}

std::string LiveState::line_of(const std::string& tenant, const Work& work, TimePoint now,
                               std::size_t width) {
  const std::string head =
      tenant_words(tenant) + (work.step.empty() ? std::string() : "  " + work.step);
  const std::string tail = standing_of(work, now);
  // On a narrow terminal the title gives way to what changes.
  constexpr std::size_t kLeastTitle = 8;
  const std::size_t taken = display_width(head) + display_width(tail) + 1;
  const bool fits = !work.title.empty() && taken + kLeastTitle <= width;
  return head + (fits ? " " + one_line(work.title, width - taken) : std::string()) + tail;
}

std::string LiveState::standing_of(const Work& work, TimePoint now) {
  if (!work.waits.empty()) {
    return ", waits: " + work.waits;
  }
  const double elapsed = seconds_between(work.since, now);
  if (!work.rows_seen) {
    return elapsed >= 1 ? ", " + duration(elapsed) : std::string();
  }
  std::string text = ", " + text::format_count(work.rows);
  if (work.estimated_rows > 0) {
    text += " of " + text::format_count(std::max(work.estimated_rows, work.rows));
  }
  text += " rows";
  if (elapsed >= 1) {
    text +=
        fmt::format(", {} rows/s", text::format_count((work.rows - work.rows_at_start) / elapsed));
  }
  const double left = step_seconds_left(work, now);
  return left >= 1 ? text + ", about " + duration(left) + " left" : text;
}

double LiveState::step_seconds_left(const Work& work, TimePoint now) {
  const double elapsed = seconds_between(work.since, now);
  const double progressed = work.rows - work.rows_at_start;
  if (progressed <= 0 || elapsed < 1 || work.estimated_rows <= work.rows) {
    return 0;
  }
  return (work.estimated_rows - work.rows) * elapsed / progressed;
}

double LiveState::seconds_left(TimePoint now) const {
  double left = 0;
  for (const auto& each : working_) {
    left = std::max(left, step_seconds_left(each.second, now));
  }
  // Steps differ a thousandfold, so the rest is guessed only once a good part is over.
  constexpr double kEnough = 0.1;
  const double share =
      steps_ == 0 ? 0 : static_cast<double>(steps_done_) / static_cast<double>(steps_);
  if (share >= kEnough && share < 1) {
    left = std::max(left, seconds_between(start_, now) * (1 - share) / share);
  }
  return left;
}

}  // namespace lockstep::report
