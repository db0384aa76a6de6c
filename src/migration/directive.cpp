#include "directive.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lockstep/text/nearest.h"

namespace lockstep::migration {
namespace {

constexpr std::string_view kMarker = "lockstep";
constexpr std::string_view kForm = "write: -- lockstep: name = value";

const std::vector<std::string>& known_names() {
  static const std::vector<std::string> names{"allow", "locks", "phase", "placeholders_in_bodies",
                                              "scope"};
  return names;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  const auto end =
      static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
  const std::string_view word = rest.substr(0, end);
  rest = trim(rest.substr(end));
  return word;
}

bool take(std::string_view& rest, char expected) {
  if (rest.empty() || rest.front() != expected) {
    return false;
  }
  rest = trim(rest.substr(1));
  return true;
}

/// A remark in parentheses may end a directive's line.
std::string_view without_remark(std::string_view value) {
  const std::size_t open = value.rfind(" (");
  if (open != std::string_view::npos && value.back() == ')') {
    return trim(value.substr(0, open));
  }
  return value;
}

/// Reads `allow`'s part after the hazard: , reason = "text"
std::optional<std::string> parse_reason(std::string_view rest, const core::SourceLocation& where,
                                        core::Problems& problems) {
  const auto bad = [&](const char* message) {
    problems.push_back(
        {where, message, "write: allow = hazard-name, reason = \"why it is safe here\""});
    return std::nullopt;
  };
  if (rest.empty()) {
    return bad("allow needs a reason");
  }
  if (!take(rest, ',')) {
    return bad("after the hazard's name comes: , reason = \"...\"");
  }
  if (lower(take_word(rest)) != "reason" || !take(rest, '=')) {
    return bad("allow takes one hazard, then a reason");
  }
  const char quote = rest.empty() ? ' ' : rest.front();
  const std::size_t close =
      quote == '"' || quote == '\'' ? rest.find(quote, 1) : std::string_view::npos;
  if (close == std::string_view::npos) {
    return bad("the reason stands in quotes");
  }
  const std::string_view reason = trim(rest.substr(1, close - 1));
  const std::string_view after = trim(rest.substr(close + 1));
  if (reason.empty()) {
    return bad("allow needs a reason, and this one is empty");
  }
  if (!after.empty() && (after.front() != '(' || after.back() != ')')) {
    return bad("nothing may follow the reason");
  }
  return std::string(reason);
}

/// "users:ShareLock, billing.plans:RowExclusiveLock"; what relation and mode mean is for the
/// planner, which knows both.
bool check_locks(std::string_view value, const core::SourceLocation& where,
                 core::Problems& problems) {
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view claim = trim(value.substr(0, comma));
    const std::size_t colon = claim.rfind(':');
    if (colon == std::string_view::npos || trim(claim.substr(0, colon)).empty() ||
        trim(claim.substr(colon + 1)).empty()) {
      problems.push_back({where, fmt::format("\"{}\" is not table:lock", claim),
                          "write: locks = users:ShareLock, orders:RowExclusiveLock"});
      return false;
    }
    if (comma == std::string_view::npos) {
      return true;
    }
    value.remove_prefix(comma + 1);
  }
}

bool check_boolean(std::string_view name, std::string_view value, const core::SourceLocation& where,
                   core::Problems& problems) {
  if (value == "true" || value == "false") {
    return true;
  }
  problems.push_back({where, fmt::format("{} must be true or false, not \"{}\"", name, value), {}});
  return false;
}

std::optional<Directive> parse_allow(std::string_view rest, const core::SourceLocation& where,
                                     core::Problems& problems) {
  const std::string_view hazard = take_word(rest);
  if (!check_hazard_name(hazard, where, problems)) {
    return std::nullopt;
  }
  auto reason = parse_reason(rest, where, problems);
  if (!reason) {
    return std::nullopt;
  }
  return Directive{"allow", std::string(hazard), std::move(*reason), where};
}

}  // namespace

CommentKind classify(std::string_view text) {
  std::string_view rest = trim(text);
  const std::string word = lower(take_word(rest));
  const bool marked = !rest.empty() && rest.front() == ':';
  if (word == kMarker && marked) {
    return CommentKind::kDirective;
  }
  const bool near = word == kMarker || text::nearest(word, {std::string(kMarker)}).has_value();
  if (!near) {
    return CommentKind::kRemark;
  }
  if (marked && word != kMarker) {
    return CommentKind::kLookalike;
  }
  // "lockstep phase = contract", "lockstep phase: contract", "lockstep = ...", "lockstep-phase..."
  const std::string name = lower(take_word(rest));
  const bool assigns = !rest.empty() && (rest.front() == '=' || rest.front() == ':');
  const bool names_option = text::nearest(name, known_names()).has_value();
  return assigns || (word == kMarker && names_option) ? CommentKind::kLookalike
                                                      : CommentKind::kRemark;
}

std::optional<Directive> parse_directive(std::string_view text, const core::SourceLocation& where,
                                         core::Problems& problems) {
  std::string_view rest = trim(text);
  take_word(rest);
  take(rest, ':');
  const std::string name = lower(take_word(rest));
  if (name.empty() || !take(rest, '=') || rest.empty()) {
    problems.push_back(
        {where, "this directive is not of the form name = value", std::string(kForm)});
    return std::nullopt;
  }
  const auto& known = known_names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    problems.push_back(
        {where, fmt::format("there is no directive \"{}\"", name), text::suggestion(name, known)});
    return std::nullopt;
  }
  if (name == "allow") {
    return parse_allow(rest, where, problems);
  }
  const std::string_view value = without_remark(rest);
  const std::size_t before = problems.size();
  if (name == "phase") {
    check_phase(value, where, problems);
  } else if (name == "scope") {
    parse_scope(value, where, problems);
  } else if (name == "locks") {
    check_locks(value, where, problems);
  } else {
    check_boolean(name, value, where, problems);
  }
  if (problems.size() != before) {
    return std::nullopt;
  }
  return Directive{name, std::string(value), {}, where};
}

bool is_for_file_only(std::string_view name) {
  return name == "scope" || name == "placeholders_in_bodies";
}

bool check_phase(std::string_view value, const core::SourceLocation& where,
                 core::Problems& problems) {
  if (value == "expand" || value == "contract") {
    return true;
  }
  problems.push_back({where, fmt::format("there is no phase \"{}\"", value),
                      text::suggestion(value, {"expand", "contract"})});
  return false;
}

core::Scope parse_scope(std::string_view value, const core::SourceLocation& where,
                        core::Problems& problems) {
  if (value == "shared") {
    return core::Scope::kShared;
  }
  if (value != "tenant") {
    problems.push_back({where, fmt::format("there is no scope \"{}\"", value),
                        text::suggestion(value, {"tenant", "shared"})});
  }
  return core::Scope::kTenant;
}

bool check_hazard_name(std::string_view value, const core::SourceLocation& where,
                       core::Problems& problems) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_word) && value != "all") {
    return true;
  }
  problems.push_back({where,
                      fmt::format("allow takes exactly one hazard's name, not \"{}\"", value),
                      "write: allow = hazard-name, reason = \"why it is safe here\""});
  return false;
}

}  // namespace lockstep::migration
