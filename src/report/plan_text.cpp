#include <algorithm>

#include <fmt/format.h>

#include "layout.h"
#include "lockstep/report/plan.h"
#include "lockstep/report/preflight.h"
#include "lockstep/report/problems.h"
#include "plan_words.h"

namespace lockstep::report {
namespace {

class PlanText {
 public:
  PlanText(const fleet::Planned& planned, const PlanView& view, const Style& style)
      : planned_(planned), plan_(planned.plan), view_(view), style_(style), paint_(style) {}

  std::string write() {
    if (planned_.nothing_to_do() && planned_.refusals.empty()) {
      return nothing_to_do();
    }
    write_headline();
    write_refusals();
    write_refused_tenants();
    write_preflight();
    for (const plan::PlannedMigration& migration : plan_.migrations) {
      write_migration(migration);
    }
    write_cohorts();
    write_half_way();
    write_rest();
    return std::move(out_);
  }

 private:
  std::string nothing_to_do() {
    if (!view_.empty_folder.empty()) {
      out_ = "Nothing to do: " + no_migrations(view_.empty_folder) + "\n";
    } else if (planned_.tenants == 0) {
      out_ = wrapped("Nothing to do: " + printable(view_.no_tenants) +
                         ", and nothing is pending in the shared schemas.",
                     style_.width, "  ", 0) +
             "\n";
    } else {
      out_ = fmt::format("Nothing to do: {}{}.\n",
                         planned_.tenants == 1
                             ? "the one tenant is current"
                             : fmt::format("all {} tenants are current", planned_.tenants),
                         view_.head.empty() ? "" : " at " + view_.head);
    }
    write_missing();
    return std::move(out_);
  }

  void write_headline() {
    const std::vector<std::string> parts = headline(planned_);
    out_ += paint_.bold(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      out_ += "  " + parts[i];
    }
    out_ += "  " + paint_.green("nothing changed yet") + "\n";
  }

  void write_preflight() {
    if (planned_.preflight.empty()) {
      return;
    }
    const core::Problems problems = preflight_problems(planned_.preflight, style_.verbose);
    out_ += "\n" +
            paint_.red(fmt::format("Nothing is applied yet, {}:",
                                   preflight_words(planned_.preflight, problems.size()))) +
            "\n" + problems_text(problems, style_);
  }

  void write_refusals() {
    if (planned_.refusals.empty()) {
      return;
    }
    out_ += "\n" +
            paint_.red(fmt::format("Refused, {}. Nothing is applied before {} resolved:",
                                   counted(planned_.refusals.size(), "reason"),
                                   planned_.refusals.size() == 1 ? "it is" : "they are")) +
            "\n" + problems_text(planned_.refusals, style_);
  }

  void write_refused_tenants() {
    for (const plan::RefusedTenants& refused : plan_.refused) {
      const std::size_t shown = style_.verbose ? refused.tenants.size() : 5;
      std::string text = fmt::format("Left out, {}: {}", counted(refused.tenants.size(), "tenant"),
                                     listed(refused.tenants, shown));
      for (std::size_t i = 0; i < refused.differs.size(); ++i) {
        text += (i == 0 ? ". Compared with the others: " : "; ") + printable(refused.differs[i]);
      }
      out_ += "\n" + paint_.red(wrapped(text + ".", style_.width, "  ", 0)) + "\n" +
              problems_text(refused.reasons, style_);
    }
  }

  void write_migration(const plan::PlannedMigration& migration) {
    const std::string title = migration.version + " " + spoken(printable(migration.name));
    const std::size_t used = display_width(title) + display_width(migration.file);
    const std::size_t gap = used + 2 < style_.width ? style_.width - used : 2;
    out_ += "\n" + paint_.bold(title) + std::string(gap, ' ') +
            paint_.dim(printable(migration.file)) + "\n";
    if (migration.scope == core::Scope::kShared) {
      out_ += "  once per database, in the shared schemas\n";
    }
    write_hazards(migration);
    for (const core::Phase phase : {core::Phase::kExpand, core::Phase::kContract}) {
      write_steps(steps_of(plan_, migration.version, phase), phase);
    }
  }

