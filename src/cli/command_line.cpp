#include "command_line.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "commands.h"
#include "lockstep/core/version.h"
#include "lockstep/text/nearest.h"
#include "unknown_command.h"

namespace lockstep::cli {
namespace {

const std::map<std::string, Format> kFormats{
    {"text", Format::kText}, {"json", Format::kJson}, {"markdown", Format::kMarkdown}};
const std::map<std::string, ColourChoice> kColours{{"auto", ColourChoice::kAuto},
                                                   {"always", ColourChoice::kAlways},
                                                   {"never", ColourChoice::kNever}};
const std::map<std::string, report::LogLevel> kLogLevels{{"debug", report::LogLevel::kDebug},
                                                         {"info", report::LogLevel::kInfo},
                                                         {"warning", report::LogLevel::kWarning},
                                                         {"error", report::LogLevel::kError},
                                                         {"off", report::LogLevel::kOff}};
const std::map<std::string, report::LogFormat> kLogFormats{{"text", report::LogFormat::kText},
                                                           {"json", report::LogFormat::kJson}};
const std::map<std::string, fleet::PhaseChoice> kPhases{{"expand", fleet::PhaseChoice::kExpand},
                                                        {"contract", fleet::PhaseChoice::kContract},
                                                        {"all", fleet::PhaseChoice::kAll}};

// What looks at data comes later; until then it is refused by name, and not as a mistake.
const std::map<std::string, bool> kPreflights{
    {"off", false}, {"catalog", true}, {"sample", true}, {"full", true}};

const std::map<std::string, std::string> kLaterFormats{
    {"html", "give markdown (plan and history) and convert it"},
    {"sarif", "give json and convert it; every problem has its file, line and column there"},
    {"github", "give markdown (plan and history) for a comment, or json"},
    {"junit", "give json and convert it"}};

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 tenants or checks failed, 2 changes pending (plan "
    "--detailed-exitcode),\n"
    "3 refused, a human must look, 4 invalid input, 5 database, 6 stopped by a signal, 7 not\n"
    "finished, run again.\n";

constexpr const char* kOutOfOrder = "Let versions run that are lower than one already applied";

constexpr const char* kCommonOptions =
    "Common options: --config --database --migrations --tenants --var --format --color\n"
    "--log-level --log-format --quiet --verbose; `lockstep --help` says what they do.\n\n";

/// One of the words of a map, as text until parsing is over: CLI11's own transformers would accept
/// the mapped numbers too.
template <typename Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& target,
                        const std::map<std::string, Value>& words, const std::string& description) {
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const auto& word : words) {
    names.push_back(word.first);
  }
  const auto is_known = [name, names](const std::string& word) {
    const bool known = std::find(names.begin(), names.end(), word) != names.end();
    if (known) {
      return std::string();
    }
    const auto later = kLaterFormats.find(word);
    return name == "--format" && later != kLaterFormats.end()
               ? fmt::format("{} comes with a later version; {}", word, later->second)
               : fmt::format("there is no \"{}\"; {}", word, text::suggestion(word, names));
  };
  return app.add_option(name, target, description)->check(is_known)->type_name("WORD");
}

class Parser {
 public:
  Parser()
      : app_("Changes the schema of a live PostgreSQL database without stopping the application.",
             "lockstep") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kFooter);
    app_.set_version_flag("--version", std::string("lockstep ") + std::string(core::version()));
    add_common();
    add_commands();
  }

  Parsed parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      find_unexpected();
      return answer(error);
    }
    if (const std::string wrong = misuse(); !wrong.empty()) {
      return usage_error(wrong);
    }
    return {invocation(), {}, ExitCode::kDone};
  }

 private:
  // ---- options

  void add_common() {
    const char* group = "Common options";
    app_.add_option("--config", flags_.config, "Configuration file (default: lockstep.yaml)")
        ->type_name("FILE")
        ->group(group);
    app_.add_option("--database", flags_.database,
                    "Connection string or URI; keep passwords out of it: other users see it")
        ->type_name("URI")
        ->group(group);
    app_.add_option("--migrations", flags_.migrations, "Folder of migrations")
        ->type_name("FOLDER")
        ->group(group);
    app_.add_option("--tenants", flags_.tenants, "Only tenants whose schema matches this glob")
        ->type_name("GLOB")
        ->group(group);
    app_.add_option("--var", flags_.variables, "What ${NAME} in migrations stands for; repeatable")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->group(group);
    add_choice(app_, "--format", format_, kFormats, "Form of the result: text, json, markdown")
        ->group(group);
    add_choice(app_, "--color", colour_, kColours, "Colours: auto, always, never")->group(group);
    add_choice(app_, "--log-level", log_level_, kLogLevels,
               "Least level of log lines: debug, info, warning, error, off")
        ->group(group);
    add_choice(app_, "--log-format", log_format_, kLogFormats, "Form of log lines: text, json")
        ->group(group);
    app_.add_flag("--quiet,-q", output_.quiet, "Only results and errors")->group(group);
    app_.add_flag("--verbose,-v", output_.verbose, "Also every step, harmless hazards, full lists")
        ->group(group);
  }

  CLI::App* add(const std::string& name, const std::string& description) {
    CLI::App* command = app_.add_subcommand(name, description);
    command->footer(std::string(kCommonOptions) + kFooter);
    return command;
  }

  void add_commands() {
    on(add("init", "Write lockstep.yaml and the folders for migrations and plans"),
       [](Context& context) { return run_init(context); });

    CLI::App* create = add("new", "Create the next numbered migration file");
    create->add_option("NAME", new_.name, "What it does, as in require_phone")->required();
    create->add_flag("--yaml", new_.yaml, "YAML instead of SQL");
    on(create, [this](Context& context) { return run_new(context, new_); });

    CLI::App* lint =
        add("lint", "Judge migration files offline: what each would block, rewrite or break");
    lint->add_option("FILE", lint_.files, "Files; - reads stdin; none: the whole folder");
    on(lint, [this](Context& context) { return run_lint(context, lint_); });

    CLI::App* plan = add("plan", "Show what would run in which tenants, changing nothing");
    plan->add_option("--out", plan_.out, "Also save the plan, for `lockstep apply FILE`")
        ->type_name("FILE");
    plan->add_flag("--detailed-exitcode", plan_.detailed_exit_code,
                   "Exit 2 if changes are pending");
    plan->add_flag("--out-of-order", plan_.out_of_order, kOutOfOrder);
    add_preflight(*plan);
    on(plan, [this](Context& context) { return run_plan(context, plan_); });

    add_apply();
    add_rollback();
    add_purge();

    CLI::App* status = add("status", "Show where every tenant stands");
    status->add_flag("--watch", status_.watch, "Look again every two seconds");
    on(status, [this](Context& context) { return run_status(context, status_); });

    CLI::App* history = add("history", "Show what ran when, and by whom");
    history->add_option("--tenant", history_.tenant, "Only this tenant");
    history->add_option("--limit", history_.limit, "At most this many entries (default 100)")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    on(history, [this](Context& context) { return run_history(context, history_); });

    CLI::App* baseline =
        add("baseline", "Declare everything up to a version applied, running nothing");
    baseline
        ->add_option("VERSION", baseline_.version,
                     "The last version that is in the database already")
        ->required();
    on(baseline, [this](Context& context) { return run_baseline(context, baseline_); });

    CLI::App* repair = add("repair", "Accept applied files that were edited since");
    repair->add_flag("--forget-deleted", repair_.forget_deleted,
                     "Also forget those whose file is gone");
    repair->add_flag("--accept-different", repair_.accept_different,
                     "Also where tenants then have different things under one version");
    on(repair, [this](Context& context) { return run_repair(context, repair_); });

    CLI::App* pause = add("pause", "Stop all runs in this database between steps and batches");
    pause->add_option("--reason", pause_.reason, "Shown to whoever waits for it");
    on(pause, [this](Context& context) { return run_pause(context, pause_); });
    on(add("resume", "Let paused runs go on"),
       [](Context& context) { return run_resume(context); });

    on(add("demo", "All of it on a throwaway server, under live traffic"),
       [](Context& context) { return run_demo(context); });
  }

  void add_rollout_flags(CLI::App& command) {
    command.add_option("--jobs", flags_.jobs, "Tenants worked on at once");
    command.add_option("--max-failures", flags_.max_failures,
                       "Start no new tenant after this many failed; 0: never stop");
    command.add_option("--wait", flags_.wait,
                       "How long to wait for tenants that another run works on");
  }

  void add_rollback() {
    CLI::App* rollback =
        add("rollback", "Take expand steps back, the last first, before contract has begun");
    rollback
        ->add_option("--to", rollback_.to,
                     "The last version that stays: everything above it is taken back; without it "
                     "what is between its phases")
        ->type_name("VERSION");
    rollback->add_flag("--accept-loss", rollback_.accept_loss,
                       "Also where not everything comes back, as the refusal without it says");
    rollback->add_flag("--yes,-y", rollback_.yes, "Do not ask, also at a terminal");
    add_rollout_flags(*rollback);
    on(rollback, [this](Context& context) { return run_rollback(context, rollback_); });
  }

  void add_purge() {
    CLI::App* purge =
        add("purge", "Remove what drop_grace has kept and its time is over for, or bring it back");
    purge->add_flag("--list", purge_.list, "Show everything that is kept, changing nothing");
    purge->add_flag("--dry-run", purge_.dry_run, "Show what would be removed, changing nothing");
    purge->add_flag("--now", purge_.now, "Also what is still within its grace");
    purge
        ->add_option("--restore", purge_.restore,
                     "Bring this back instead: a table or table.column, as it was dropped; may be "
                     "repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    purge
        ->add_option(
            "--fill", purge_.fill,
            "With --restore of a column that was NOT NULL: an expression for rows that were "
            "written without it")
        ->type_name("EXPRESSION");
    purge->add_flag("--yes,-y", purge_.yes, "Do not ask, also at a terminal");
    add_rollout_flags(*purge);
    on(purge, [this](Context& context) { return run_purge(context, purge_); });
  }

  void add_apply() {
    CLI::App* apply = add("apply", "Run what is pending, in every tenant");
    apply->add_option("PLAN", apply_.plan, "A saved plan: exactly it is run, or refused");
    add_choice(*apply, "--phase", phase_, kPhases,
               "expand before the deploy, contract after it, all for both; without it both, unless "
               "something that cannot be undone is pending");
    add_rollout_flags(*apply);
    apply->add_flag("--yes,-y", apply_.yes, "Do not ask, also at a terminal");
    apply->add_flag("--strict-tenants", apply_.strict_tenants,
                    "With PLAN: refuse if the list of tenants has changed");
    apply->add_flag("--out-of-order", apply_.out_of_order, kOutOfOrder);
    add_preflight(*apply);
    on(apply, [this](Context& context) { return run_apply(context, apply_); });
  }

  void add_preflight(CLI::App& command) {
    add_choice(command, "--preflight", preflight_, kPreflights,
               "catalog: first ask whether the role may do all of it (default); off: do not");
  }

  void on(CLI::App* command, std::function<ExitCode(Context&)> run) {
    command->callback([this, run = std::move(run)] { run_ = run; });
  }

  // ---- answers

  /// What CLI11's rules cannot say; empty if all is well.
  std::string misuse() const {
    const CLI::App* command = app_.get_subcommands().front();
    const std::string& name = command->get_name();
    if (output_.quiet && output_.verbose) {
      return "--quiet and --verbose contradict each other";
    }
    if (format_ == "markdown" && name != "plan" && name != "history") {
      return fmt::format("{} has no markdown form; plan and history have", name);
    }
    if (preflight_ == "sample" || preflight_ == "full") {
      return fmt::format(
          "--preflight {} comes with a later version; duplicates, NULLs and other rows in the way "
          "are found by check steps, before the step that they would fail; give catalog or off",
          preflight_);
    }
    if (status_.watch && format_ == "json") {
      return "status --watch is for people; for programs run status --format json again and again";
    }
    if (purge_.list && (purge_.dry_run || purge_.now || !purge_.restore.empty())) {
      return "--list shows everything that is kept; give it without --dry-run, --now and --restore";
    }
    if (purge_.now && !purge_.restore.empty()) {
      return "--now removes, and --restore brings back; give one of them";
    }
    if (!purge_.fill.empty() && purge_.restore.size() != 1) {
      return "--fill is for one column: give it with one --restore";
    }
    if (apply_.strict_tenants && !apply_.plan) {
      return "--strict-tenants compares with a saved plan, and none is given";
    }
    return {};
  }

  void find_unexpected() {
    const std::vector<std::string> extras = app_.remaining(true);
    unexpected_ = extras.empty() ? std::string() : extras.front();
  }

  Parsed answer(const CLI::ParseError& error) const {
    const bool wrong_command = app_.get_subcommands().empty() && !unexpected_.empty();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success) && !wrong_command) {
      const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
      return {std::nullopt, version ? std::string(error.what()) + "\n" : app_.help(),
              ExitCode::kDone};
    }
    return usage_error(in_our_words(error));
  }

  /// A mistyped word gets the one that was meant.
  std::string in_our_words(const CLI::ParseError& error) const {
    const std::string& extra = unexpected_;
    if (extra.empty()) {
      return app_.get_subcommands().empty() ? "name a command" : error.what();
    }
    std::vector<std::string> known;
    const CLI::App* command =
        app_.get_subcommands().empty() ? nullptr : app_.get_subcommands().front();
    if (extra.front() == '-') {
      if (const std::string elsewhere = option_of_others(extra, command); !elsewhere.empty()) {
        return elsewhere;
      }
      for (const CLI::App* app : {static_cast<const CLI::App*>(&app_), command}) {
        for (const CLI::Option* option :
             app == nullptr ? std::vector<const CLI::Option*>() : app->get_options()) {
          for (const std::string& name : option->get_lnames()) {
            known.push_back("--" + name);
          }
        }
      }
    } else if (command == nullptr) {
      for (const CLI::App* each : app_.get_subcommands({})) {
        known.push_back(each->get_name());
      }
      return unknown_command(extra, known);
    }
    const auto meant = text::nearest(extra, known);
    return fmt::format("\"{}\" is not expected here{}", extra,
                       meant ? "; did you mean " + *meant + "?" : "");
  }

  /// An option that there is, in a place where it is not; empty for one that there is not.
  std::string option_of_others(const std::string& extra, const CLI::App* command) const {
    const std::string name = extra.substr(0, extra.find('='));
    std::vector<std::string> commands;
    for (const CLI::App* each : app_.get_subcommands({})) {
      const CLI::Option* option = each->get_option_no_throw(name);
      if (option == nullptr) {
        continue;
      }
      if (each == command) {
        return fmt::format(
            "{0} is an option of {1}: write it behind the command, as in lockstep {1} "
            "{0}{2}",
            name, each->get_name(), option->get_items_expected() > 0 ? " ..." : "");
      }
      commands.push_back(each->get_name());
    }
    if (commands.empty()) {
      return {};
    }
    return command == nullptr
               ? fmt::format("name a command; {} is an option of {}, and comes behind it", name,
                             text::join_words(commands))
               : fmt::format("{} has no option {}; {} {}", command->get_name(), name,
                             text::join_words(commands), commands.size() == 1 ? "has" : "have");
  }

  Parsed usage_error(const std::string& what) const {
    std::string command = "lockstep";
    if (!app_.get_subcommands().empty()) {
      command += " " + app_.get_subcommands().front()->get_name();
    }
    return {std::nullopt, fmt::format("{}\n  see: {} --help\n", what, command),
            ExitCode::kInvalidInput};
  }

  Invocation invocation() {
    output_.format = kFormats.at(format_);
    output_.colour = kColours.at(colour_);
    output_.log_level = kLogLevels.at(log_level_);
    output_.log_format = kLogFormats.at(log_format_);
    output_.place = place_flags();
    output_.tenants = tenants_flag();
    if (!phase_.empty()) {
      apply_.phase = kPhases.at(phase_);
    }
    plan_.preflight = kPreflights.at(preflight_);
    apply_.preflight = plan_.preflight;
    return {run_, flags_, output_, repeated_flags()};
  }

  /// What --database was given is left out, as it may hold a password; that it was given is not, so
  /// that a pasted command reaches no other database.
  std::string repeated_flags() const { return place_flags() + tenants_flag(); }

  std::string place_flags() const {
    std::string result;
    add_flag(result, "--config", flags_.config);
    if (flags_.database) {
      result += " --database ...";
    }
    add_flag(result, "--migrations", flags_.migrations);
    for (const std::string& assignment : flags_.variables) {
      add_flag(result, "--var", assignment);
    }
    return result;
  }

  std::string tenants_flag() const {
    std::string result;
    add_flag(result, "--tenants", flags_.tenants);
    return result;
  }

  static void add_flag(std::string& flags, const char* name,
                       const std::optional<std::string>& value) {
    if (value) {
      flags += fmt::format(" {} {}", name, shell_word(*value));
    }
  }

  CLI::App app_;
  std::string unexpected_;
  std::function<ExitCode(Context&)> run_;
  config::Flags flags_;
  OutputOptions output_;
  std::string format_ = "text";
  std::string colour_ = "auto";
  std::string log_level_ = "info";
  std::string log_format_ = "text";
  std::string phase_;
  std::string preflight_ = "catalog";
  NewOptions new_;
  LintOptions lint_;
  PlanOptions plan_;
  ApplyOptions apply_;
  RollbackOptions rollback_;
  PurgeOptions purge_;
  StatusOptions status_;
  HistoryOptions history_;
  BaselineOptions baseline_;
  PauseOptions pause_;
  RepairOptions repair_;
};

}  // namespace

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

Parsed parse_command_line(int argc, const char* const* argv) {
  // Commands refer to the parser's option structs.
  auto parser = std::make_shared<Parser>();
  Parsed parsed = parser->parse(argc, argv);
  if (parsed.invocation) {
    parsed.invocation->command = [parser, run = std::move(parsed.invocation->command)](
                                     Context& context) { return run(context); };
  }
  return parsed;
}

}  // namespace lockstep::cli
