#include <algorithm>

#include <fmt/format.h>

#include "layout.h"
#include "lockstep/report/plan.h"
#include "lockstep/report/preflight.h"
#include "plan_words.h"

namespace lockstep::report {
namespace {

/// In running text: nothing of it is markup.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|!").find(c) != std::string_view::npos) {
      result += '\\';
    }
    result += c;
  }
  return result;
}

/// A fenced block that no content can close.
std::string fenced(const std::vector<std::string>& statements) {
  std::string body;
  for (const std::string& statement : statements) {
    body += statement;
    body += statement.empty() || statement.back() == ';' ? "\n" : ";\n";
  }
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : body) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + "sql\n" + body + fence + "\n";
}

std::string backfill_sql(const plan::BackfillBody& body) {
  std::string sql = body.is_delete ? "DELETE FROM " : "UPDATE ";
  sql += core::display(body.table) + (body.alias.empty() ? "" : " " + body.alias);
  for (std::size_t i = 0; i < body.assignments.size(); ++i) {
    sql +=
        (i == 0 ? " SET " : ", ") + body.assignments[i].column + " = " + body.assignments[i].value;
  }
  if (!body.predicate.empty()) {
    sql += " WHERE " + body.predicate;
  }
  return sql + ";  -- in batches" + (body.key.empty() ? "" : " along " + listed(body.key, 5));
}

std::vector<std::string> sql_of(const plan::Step& step) {
  if (const auto* transaction = std::get_if<plan::TransactionBody>(&step.body)) {
    return transaction->sql;
  }
  if (const auto* concurrent = std::get_if<plan::ConcurrentBody>(&step.body)) {
    return {concurrent->sql};
  }
  if (const auto* backfill = std::get_if<plan::BackfillBody>(&step.body)) {
    return {backfill_sql(*backfill)};
  }
  if (const auto* check = std::get_if<plan::CheckBody>(&step.body)) {
    return {check->query + ";  -- must give no row"};
  }
  const std::string& query = std::get<plan::GateBody>(step.body).query;
  return query.empty() ? std::vector<std::string>{} : std::vector<std::string>{query};
}

class PlanMarkdown {
 public:
  PlanMarkdown(const fleet::Planned& planned, const PlanView& view)
      : planned_(planned), plan_(planned.plan), view_(view) {}

  std::string write() {
    write_head();
    for (const plan::PlannedMigration& migration : plan_.migrations) {
      write_migration(migration);
    }
    write_cohorts();
    write_half_way();
    return std::move(out_);
  }

 private:
  void write_head() {
    const std::vector<std::string> parts = headline(planned_);
    out_ += "# " + escaped(parts[0]) + "\n\n";
    for (std::size_t i = 1; i < parts.size(); ++i) {
      out_ += (i == 1 ? "" : ", ") + escaped(parts[i]);
    }
    out_ += fmt::format(", database {}. Nothing has been changed.\n", escaped(plan_.database.name));
    if (!planned_.refusals.empty()) {
      out_ += "\n**Refused.** Nothing is applied before this is resolved:\n\n";
      for (const core::Problem& refusal : planned_.refusals) {
        out_ += fmt::format("- {}: {} {}\n", escaped(core::to_string(refusal.where)),
                            escaped(refusal.message), escaped(refusal.remedy));
      }
    }
    for (const plan::RefusedTenants& refused : plan_.refused) {
      out_ += fmt::format("\n**Left out, {}:** {}\n\n", counted(refused.tenants.size(), "tenant"),
                          escaped(listed(refused.tenants, 20)));
      for (const core::Problem& reason : refused.reasons) {
        out_ += fmt::format("- {}: {} {}\n", escaped(core::to_string(reason.where)),
                            escaped(reason.message), escaped(reason.remedy));
      }
      for (const std::string& difference : refused.differs) {
        out_ += fmt::format("- compared with the others: {}\n", escaped(difference));
      }
    }
    if (!planned_.preflight.empty()) {
      const core::Problems problems = preflight_problems(planned_.preflight, true);
      out_ += fmt::format("\n**Nothing is applied yet**, {}:\n\n",
                          preflight_words(planned_.preflight, problems.size()));
      for (const core::Problem& problem : problems) {
        out_ += fmt::format("- {} {}\n", escaped(problem.message), escaped(problem.remedy));
      }
    }
    if (planned_.nothing_to_do()) {
      out_ += view_.empty_folder.empty()
                  ? "\nNothing to do.\n"
                  : "\nNothing to do: " + escaped(no_migrations(view_.empty_folder)) + "\n";
    }
    if (const plan::Step* step = first_irreversible(plan_)) {
      out_ += fmt::format("\n**Cannot be undone from {} on** ({}), in {}.\n", escaped(step->id),
                          escaped(step->title), core::to_string(step->phase));
    }
    out_ += view_.next.empty() ? "" : "\n";
    for (const std::string& line : view_.next) {
      out_ += "    " + line + "\n";
    }
  }