  void write_hazards(const plan::PlannedMigration& migration) {
    const std::string* statement = nullptr;
    for (const plan::Hazard& hazard : plan_.hazards) {
      if (hazard.migration != migration.version ||
          (hazard.verdict == plan::Verdict::kInstant && !style_.verbose)) {
        continue;
      }
      if (statement == nullptr || *statement != hazard.statement) {
        out_ += "  " + one_line(hazard.statement, style_.width - 2) + "\n";
        statement = &hazard.statement;
      }
      out_ += hazard_text(hazard, "  ", style_);
    }
  }

  void write_steps(const StepGroup& group, core::Phase phase) {
    if (group.steps.empty()) {
      return;
    }
    out_ += "  " + paint_.cyan(core::to_string(phase)) +
            (phase == core::Phase::kContract ? paint_.dim(" (after the deploy)") : std::string()) +
            "\n";
    write_table(group.steps);
    const std::string direct = view_.tries_direct ? direct_ranges(group.steps) : std::string();
    if (!direct.empty()) {
      write_remark("On small tables first tried at once, as written: " + direct + ".");
    }
    for (const std::string& note : notes(group.steps)) {
      write_remark(printable(note));
    }
    if (phase == core::Phase::kContract) {
      return;  // which no rollback takes back
    }
    write_undo(group.steps, plan::UndoGives::kLosesNewData,
               "A rollback loses the data written since: ");
    write_undo(group.steps, plan::UndoGives::kStructureOnly,
               "A rollback restores the structure only: ");
  }

  void write_undo(const std::vector<const plan::Step*>& steps, plan::UndoGives gives,
                  const char* words) {
    std::vector<std::string> ids;
    for (const plan::Step* step : steps) {
      if (step->undo.gives == gives && !step->irreversible && !step->keeps) {
        ids.push_back(step->id);
      }
    }
    if (!ids.empty()) {
      write_remark(words + listed(ids, ids.size()) + ".");
    }
  }

  void write_table(const std::vector<const plan::Step*>& steps) {
    std::size_t others = 0;
    for (const plan::Step* step : steps) {
      others = std::max(others, display_width(step->id) + display_width(locks_words(*step)) +
                                    display_width(duration_words(*step)) +
                                    display_width(exception(*step)));
    }
    const std::size_t spaces = display_width(kStepIndent) + 8;  // two between columns
    const std::size_t left = style_.width > others + spaces ? style_.width - others - spaces : 0;
    const std::size_t title_width = std::max(left, kLeastTitle);
    std::vector<std::vector<std::string>> rows;
    for (const plan::Step* step : steps) {
      const std::string undo = exception(*step);
      rows.push_back({step->id, one_line(step->title, title_width), locks_words(*step),
                      duration_words(*step),
                      undo.empty() || step->keeps ? undo : paint_.red(undo)});
    }
    out_ += table(rows, kStepIndent);
    if (style_.verbose) {
      for (const plan::Step* step : steps) {
        write_sql(*step);
      }
    }
  }

  static std::string exception(const plan::Step& step) {
    return step.irreversible || step.keeps ? undo_words(step) : std::string();
  }

  void write_remark(const std::string& text) {
    out_ +=
        std::string(kStepIndent) +
        wrapped(text, style_.width, std::string(kStepIndent) + "  ", display_width(kStepIndent)) +
        "\n";
  }

  void write_sql(const plan::Step& step) {
    const auto* body = std::get_if<plan::TransactionBody>(&step.body);
    if (body == nullptr) {
      return;
    }
    for (const std::string& sql : body->sql) {
      out_ += "      " + paint_.dim(one_line(sql, style_.width - 6)) + "\n";
    }
  }

