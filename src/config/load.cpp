#include <algorithm>

#include <fmt/format.h>

#include "expand.h"
#include "lockstep/config/options.h"
#include "lockstep/core/error.h"
#include "lockstep/text/nearest.h"
#include "lockstep/text/node.h"
#include "settings.h"
#include "variables.h"
#include "waves.h"

namespace lockstep::config {
namespace {

constexpr const char* kDefaultFile = "lockstep.yaml";
constexpr const char* kPrefix = "LOCKSTEP_";
constexpr const char* kTestPrefix = "LOCKSTEP_TEST_";  // of the project's own tests

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources) {}

  Loaded load() {
    read_file();
    read_environment();
    read_flags();
    check_together(options_, [this](const std::string& message, const std::string& remedy) {
      problems_.push_back({{options_.file, 0, 0}, message, remedy});
    });
    return {std::move(options_), std::move(problems_)};
  }

 private:
  // ---- file

  void read_file() {
    std::optional<std::string> named = sources_.flags.config;
    const auto variable = sources_.environment.find("LOCKSTEP_CONFIG");
    if (!named && variable != sources_.environment.end()) {
      named = variable->second;
    }
    const std::string path = named.value_or(kDefaultFile);
    try {
      const auto text = sources_.files.read(path);
      if (text) {
        options_.file = path;
        options_.migrations = folder_of(path) + options_.migrations;
        read_document(text::parse_yaml(*text, path, problems_));
      } else if (named) {
        problems_.push_back(
            {{path, 0, 0}, "there is no such configuration file", "`lockstep init` writes one"});
      }
    } catch (const core::InvalidInput& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
  }

  void read_document(const text::Node& root) {
    if (root.kind() == text::Node::Kind::kNull) {
      return;
    }
    text::Fields fields(root, options_.file, problems_);
    for (const Setting& setting : settings()) {
      if (setting.section.empty()) {
        read_setting(setting, fields);
      }
    }
    for (const char* section : {"tenants", "rollout", "locks", "backfill"}) {
      if (const text::Node* node = fields.node(section)) {
        read_section(section, *node);
      }
    }
    if (const text::Node* node = fields.node("variables")) {
      read_variables(*node);
    }
    fields.finish();
  }

  void read_variables(const text::Node& node) {
    if (node.kind() == text::Node::Kind::kNull) {
      return;
    }
    text::Fields fields(node, "variables", problems_);
    for (const text::Node::Entry& entry : node.entries()) {
      if (!check_variable_name(entry.key, entry.key_where, problems_)) {
        fields.node(entry.key);  // told once
        continue;
      }
      if (auto value = fields.text(entry.key)) {
        const core::SourceLocation where = fields.where(entry.key);
        if (expand_environment(*value, where, "export it, or write the value here")) {
          set_variable(entry.key, *value, where);
        }
      }
    }
  }

  void set_variable(const std::string& name, const std::string& value,
                    const core::SourceLocation& where) {
    if (check_variable_value(name, value, where, problems_)) {
      options_.variables[name] = value;
    }
  }

  bool expand_environment(std::string& value, const core::SourceLocation& where,
                          const char* remedy) {
    Expanded expanded = expand(value, sources_.environment);
    if (!is_well_formed(expanded, where)) {
      return false;
    }
    if (!expanded.unset.empty()) {
      problems_.push_back(
          {where,
           fmt::format("the environment variable {} is not set", text::join_words(expanded.unset)),
           remedy});
      return false;
    }
    value = std::move(expanded.text);
    return true;
  }

  bool is_well_formed(const Expanded& expanded, const core::SourceLocation& where) {
    if (expanded.malformed) {
      problems_.push_back({where, "a \"${\" here names no environment variable",
                           "write ${NAME}, or $${ for a plain ${"});
    }
    return !expanded.malformed;
  }

  void read_section(const std::string& section, const text::Node& node) {
    if (node.kind() == text::Node::Kind::kNull) {
      return;  // "locks:" with all its keys commented out
    }
    text::Fields fields(node, section, problems_);
    if (section == "tenants") {
      check_one_source(fields);
    }
    for (const Setting& setting : settings()) {
      if (setting.section == section) {
        read_setting(setting, fields);
      }
    }
    if (section == "rollout") {
      if (const text::Node* waves = fields.node("waves")) {
        options_.rollout.waves = read_waves(*waves, problems_);
      }
    }
    fields.finish();
  }

  void check_one_source(text::Fields& fields) {
    std::vector<std::string> given;
    for (const char* key : {"query", "pattern", "schemas"}) {
      if (fields.has(key)) {
        given.emplace_back(key);
      }
    }
    if (given.size() > 1) {
      fields.problem(
          given[1],
          fmt::format("tenants come from one place, here are {}", text::join_words(given)),
          "keep one of query, pattern and schemas");
    }
  }

  void read_setting(const Setting& setting, text::Fields& fields) {
    if (setting.section.empty() && setting.key == "database" && is_several(fields)) {
      return;
    }
    const std::size_t before = problems_.size();
    std::vector<std::string> values;
    if (setting.is_list) {
      values = fields.texts(setting.key);
    } else if (auto value = fields.text(setting.key)) {
      values.push_back(std::move(*value));
    }
    if (!fields.has(setting.key) || problems_.size() != before) {
      return;
    }
    const core::SourceLocation where = fields.where(setting.key);
    for (std::string& value : values) {
      if (!expand_value(setting, value, where)) {
        return;
      }
    }
    if (setting.key == "migrations" && setting.section.empty() && !values[0].empty() &&
        values[0].front() != '/') {
      values[0] = folder_of(options_.file) + values[0];
    }
    apply(setting, values, where);
  }

  /// A list of databases, or a query for them, must not be mistaken for one.
  bool is_several(text::Fields& fields) {
    const text::Node* node = fields.node("database");
    if (node == nullptr || node->kind() == text::Node::Kind::kScalar) {
      return false;
    }
    fields.problem("database", "several databases come with a later version of Lockstep",
                   "give one connection string, and run Lockstep once for each database");
    return true;
  }

  bool expand_value(const Setting& setting, std::string& value, const core::SourceLocation& where) {
    const bool is_database = setting.section.empty() && setting.key == "database";
    if (is_database && (!sources_.needs_database || database_given_elsewhere())) {
      Expanded expanded = expand(value, sources_.environment);
      if (!is_well_formed(expanded, where) || !expanded.unset.empty()) {
        return false;
      }
      value = std::move(expanded.text);
      return true;
    }
    return expand_environment(
        value, where,
        is_database
            ? "export it, give --database, or delete `database:` and PGHOST, PGDATABASE, ... count"
            : "export it, or write the value here");
  }

  bool database_given_elsewhere() const {
    return sources_.flags.database.has_value() ||
           sources_.environment.count("LOCKSTEP_DATABASE") != 0;
  }

  // ---- environment and flags

  void read_environment() {
    std::vector<std::string> known{"LOCKSTEP_CONFIG", "LOCKSTEP_TENANTS"};
    for (const Setting& setting : settings()) {
      known.push_back(variable_name(setting));
    }
    for (const auto& variable : sources_.environment) {
      const std::string& name = variable.first;
      if (name.rfind(kPrefix, 0) != 0 || name.rfind(kTestPrefix, 0) == 0) {
        continue;
      }
      if (const std::string set = variable_of(name); !set.empty()) {
        if (check_variable_name(set, {name, 0, 0}, problems_)) {
          set_variable(set, variable.second, {name, 0, 0});
        }
        continue;
      }
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        problems_.push_back(
            {{name, 0, 0}, "there is no such setting", text::suggestion(name, known)});
      }
    }
    for (const Setting& setting : settings()) {
      const auto found = sources_.environment.find(variable_name(setting));
      if (found != sources_.environment.end()) {
        apply(setting, split(setting, found->second), {found->first, 0, 0});
      }
    }
    const auto only = sources_.environment.find("LOCKSTEP_TENANTS");
    if (only != sources_.environment.end()) {
      options_.tenants.only = only->second;
    }
  }

