#include "lockstep/report/status.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "alike.h"
#include "json.h"
#include "layout.h"
#include "lockstep/report/problems.h"
#include "lockstep/text/units.h"
#include "news.h"

namespace lockstep::report {
namespace {

using fleet::Standing;
using fleet::StandingState;

constexpr StandingState kByUrgency[] = {StandingState::kFailed,  StandingState::kBlocked,
                                        StandingState::kRunning, StandingState::kExpanded,
                                        StandingState::kPending, StandingState::kCurrent};

std::string coloured(StandingState state, const Paint& paint) {
  const std::string_view word = fleet::to_string(state);
  switch (state) {
    case StandingState::kFailed:
      return paint.red(word);
    case StandingState::kBlocked:
    case StandingState::kExpanded:
    case StandingState::kPending:
      return paint.yellow(word);
    case StandingState::kRunning:
      return paint.cyan(word);
    case StandingState::kCurrent:
      return paint.green(word);
  }
  return std::string(word);
}

std::string at(const Standing& standing) {
  return standing.version.empty() ? "at nothing yet" : "at " + standing.version;
}

std::string left(const Standing& standing) {
  if (standing.pending.empty()) {
    return {};
  }
  return fmt::format("{} to finish: {}", standing.pending.size(), listed(standing.pending, 4));
}

/// Tenants that stand alike share a line; those with a step of interest have their own.
class StatusText {
 public:
  StatusText(const fleet::Status& status, const Style& style, std::string_view flags)
      : status_(status), style_(style), flags_(flags), paint_(style) {}

  std::string write() {
    write_summary();
    write_files();
    for (const StandingState state : kByUrgency) {
      if (state != StandingState::kCurrent || style_.verbose) {
        write_state(state);
      }
    }
    if (!status_.missing.empty()) {
      out_ += fmt::format("\nConfigured as tenants, but no such schema: {}\n",
                          listed(status_.missing, 5));
    }
    write_next();
    return std::move(out_);
  }

 private:
  void write_summary() {
    const auto summary = status_.summary();
    out_ += status_.head.empty() ? "No migrations yet. "
                                 : fmt::format("Newest migration {}. ", paint_.bold(status_.head));
    out_ += counted(status_.tenants.size(), "tenant");
    std::string parts;
    for (const StandingState state : kByUrgency) {
      const auto found = summary.find(state);
      if (found != summary.end() && found->second > 0) {
        parts += (parts.empty() ? "" : ", ") +
                 fmt::format("{} {}", found->second, coloured(state, paint_));
      }
    }
    out_ += (parts.empty() ? "" : ": " + parts) + "\n";
    if (status_.paused) {
      out_ += paint_.yellow("Runs are " + printable(to_string(*status_.paused))) + ".\n" +
              placed("Let them go on:       lockstep resume", style_) + "\n";
    }
    if (!status_.ledger) {
      out_ += "Lockstep has not run in this database yet: it has no ledger.\n";
    }
  }

  void write_files() {
    for (const fleet::FileVerdict& verdict : status_.files) {
      out_ +=
          "\n" + problems_text({{{verdict.file, 0, 0}, verdict.message, verdict.remedy}}, style_);
    }
  }

  void write_state(StandingState state) {
    std::map<std::string, std::vector<std::string>> alike;
    std::string own;
    if (status_.shared && status_.shared->state == state) {
      own += line(*status_.shared);
    }
    const bool ended = state == StandingState::kFailed || state == StandingState::kBlocked;
    std::vector<std::vector<const Standing*>> same;  // failed, or are blocked, at one step alike
    std::map<std::string, std::size_t> known;
    for (const Standing& standing : status_.tenants) {
      if (standing.state != state) {
        continue;
      }
      if (standing.step.empty() && !standing.interrupted) {
        alike[at(standing) + (left(standing).empty() ? "" : ", " + left(standing))].push_back(
            standing.schema);
      } else if (ended && !standing.error.empty()) {
        const auto entry = known.emplace(likeness(standing), same.size());
        if (entry.second) {
          same.emplace_back();
        }
        same[entry.first->second].push_back(&standing);
      } else {
        own += line(standing);
      }
    }
    for (const auto& group : same) {
      own += group.size() == 1 ? line(*group.front()) : line_of_all(group);
    }
    if (own.empty() && alike.empty()) {
      return;
    }
    out_ += "\n" + coloured(state, paint_) + "\n" + own;
    for (const auto& group : alike) {
      const std::size_t most = style_.verbose ? group.second.size() : 5;
      out_ += "  " +
              wrapped(listed(group.second, most) + ": " + group.first, style_.width, "    ", 2) +
              "\n";
    }
  }

  static std::string likeness(const Standing& standing) {
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", at(standing), left(standing), standing.step,
                       standing.sqlstate, without_tenant(standing.error, standing.schema),
                       without_tenant(standing.hint, standing.schema));
  }

  std::string line_of_all(const std::vector<const Standing*>& group) const {
    std::vector<std::string> names;
    Standing all = *group.front();
    for (const Standing* standing : group) {
      names.push_back(printable(standing->schema));
      all.since = std::min(all.since, standing->since);
    }
    all.error = without_tenant(all.error, all.schema);
    all.hint = without_tenant(all.hint, all.schema);
    return line(all, counted(names.size(), "tenant") + " (" +
                         listed(names, style_.verbose ? names.size() : 5) + ")");
  }

  std::string line(const Standing& standing) const {
    return line(standing, tenant_words(standing.schema));
  }