  void write_cohorts() {
    const plan::Cohort* largest = nullptr;
    for (const plan::Cohort& cohort : plan_.cohorts) {
      if (cohort.scope == core::Scope::kShared) {
        continue;
      }
      if (largest == nullptr) {
        largest = &cohort;
        continue;
      }
      std::vector<std::string> words = cohort.differs;
      const auto steps = cohort_differences(plan_, cohort);
      words.insert(words.end(), steps.begin(), steps.end());
      std::string text =
          fmt::format("Cohort {}, {} ({}): ", cohort.id, counted(cohort.tenants.size(), "tenant"),
                      listed(cohort.tenants, style_.verbose ? cohort.tenants.size() : 3));
      if (words.empty()) {
        text += "same steps, other pending migrations";
      }
      for (std::size_t i = 0; i < words.size(); ++i) {
        text += (i == 0 ? "" : "; ") + printable(words[i]);
      }
      out_ += "\n" + wrapped(text + ".", style_.width, "  ", 0) + "\n";
    }
  }

  void write_half_way() {
    if (planned_.half_way.empty()) {
      return;
    }
    out_ += fmt::format("\n{} half way and {} on with the steps stored at {} start:\n",
                        counted(planned_.half_way.size(), "tenant") +
                            (planned_.half_way.size() == 1 ? " is" : " are"),
                        planned_.half_way.size() == 1 ? "goes" : "go",
                        planned_.half_way.size() == 1 ? "its" : "their");
    std::vector<std::vector<std::string>> rows;
    const std::size_t shown = style_.verbose ? planned_.half_way.size()
                                             : std::min<std::size_t>(planned_.half_way.size(), 10);
    for (std::size_t i = 0; i < shown; ++i) {
      const fleet::HalfWayTenant& tenant = planned_.half_way[i];
      rows.push_back({printable(tenant.tenant.empty() ? "(shared schemas)" : tenant.tenant),
                      remaining("expand", tenant.expand), remaining("contract", tenant.contract)});
    }
    out_ += table(rows, "  ");
    if (shown < planned_.half_way.size()) {
      out_ +=
          fmt::format("  and {} more (--verbose lists them)\n", planned_.half_way.size() - shown);
    }
  }

  static std::string remaining(const char* phase, const std::vector<std::string>& steps) {
    return steps.empty() ? std::string()
                         : fmt::format("{} left in {}: {}", counted(steps.size(), "step"), phase,
                                       listed(steps, 4));
  }

  void write_rest() {
    write_missing();
    if (const plan::Step* step = first_irreversible(plan_)) {
      out_ += "\n" + paint_.red("Cannot be undone from") +
              fmt::format(" {} on ({}), in {}.\n", step->id, printable(step->title),
                          core::to_string(step->phase));
    }
    if (planned_.current > 0) {
      out_ +=
          fmt::format("\n{} of {} {} nothing to do.\n", planned_.current,
                      counted(planned_.tenants, "tenant"), planned_.current == 1 ? "has" : "have");
    }
    if (!view_.next.empty()) {
      out_ += "\n";
    }
    for (const std::string& line : view_.next) {
      out_ += line + "\n";
    }
  }

  void write_missing() {
    if (!planned_.missing.empty()) {
      out_ += "\n" +
              paint_.yellow(fmt::format("Configured as tenants, but no such schema: {}",
                                        listed(planned_.missing, 5))) +
              "\n";
    }
  }

  static constexpr std::string_view kStepIndent = "    ";
  static constexpr std::size_t kLeastTitle = 44;

  const fleet::Planned& planned_;
  const plan::Plan& plan_;
  const PlanView& view_;
  const Style& style_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string plan_text(const fleet::Planned& planned, const PlanView& view, const Style& style) {
  return PlanText(planned, view, style).write();
}

}  // namespace lockstep::report
