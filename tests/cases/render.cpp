#include "render.h"

#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/lock_mode.h"

namespace lockstep::cases {

using plan::Step;

namespace {

std::string locks(const std::vector<plan::LockClaim>& claims) {
  std::vector<std::string> texts;
  for (const plan::LockClaim& claim : claims) {
    texts.push_back(
        fmt::format("{} {}", core::display(claim.relation), catalog::to_string(claim.mode)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void line(std::string& out, const char* what, const std::string& text) {
  if (!text.empty()) out += fmt::format("    {}: {}\n", what, text);
}

void lines(std::string& out, const char* what, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) line(out, what, text);
}

struct Body {
  std::string& out;

  void operator()(const plan::TransactionBody& body) const {
    lines(out, "sql", body.sql);
    line(out, "lock first", locks(body.lock_first));
    if (body.long_running) out += "    long running\n";
    if (body.alone) out += "    alone\n";
  }
  void operator()(const plan::ConcurrentBody& body) const { line(out, "sql", body.sql); }
  void operator()(const plan::BackfillBody& body) const {
    line(out, body.is_delete ? "delete from" : "update",
         core::display(body.table) + (body.alias.empty() ? "" : " " + body.alias));
    for (const auto& assignment : body.assignments) {
      line(out, "set", assignment.column + " = " + assignment.value);
    }
    line(out, "where", body.predicate);
    line(out, "remaining", body.remaining);
    line(out, "key",
         body.key.empty()
             ? "ctid"
             : fmt::format("{} ({}){}", fmt::join(body.key, ", "), fmt::join(body.key_types, ", "),
                           body.key_grows ? ", grows" : ""));
  }
  void operator()(const plan::CheckBody& body) const {
    line(out, "ask", body.query);
    line(out, "else", body.failure);
  }
  void operator()(const plan::GateBody& body) const { line(out, "until", body.reason); }
};

std::string touches(const Step& step) {
  std::vector<std::string> texts;
  for (const plan::Touch& touch : step.touches) {
    const std::string sub = touch.sub_name.empty() ? "" : "." + touch.sub_name;
    texts.push_back(fmt::format("{} {} {}{}", plan::to_string(touch.how), touch.kind,
                                core::display(touch.name), sub));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void undo(std::string& out, const plan::Undo& undo) {
  std::string text(plan::to_string(undo.gives));
  if (undo.concurrent) text += ", concurrently";
  if (!undo.loses.empty()) text += ": " + undo.loses;
  line(out, "undo", text);
  for (const std::string& sql : undo.sql) out += fmt::format("      {}\n", sql);
  for (const std::string& query : undo.former)
    out += fmt::format("      then what this gives: {}\n", query);
  if (!undo.locks.empty()) out += fmt::format("      locks: {}\n", locks(undo.locks));
  if (!undo.lock_first.empty()) {
    out += fmt::format("      lock first: {}\n", locks(undo.lock_first));
  }
}

/// What a step keeps, and what brings that back.
void keeps(std::string& out, const Step& step) {
  if (!step.keeps) return;
  const plan::Keep& keep = *step.keeps;
  line(out, "keeps",
       fmt::format("{}{} as {}{} for {} s, with {}", core::display(keep.table),
                   keep.is_table() ? "" : "." + keep.column, core::display(keep.kept_as),
                   keep.is_table() ? "" : "." + keep.column_as, keep.seconds,
                   fmt::join(keep.together, ", ")));
  for (const Step& part : step.restore) {
    std::string text;
    std::visit(Body{text}, part.body);
    out += fmt::format("    back: {}, locks {}\n", part.title, locks(part.locks));
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at) + 1;
      out += "  " + text.substr(at, end - at);
      at = end;
    }
  }
}

std::string render(const Step& step) {
  std::string out = fmt::format("{} {} {}: {}\n", step.id, core::to_string(step.phase),
                                plan::kind_name(step.body), step.title);
  std::visit(Body{out}, step.body);
  line(out, "locks", locks(step.locks));
  if (step.rewrite) out += "    rewrites\n";
  if (step.scan) out += "    scans\n";
  line(out, "done when", step.done_when);
  lines(out, "cleanup", step.cleanup);
  undo(out, step.undo);
  if (step.irreversible) out += "    irreversible\n";
  if (step.direct) {
    line(out, "direct",
         fmt::format("{} for {}", core::display(step.direct->table),
                     fmt::join(step.direct->replaces, ", ")));
    for (const std::string& sql : step.direct->sql) out += fmt::format("      {}\n", sql);
    out += fmt::format("      locks: {}\n", locks(step.direct->locks));
  }
  keeps(out, step);
  line(out, "touches", touches(step));
  line(out, "note", step.note);
  return out;
}

}  // namespace

std::string render_hazards(const std::vector<plan::Hazard>& hazards) {
  std::string out;
  for (const plan::Hazard& hazard : hazards) {
    out += fmt::format("{} {}{}{}{}\n", plan::to_string(hazard.verdict), hazard.id,
                       hazard.lock ? fmt::format(" ({})", locks({*hazard.lock})) : "",
                       hazard.rewrite ? " rewrites" : "", hazard.scan ? " scans" : "");
    line(out, "effect", hazard.effect);
    line(out, "remedy", hazard.remedy);
    line(out, "allowed", hazard.reason);
  }
  return out;
}

std::string render_steps(const std::vector<Step>& steps) {
  std::string out;
  for (const Step& step : steps) out += render(step);
  return out;
}

std::string render_problems(const std::string& kind, const core::Problems& problems) {
  std::string out;
  for (const core::Problem& problem : problems) {
    out += fmt::format("{}: {}\n", kind, problem.message);
    line(out, "remedy", problem.remedy);
  }
  return out;
}

}  // namespace lockstep::cases
