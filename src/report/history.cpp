#include "lockstep/report/history.h"

#include <fmt/format.h>

#include "json.h"
#include "layout.h"
#include "lockstep/text/units.h"
#include "news.h"

namespace lockstep::report {
namespace {

using database::HistoryEntry;

/// "2026-11-22 20:15:03" of an ISO 8601 time, without its fraction.
std::string moment(const std::string& time) {
  std::string result = time.substr(0, 19);
  const std::size_t separator = result.find('T');
  if (separator != std::string::npos) {
    result[separator] = ' ';
  }
  return result;
}

std::string who(const HistoryEntry& entry) {
  std::string result = printable(entry.os_user);
  if (!entry.host.empty()) {
    result += (result.empty() ? "" : "@") + printable(entry.host);
  }
  return result;
}

std::string what(const HistoryEntry& entry) {
  std::string result = entry.step.empty() ? entry.migration : entry.step;
  if (!entry.name.empty()) {
    result += " " + printable(entry.name);
  }
  return result;
}

std::string outcome(const HistoryEntry& entry) {
  std::string result = entry.state;
  if (!entry.via.empty() && entry.via != database::to_string(database::Via::kStaged)) {
    result += ", " + entry.via;
  }
  if (entry.rows > 0) {
    result += fmt::format(", {} rows", text::format_count(static_cast<double>(entry.rows)));
  }
  if (!entry.sqlstate.empty()) {
    result += ", SQLSTATE " + entry.sqlstate;
  }
  if (!entry.message.empty()) {
    result += ": " + printable(entry.message);
  }
  return result;
}

std::string run_of(const HistoryEntry& entry) {
  return entry.run == 0 ? std::string() : fmt::format("run {}", entry.run);
}

std::string cell(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    result += c == '|' ? "\\|" : std::string(1, c);
  }
  return result;
}

}  // namespace

std::string history_text(const History& history, const Style& style,
                         const std::optional<std::string>& tenant) {
  if (history.empty()) {
    return tenant ? fmt::format("No run has done anything in a tenant called {}.\n",
                                printable(*tenant))
                  : "Nothing has been run yet.\n";
  }
  const Paint paint(style);
  std::vector<std::vector<std::string>> rows;
  for (const HistoryEntry& entry : history) {
    const bool bad = entry.state == "failed" || entry.state == "blocked";
    const std::string result = style.verbose ? outcome(entry) : one_line(outcome(entry), 60);
    rows.push_back({moment(entry.finished.empty() ? entry.started : entry.finished),
                    tenant_words(entry.tenant), one_line(what(entry), 40), entry.phase,
                    run_of(entry), who(entry), bad ? paint.red(result) : result});
  }
  return table(rows, "");
}

std::string history_markdown(const History& history) {
  std::string text =
      "| when | tenant | step | phase | outcome | run | by | version "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const HistoryEntry& entry : history) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n",
                        moment(entry.finished.empty() ? entry.started : entry.finished),
                        cell(tenant_words(entry.tenant)), cell(what(entry)), entry.phase,
                        cell(outcome(entry)), entry.run, cell(who(entry)), cell(entry.version));
  }
  return text;
}

std::string history_json(const History& history) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  Json entries = Json::array();
  for (const HistoryEntry& entry : history) {
    entries.push_back({{"tenant", entry.tenant},
                       {"migration", entry.migration},
                       {"name", entry.name},
                       {"step", or_null(entry.step)},
                       {"phase", or_null(entry.phase)},
                       {"kind", or_null(entry.kind)},
                       {"state", entry.state},
                       {"via", or_null(entry.via)},
                       {"attempt", entry.attempt},
                       {"rows", entry.rows},
                       {"started", or_null(entry.started)},
                       {"finished", or_null(entry.finished)},
                       {"sqlstate", or_null(entry.sqlstate)},
                       {"message", or_null(entry.message)},
                       {"run", entry.run},
                       {"command", or_null(entry.command)},
                       {"host", entry.host},
                       {"os_user", entry.os_user},
                       {"database_user", entry.database_user},
                       {"lockstep_version", entry.version},
                       {"plan_id", or_null(entry.plan_id)}});
  }
  return printed({{"format", "lockstep.history/1"}, {"entries", entries}});
}

}  // namespace lockstep::report