  void write_migration(const plan::PlannedMigration& migration) {
    out_ += fmt::format("\n## {} {}\n\n`{}`{}\n", escaped(migration.version),
                        escaped(spoken(migration.name)), migration.file,
                        migration.scope == core::Scope::kShared
                            ? ", once per database, in the shared schemas"
                            : "");
    write_hazards(migration);
    for (const core::Phase phase : {core::Phase::kExpand, core::Phase::kContract}) {
      write_steps(steps_of(plan_, migration.version, phase), phase);
    }
  }

  void write_hazards(const plan::PlannedMigration& migration) {
    for (const plan::Hazard& hazard : plan_.hazards) {
      if (hazard.migration != migration.version) {
        continue;
      }
      out_ += fmt::format("\n- **{} {}** ({}): {}", verdict_words(hazard.verdict), hazard.id,
                          escaped(core::to_string(hazard.where)), escaped(hazard.effect));
      if (!hazard.reason.empty()) {
        out_ += fmt::format(" The author's reason: {}", escaped(hazard.reason));
      }
      out_ += (hazard.remedy.empty() ? "" : " " + escaped(hazard.remedy)) + "\n";
    }
  }

  void write_steps(const StepGroup& group, core::Phase phase) {
    if (group.steps.empty()) {
      return;
    }
    out_ += fmt::format(
        "\n### {} {}\n\n| step | what | locks | how long | undo |\n|---|---|---|---|---|\n",
        migration_of(group), core::to_string(phase));
    for (const plan::Step* step : group.steps) {
      out_ += fmt::format("| {} | {} | {} | {} | {} |\n", escaped(step->id), escaped(step->title),
                          escaped(locks_words(*step)), escaped(duration_words(*step)),
                          step->irreversible ? "**cannot be undone**" : undo_words(*step));
    }
    for (const std::string& note : notes(group.steps)) {
      out_ += "\n" + escaped(note) + "\n";
    }
    for (const plan::Step* step : group.steps) {
      write_step(*step);
    }
  }

  static std::string migration_of(const StepGroup& group) {
    return escaped(group.steps.front()->migration);
  }

  void write_step(const plan::Step& step) {
    const std::vector<std::string> sql = sql_of(step);
    if (!sql.empty()) {
      out_ += fmt::format("\n{} {}\n\n{}", escaped(step.id), escaped(step.title), fenced(sql));
    }
    if (step.direct && view_.tries_direct) {
      out_ += fmt::format("\nWhere {} is small, {} at once:\n\n{}",
                          escaped(core::display(step.direct->table)),
                          escaped(step_range(step.direct->replaces)), fenced(step.direct->sql));
    }
    if (!step.undo.loses.empty()) {
      out_ += fmt::format("\nUndo does not give back: {}\n", escaped(step.undo.loses));
    }
  }

  void write_cohorts() {
    out_ += "\n## Tenants\n\n| cohort | tenants | how it differs |\n|---|---|---|\n";
    bool first = true;
    for (const plan::Cohort& cohort : plan_.cohorts) {
      std::vector<std::string> words = cohort.differs;
      if (!first) {
        const auto steps = cohort_differences(plan_, cohort);
        words.insert(words.end(), steps.begin(), steps.end());
      }
      first = first && cohort.scope == core::Scope::kShared;
      std::string differs;
      for (const std::string& word : words) {
        differs += (differs.empty() ? "" : "; ") + escaped(word);
      }
      const std::string names =
          cohort.scope == core::Scope::kShared
              ? "the shared schemas"
              : fmt::format("{}: {}", cohort.tenants.size(), escaped(listed(cohort.tenants, 10)));
      out_ += fmt::format("| {} | {} | {} |\n", escaped(cohort.id), names, differs);
    }
    if (!planned_.missing.empty()) {
      out_ += fmt::format("\nConfigured as tenants, but no such schema: {}\n",
                          escaped(listed(planned_.missing, 10)));
    }
  }

  void write_half_way() {
    if (planned_.half_way.empty()) {
      return;
    }
    out_ += "\n## Half way\n\nThese go on with the steps stored at their start:\n\n";
    for (const fleet::HalfWayTenant& tenant : planned_.half_way) {
      out_ += fmt::format("- {}: {} left in expand, {} in contract\n", escaped(tenant.tenant),
                          tenant.expand.size(), tenant.contract.size());
    }
  }

  const fleet::Planned& planned_;
  const plan::Plan& plan_;
  const PlanView& view_;
  std::string out_;
};

}  // namespace

std::string plan_markdown(const fleet::Planned& planned, const PlanView& view) {
  return PlanMarkdown(planned, view).write();
}

}  // namespace lockstep::report
