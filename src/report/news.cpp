#include "news.h"

#include <fmt/format.h>

#include "layout.h"
#include "lockstep/text/units.h"

namespace lockstep::report {
namespace {

namespace event = execution::event;
using std::chrono::milliseconds;

std::string words(milliseconds duration) {
  return text::format_duration(duration);
}

std::int64_t number(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

struct Tell {
  News operator()(const event::RunStarted& e) const {
    return {LogLevel::kInfo,
            Detail::kNormal,
            fmt::format("run {}: {} with something to do, {}", e.run, counted(e.tenants, "tenant"),
                        counted(e.steps, "step")),
            {{"event", "run_started"},
             {"run", e.run},
             {"tenants", number(e.tenants)},
             {"steps", number(e.steps)}}};
  }
  News operator()(const event::WaveStarted& e) const {
    return {LogLevel::kInfo,
            Detail::kNormal,
            fmt::format("{}, wave {}: {}", phase_word(e.phase, e.back), printable(e.name),
                        counted(e.tenants, "tenant")),
            {{"event", "wave_started"},
             {"phase", phase_word(e.phase, e.back)},
             {"wave", e.name},
             {"tenants", number(e.tenants)}}};
  }
  News operator()(const event::TenantStarted& e) const {
    return {LogLevel::kInfo,
            Detail::kVerbose,
            fmt::format("{}: {} of {} to do", tenant_words(e.tenant), counted(e.steps, "step"),
                        phase_word(e.phase, e.back)),
            {{"event", "tenant_started"},
             {"tenant", e.tenant},
             {"phase", phase_word(e.phase, e.back)},
             {"steps", number(e.steps)}}};
  }
  News operator()(const event::StepStarted& e) const {
    return {LogLevel::kInfo,
            Detail::kVerbose,
            fmt::format("{}: {} {}: begins", tenant_words(e.tenant), e.step, printable(e.title)),
            {{"event", "step_started"},
             {"tenant", e.tenant},
             {"step", e.step},
             {"title", e.title},
             {"kind", e.kind}}};
  }
  News operator()(const event::StepProgress& e) const {
    const std::string of =
        e.estimated_rows > 0 ? " of about " + text::format_count(e.estimated_rows) : std::string();
    return {LogLevel::kInfo,
            Detail::kNormal,
            fmt::format("{}: {} {}{} rows", tenant_words(e.tenant), e.step,
                        text::format_count(static_cast<double>(e.rows)), of),
            {{"event", "step_progress"},
             {"tenant", e.tenant},
             {"step", e.step},
             {"rows", e.rows},
             {"estimated_rows", static_cast<std::int64_t>(e.estimated_rows)}}};
  }
  News operator()(const event::StepWaiting& e) const {
    std::string text =
        fmt::format("{}: {} waits: {}", tenant_words(e.tenant), e.step, printable(e.why));
    for (const execution::Blocker& blocker : e.blockers) {
      const std::string who = execution::to_string(blocker);
      if (e.why.find(who) == std::string::npos) {  // the reason names the first one already
        text += "; " + printable(who);
      }
    }
    if (!e.blockers.empty()) {
      text += "; " + execution::remedy_against(e.blockers.front());
    }
    return {LogLevel::kWarning,
            Detail::kNormal,
            text + (e.retry_in.count() > 0 ? "; tried again in " + words(e.retry_in) : ""),
            {{"event", "step_waiting"},
             {"tenant", e.tenant},
             {"step", e.step},
             {"why", e.why},
             {"blockers", number(e.blockers.size())},
             {"retry_in_ms", std::int64_t{e.retry_in.count()}}}};
  }
  News operator()(const event::StepDone& e) const {
    const std::string rows =
        e.rows > 0 ? fmt::format(", {} rows", text::format_count(static_cast<double>(e.rows)))
                   : std::string();
    const char* via = e.via == database::Via::kDirect ? ", by the plain statement" : "";
    return {LogLevel::kInfo,
            Detail::kVerbose,
            fmt::format("{}: {} {}: done in {}{}{}", tenant_words(e.tenant), e.step,
                        printable(e.title), words(e.took), rows, via),
            {{"event", "step_done"},
             {"tenant", e.tenant},
             {"step", e.step},
             {"title", e.title},
             {"via", std::string(database::to_string(e.via))},
             {"rows", e.rows},
             {"took_ms", std::int64_t{e.took.count()}}}};
  }
  News operator()(const event::StepFailed& e) const {
    std::string text =
        fmt::format("{}: {} {} {}: {}", tenant_words(e.tenant), e.step, printable(e.title),
                    execution::to_string(e.outcome), printable(e.failure.message));
    if (!e.failure.sqlstate.empty()) {
      text += fmt::format(" (SQLSTATE {})", e.failure.sqlstate);
    }
    if (!e.failure.hint.empty()) {
      text += ". " + printable(e.failure.hint);
    }
    // A lock that was not given in time is no fault of the step: it is tried again.
    const bool again = e.outcome == execution::TenantOutcome::kBlocked;
    return {again ? LogLevel::kWarning : LogLevel::kError,
            again ? Detail::kNormal : Detail::kQuiet,
            text,
            {{"event", "step_failed"},
             {"tenant", e.tenant},
             {"step", e.step},
             {"outcome", std::string(execution::to_string(e.outcome))},
             {"sqlstate", e.failure.sqlstate},
             {"error", e.failure.message},
             {"hint", e.failure.hint}}};
  }
  News operator()(const event::TenantFinished& e) const {
    const bool done = e.outcome == execution::TenantOutcome::kDone;
    std::string text = fmt::format("{}: {} {}", tenant_words(e.tenant), phase_word(e.phase, e.back),
                                   execution::to_string(e.outcome));
    if (!e.why.empty()) {
      text += ": " + printable(e.why);
    }
    // The step has been told already.
    const bool told = e.outcome == execution::TenantOutcome::kFailed ||
                      e.outcome == execution::TenantOutcome::kBlocked ||
                      e.outcome == execution::TenantOutcome::kStuck;
    return {done ? LogLevel::kInfo : LogLevel::kWarning,
            told ? Detail::kVerbose : Detail::kNormal,
            text,
            {{"event", "tenant_finished"},
             {"tenant", e.tenant},
             {"phase", phase_word(e.phase, e.back)},
             {"outcome", std::string(execution::to_string(e.outcome))},
             {"why", e.why}}};
  }
  News operator()(const event::Reconnecting& e) const {
    return {
        LogLevel::kWarning,
        Detail::kNormal,
        fmt::format("{}{}; connecting again in {}", e.tenant ? tenant_words(*e.tenant) + ": " : "",
                    printable(e.why), words(e.in)),
        {{"event", "reconnecting"},
         {"tenant", e.tenant.value_or(std::string())},
         {"why", e.why},
         {"in_ms", std::int64_t{e.in.count()}}}};
  }
  News operator()(const event::Notice& e) const {
    return {LogLevel::kInfo,
            Detail::kNormal,
            printable(e.text),
            {{"event", "notice"}, {"text", e.text}}};
  }
  News operator()(const event::RunFinished& e) const {
    return {LogLevel::kInfo,
            Detail::kNormal,
            "run finished: " + e.outcome,
            {{"event", "run_finished"}, {"outcome", e.outcome}}};
  }
};

}  // namespace

News news(const execution::Event& event) {
  return std::visit(Tell{}, event);
}

std::string phase_word(core::Phase phase, bool back) {
  return std::string(back ? "rollback" : core::to_string(phase));
}

std::string tenant_words(const std::string& tenant) {
  return tenant.empty() ? "shared schemas" : printable(tenant);
}

}  // namespace lockstep::report
