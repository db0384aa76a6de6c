#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "file_name.h"
#include "lockstep/core/error.h"
#include "lockstep/core/sha256.h"
#include "lockstep/migration/migration.h"
#include "lockstep/text/nearest.h"
#include "read_file.h"

namespace lockstep::migration {
namespace {

constexpr std::string_view kRepeatable = "repeatable";

bool is_hidden(const std::string& name) {
  return !name.empty() && name.front() == '.';
}

Migration read(core::MigrationId id, const std::string& file, const std::string& text, Form form,
               const sql::Variables& variables, core::Problems& problems) {
  Migration migration;
  migration.id = std::move(id);
  migration.file = file;
  migration.source = text;
  migration.checksum = core::sha256_hex(text);
  if (form == Form::kSql) {
    read_sql(migration, variables, problems);
  } else {
    read_yaml(migration, variables, problems);
  }
  return migration;
}

void whole_file(core::Problems& problems, const std::string& file, const std::string& message,
                const std::string& remedy) {
  problems.push_back({{file, 0, 0}, message, remedy});
}

/// The id of a versioned file, or a Problem.
std::optional<core::MigrationId> versioned_id(const std::string& file, const FileName& name,
                                              core::Problems& problems) {
  if (name.digits.empty()) {
    whole_file(problems, file, "the file's name does not begin with a version",
               "name it like 0007_require_phone.sql");
    return std::nullopt;
  }
  if (name.digits.find_first_not_of('0') == std::string::npos) {
    whole_file(problems, file, "version 0 stands for an empty database", "begin with 1");
    return std::nullopt;
  }
  if (name.name.empty()) {
    whole_file(problems, file, "the file's name says nothing after its version",
               fmt::format("name it like {}_require_phone.sql", name.digits));
    return std::nullopt;
  }
  if (!name.separated) {
    const std::size_t begin = name.name.find_first_not_of("-. ");
    whole_file(problems, file, "the file's name has no underscore behind its version",
               fmt::format("name it {}_{}{}", name.digits,
                           begin == std::string::npos ? "require_phone" : name.name.substr(begin),
                           file.substr(file.rfind('.'))));
    return std::nullopt;
  }
  return core::MigrationId{core::Version::parse(name.digits), name.name};
}

std::optional<core::MigrationId> repeatable_id(const std::string& file, const FileName& name,
                                               core::Problems& problems) {
  if (name.form != Form::kSql) {
    whole_file(problems, file, "a repeatable file is SQL", "name it like search_functions.sql");
    return std::nullopt;
  }
  return core::MigrationId{std::nullopt, name.stem};
}

class FolderReader {
 public:
  FolderReader(const core::FileReader& files, const sql::Variables& variables, Loaded& loaded)
      : files_(files), variables_(variables), loaded_(loaded) {}

  void read_folder(const std::string& folder, const std::vector<std::string>& names,
                   bool repeatable) {
    for (const std::string& name : names) {
      if (!is_hidden(name)) {
        read_file(folder + "/" + name, repeatable);
      }
    }
  }

 private:
  void read_file(const std::string& file, bool repeatable) {
    const FileName name = split_file_name(file);
    if (!name.form) {
      whole_file(loaded_.problems, file, "only .sql, .yaml and .yml files are migrations",
                 "move it elsewhere, or begin its name with a dot");
      return;
    }
    auto id = repeatable ? repeatable_id(file, name, loaded_.problems)
                         : versioned_id(file, name, loaded_.problems);
    // What is wrong inside a file is told even where its name is wrong too.
    const bool takes_part = id && is_first(*id, file);
    try {
      const auto text = files_.read(file);
      if (!text) {
        whole_file(loaded_.problems, file, "the file vanished while it was read", "run again");
        return;
      }
      Migration migration = read(id.value_or(core::MigrationId{}), file, *text, *name.form,
                                 variables_, loaded_.problems);
      if (takes_part) {
        loaded_.migrations.push_back(std::move(migration));
      }
    } catch (const core::InvalidInput& error) {
      loaded_.problems.insert(loaded_.problems.end(), error.problems().begin(),
                              error.problems().end());
    }
  }

  bool is_first(const core::MigrationId& id, const std::string& file) {
    if (!id.version) {
      return true;
    }
    const auto [place, inserted] = seen_.emplace(*id.version, file);
    if (!inserted) {
      whole_file(loaded_.problems, file,
                 fmt::format("version {} is taken by {}", id.version->text(), place->second),
                 "give one of them another version");
      return false;
    }
    return true;
  }

  const core::FileReader& files_;
  const sql::Variables& variables_;
  Loaded& loaded_;
  std::map<core::Version, std::string> seen_;
};

void sort(std::vector<Migration>& migrations) {
  std::sort(migrations.begin(), migrations.end(),
            [](const Migration& a, const Migration& b) { return a.id < b.id; });
}

std::string without_trailing_slash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') {
    folder.pop_back();
  }
  return folder;
}

/// What an unknown name gets to hear: the one that was meant, and all there are.
sql::Variables with_remedy(const Variables& variables) {
  std::vector<std::string> names;
  for (const auto& variable : variables) {
    names.push_back(variable.first);
  }
  return {variables, [names](const std::string& unknown) -> std::string {
            const std::string setting =
                "set it under `variables:` in lockstep.yaml, or with --var " + unknown + "=VALUE";
            if (names.empty()) {
              return "no variable is set; " + setting;
            }
            const auto meant = text::nearest(unknown, names);
            return (meant ? "did you mean ${" + *meant + "}? " : "") + "known " +
                   (names.size() == 1 ? "is only " : "are ") + text::join_words(names) + "; " +
                   setting;
          }};
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
  return sql::is_variable_name(name);
}

Loaded load_migrations(const core::FileReader& files, const std::string& folder,
                       const Variables& variables) {
  Loaded loaded;
  const std::string root = without_trailing_slash(folder);
  const auto names = files.list(root);
  if (!names) {
    whole_file(
        loaded.problems, folder, "there is no such folder of migrations",
        "create it, or name another one with --migrations or `migrations:` in lockstep.yaml");
    return loaded;
  }
  const sql::Variables for_sql = with_remedy(variables);
  FolderReader reader(files, for_sql, loaded);
  reader.read_folder(root, *names, false);
  const std::string repeatables = root + "/" + std::string(kRepeatable);
  if (const auto repeatable_names = files.list(repeatables)) {
    reader.read_folder(repeatables, *repeatable_names, true);
  }
  sort(loaded.migrations);
  return loaded;
}

Loaded load_migration(const std::string& file, const std::string& text,
                      const Variables& variables) {
  Loaded loaded;
  const FileName name = split_file_name(file);
  const bool repeatable = file.find(std::string(kRepeatable) + "/") != std::string::npos;
  core::MigrationId id{core::Version{}, name.name};
  if (repeatable) {
    id = {std::nullopt, name.stem};
  } else if (!name.digits.empty()) {
    id.version = core::Version::parse(name.digits);
  }
  loaded.migrations.push_back(read(std::move(id), file, text, name.form.value_or(Form::kSql),
                                   with_remedy(variables), loaded.problems));
  return loaded;
}

}  // namespace lockstep::migration