  std::string line(const Standing& standing, const std::string& whose) const {
    std::string text = whose + ": " + at(standing);
    if (standing.step.empty() && !standing.pending.empty()) {
      text += ", " + left(standing);
    }
    if (standing.interrupted) {
      text += ", interrupted";
    }
    if (!standing.step.empty()) {
      text += (standing.interrupted ? " at step " : ", step ") + standing.step;
    }
    if (standing.rows > 0) {
      text += fmt::format(", {} rows", text::format_count(static_cast<double>(standing.rows)));
    }
    if (!standing.since.empty()) {
      text += " since " + standing.since;
    }
    if (!standing.error.empty()) {
      text += ": " + printable(standing.error);
    }
    if (!standing.sqlstate.empty()) {
      text += fmt::format(" (SQLSTATE {})", standing.sqlstate);
    }
    std::string result = "  " + wrapped(text, style_.width, "    ", 2) + "\n";
    if (!standing.hint.empty()) {
      result += "    " +
                wrapped(printable(placed(standing.hint, style_)), style_.width, "    ", 4) + "\n";
    }
    return result;
  }

  void write_next() {
    auto summary = status_.summary();
    if (!status_.files.empty()) {
      return;  // each says what to do
    }
    const auto at_rest = [](const Standing& standing) {
      return standing.state != StandingState::kCurrent && standing.state != StandingState::kRunning;
    };
    const auto any = [&](const auto& is_so) {
      return std::any_of(status_.tenants.begin(), status_.tenants.end(), is_so) ||
             (status_.shared && is_so(*status_.shared));
    };
    const bool to_expand =
        any([&](const Standing& standing) { return at_rest(standing) && standing.expand_left; });
    const bool contract_stopped = any([](const Standing& standing) {
      return !standing.expand_left && (standing.state == StandingState::kFailed ||
                                       standing.state == StandingState::kBlocked);
    });
    const bool to_contract = any(at_rest);
    if (to_expand) {
      // Whoever follows it must not find the old application without what it needs.
      out_ += fmt::format(
          "\nSee what would run:   lockstep plan{0}\n"
          "Run it:               lockstep apply{0} --phase expand\n"
          "After the deploy:     lockstep apply{0} --phase contract\n",
          flags_);
    } else if (summary[StandingState::kRunning] > 0) {
      out_ += fmt::format(
          "\nIf no run is at work any more, go on where it stopped:  lockstep apply{}\n", flags_);
    } else if (contract_stopped) {
      out_ += fmt::format(
          "\nOnce the cause is mended, go on from there:  lockstep apply{} --phase contract\n",
          flags_);
    } else if (to_contract) {
      out_ += fmt::format(
          "\nOnce the new application is deployed:  lockstep apply{} --phase contract\n", flags_);
    } else if (status_.head.empty() && !status_.shared) {
      out_ += "\nWrite the first migration:  lockstep new first_tables\n";
    }
  }

  const fleet::Status& status_;
  const Style& style_;
  std::string_view flags_;
  Paint paint_;
  std::string out_;
};

Json standing_json(const Standing& standing) {
  Json error = nullptr;
  if (!standing.error.empty() || !standing.sqlstate.empty()) {
    error = {{"sqlstate", standing.sqlstate}, {"message", standing.error}, {"hint", standing.hint}};
  }
  return {{"schema", standing.schema},
          {"version", standing.version},
          {"state", fleet::to_string(standing.state)},
          {"pending", standing.pending},
          {"interrupted", standing.interrupted},
          {"step", standing.step.empty() ? Json(nullptr) : Json(standing.step)},
          {"rows", standing.rows},
          {"since", standing.since.empty() ? Json(nullptr) : Json(standing.since)},
          {"error", error}};
}

std::string_view kind_words(fleet::FileVerdict::Kind kind) {
  switch (kind) {
    case fleet::FileVerdict::Kind::kEdited:
      return "edited";
    case fleet::FileVerdict::Kind::kDeleted:
      return "deleted";
    case fleet::FileVerdict::Kind::kOutOfOrder:
      return "out_of_order";
  }
  return "";
}

Json paused_json(const std::optional<database::Pause>& pause) {
  if (!pause) {
    return nullptr;
  }
  return {{"since", pause->since},
          {"host", pause->host},
          {"os_user", pause->os_user},
          {"reason", pause->reason}};
}

}  // namespace

std::string status_text(const fleet::Status& status, const Style& style, std::string_view flags) {
  return StatusText(status, style, flags).write();
}

std::string status_json(const fleet::Status& status) {
  Json tenants = Json::array();
  for (const Standing& standing : status.tenants) {
    tenants.push_back(standing_json(standing));
  }
  Json files = Json::array();
  for (const fleet::FileVerdict& verdict : status.files) {
    files.push_back({{"kind", kind_words(verdict.kind)},
                     {"migration", verdict.migration},
                     {"file", verdict.file},
                     {"message", verdict.message},
                     {"remedy", verdict.remedy}});
  }
  auto counts = status.summary();
  Json summary{{"total", status.tenants.size()}};
  for (const StandingState state :
       {StandingState::kCurrent, StandingState::kPending, StandingState::kExpanded,
        StandingState::kRunning, StandingState::kBlocked, StandingState::kFailed}) {
    summary[std::string(fleet::to_string(state))] = counts[state];
  }
  return printed({{"format", "lockstep.status/1"},
                  {"head", status.head},
                  {"ledger", status.ledger},
                  {"paused", paused_json(status.paused)},
                  {"tenants", tenants},
                  {"shared", status.shared ? standing_json(*status.shared) : Json(nullptr)},
                  {"files", files},
                  {"missing", status.missing},
                  {"summary", summary}});
}

}  // namespace lockstep::report
