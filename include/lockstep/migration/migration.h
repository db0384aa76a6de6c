#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lockstep/core/file_reader.h"
#include "lockstep/core/ids.h"
#include "lockstep/core/phase.h"
#include "lockstep/core/problem.h"
#include "lockstep/sql/parse.h"
#include "lockstep/text/node.h"

namespace lockstep::migration {

/// An option written in a comment, "-- lockstep: name = value": for the file, or for the statement
/// that follows (DESIGN.md 2.1).
struct Directive {
  std::string name;    ///< "allow"
  std::string value;   ///< "table-rewrite"
  std::string reason;  ///< allow's
  core::SourceLocation where;
};

/// One statement or YAML operation with the directives that apply to it (the file's and its own).
struct Item {
  std::variant<sql::Statement, text::Node::Entry> source;  ///< Entry: operation name → parameters
  std::vector<Directive> directives;
};

struct Migration {
  core::MigrationId id;
  std::string file;      ///< as found: "migrations/0007_require_phone.sql"
  std::string checksum;  ///< SHA-256 of the file's bytes, whatever its variables are set to
  std::string source;    ///< the file's text, as written
  std::string description;
  core::Scope scope = core::Scope::kTenant;
  std::vector<Item> items;

  bool repeatable() const noexcept { return !id.version.has_value(); }
};

struct Loaded {
  std::vector<Migration> migrations;  ///< versioned ones by version, then repeatables by name
  core::Problems problems;            ///< of all files
};

/// Name → value of what ${name} in the files stands for (docs/migrations.md).
using Variables = std::map<std::string, std::string>;

/// Whether `${name}` can be a variable: a letter a to z, then letters, digits and underscores, and
/// not "schema", which stands for the tenant's.
bool is_variable_name(std::string_view name) noexcept;

/// Reads `folder` and `folder/repeatable`. A file with another ending or without a leading version
/// is a Problem, as is a version that two files have. An absent folder is one too; an empty one
/// is not.
Loaded load_migrations(const core::FileReader& files, const std::string& folder,
                       const Variables& variables = {});

/// One file's text, for `lint FILE` and `lint -`.
Loaded load_migration(const std::string& file, const std::string& text,
                      const Variables& variables = {});

/// Whether an earlier text of a file says what it says now: the same statements word by word, or
/// the same YAML operations, in the same order, with directives that ask for the same. Comments,
/// white space, upper and lower case of keywords and unquoted names, a description and the reasons
/// of `allow` make no difference. False where the earlier text cannot be read.
bool says_the_same(const Migration& now, const std::string& earlier, const Variables& variables);

}  // namespace lockstep::migration