  static std::vector<std::string> split(const Setting& setting, const std::string& value) {
    if (!setting.is_list) {
      return {value};
    }
    std::vector<std::string> values;
    std::size_t begin = 0;
    while (!value.empty()) {
      const std::size_t comma = value.find(',', begin);
      values.push_back(value.substr(begin, comma == std::string::npos ? comma : comma - begin));
      if (comma == std::string::npos) {
        break;
      }
      begin = comma + 1;
    }
    return values;
  }

  void read_flags() {
    const Flags& flags = sources_.flags;
    apply_flag("", "database", "--database", flags.database);
    apply_flag("", "migrations", "--migrations", flags.migrations);
    apply_flag("rollout", "jobs", "--jobs", flags.jobs);
    apply_flag("rollout", "max_failures", "--max-failures", flags.max_failures);
    apply_flag("rollout", "wait", "--wait", flags.wait);
    if (flags.tenants) {
      options_.tenants.only = *flags.tenants;
    }
    for (const std::string& assignment : flags.variables) {
      const std::size_t equals = assignment.find('=');
      if (equals == std::string::npos) {
        problems_.push_back({{"--var", 0, 0},
                             fmt::format("\"{}\" is not of the form NAME=VALUE", assignment),
                             "for example: --var region=eu"});
      } else if (check_variable_name(assignment.substr(0, equals), {"--var", 0, 0}, problems_)) {
        set_variable(assignment.substr(0, equals), assignment.substr(equals + 1), {"--var", 0, 0});
      }
    }
  }

  void apply_flag(std::string_view section, std::string_view key, const char* flag,
                  const std::optional<std::string>& value) {
    if (value) {
      apply(*find_setting(section, key), {*value}, {flag, 0, 0});
    }
  }

  void apply(const Setting& setting, const std::vector<std::string>& values,
             const core::SourceLocation& where) {
    setting.set(options_, values, [&](const std::string& message, const std::string& remedy) {
      const bool in_file = where.line != 0;
      const std::string path = setting.section.empty()
                                   ? std::string(setting.key)
                                   : fmt::format("{}.{}", setting.section, setting.key);
      problems_.push_back({where, in_file ? path + ": " + message : message, remedy});
    });
  }

  const Sources& sources_;
  Options options_;
  core::Problems problems_;
};

}  // namespace

Loaded load(const Sources& sources) {
  return Loader(sources).load();
}

}  // namespace lockstep::config
