#include "starting_catalog.h"

#include <sstream>
#include <stdexcept>

#include "lockstep/core/problem.h"
#include "lockstep/migration/migration.h"
#include "lockstep/planner/planner.h"

namespace lockstep::cases {

namespace {

using catalog::Catalog;
using catalog::QualifiedName;
using catalog::Relation;

[[noreturn]] void fail(const core::Problems& problems) {
  std::string text = "the case's catalog cannot be made";
  for (const core::Problem& problem : problems) text += "\n" + core::to_string(problem);
  throw std::runtime_error(text);
}

Relation& table(Catalog& catalog, const std::string& name) {
  Relation* found = catalog.find({"", name});
  if (!found) throw std::runtime_error("the case's catalog has no table " + name);
  return *found;
}

/// "-- partition: ev_2024 of ev", "-- partition: ev_rest of ev default" and the like.
void read_remark(const std::string& line, Catalog& catalog) {
  std::istringstream words(line);
  std::string dashes;
  std::string what;
  std::string first;
  std::string link;
  std::string second;
  std::string mark;
  words >> dashes >> what >> first >> link >> second >> mark;
  if (what == "partition:") {
    Relation& parent = table(catalog, second);
    Relation& partition = table(catalog, first);
    parent.kind = catalog::RelationKind::kPartitionedTable;
    parent.partitions.push_back(partition.name);
    partition.parent = parent.name;
    if (mark == "default") {
      partition.partition_bound = "DEFAULT";
      parent.has_default_partition = true;
    } else if (mark == "foreign") {
      partition.kind = catalog::RelationKind::kForeignTable;
    }
  } else if (what == "published:") {
    table(catalog, first).publications.push_back(second);
  }
}

/// "-- user: view doubled of function twice(integer)", "-- user: default users.age of sequence
/// ages": what only a server knows.
void read_user(const std::string& line, Catalog& catalog) {
  std::istringstream words(line);
  std::string skipped;
  std::string name;
  std::string object;
  catalog::ObjectUser user;
  words >> skipped >> skipped >> user.kind >> name >> skipped >> user.object_kind;
  std::getline(words >> std::ws, object);
  const auto dot = name.find('.');
  user.user = catalog.qualify({"", name.substr(0, dot)});
  if (dot != std::string::npos) user.part = name.substr(dot + 1);
  const auto open = object.find('(');
  user.object = {catalog.creation_schema, object.substr(0, open)};
  if (open != std::string::npos) user.signature = object.substr(open + 1, object.size() - open - 2);
  user.said = catalog.words_of(user);
  catalog.users.push_back(std::move(user));
}

/// Of "-- server: 18", which changes what statements leave behind.
void read_version(const std::string& ddl, Catalog& catalog) {
  constexpr std::string_view kServer = "-- server: ";
  const auto at = ddl.find(kServer);
  if (at == std::string::npos) return;
  catalog.version.number = std::stoi(ddl.substr(at + kServer.size())) * 10000;
}

/// Of "-- drop_grace: 604800", in seconds.
void read_grace(const std::string& ddl, Catalog& catalog) {
  constexpr std::string_view kGrace = "-- drop_grace: ";
  const auto at = ddl.find(kGrace);
  if (at == std::string::npos) return;
  catalog.grace = catalog::DropGrace{std::stoll(ddl.substr(at + kGrace.size())), "lockstep_grace"};
}

}  // namespace

Catalog starting_catalog(const std::string& ddl) {
  Catalog catalog;
  catalog.version.number = 150000;
  read_version(ddl, catalog);
  catalog.schemas = {"public"};
  catalog.shared_schemas = {"public"};
  const migration::Loaded loaded = migration::load_migration("0001_catalog.sql", ddl + "\n");
  if (!ddl.empty() && !loaded.problems.empty()) fail(loaded.problems);
  core::Problems problems;
  const auto recognised = planner::recognise(loaded.migrations, problems);
  if (!ddl.empty() && !problems.empty()) fail(problems);
  for (const auto& migration : recognised) {
    for (const auto& operation : migration.operations) {
      const operations::Judgement judgement = operation->judge({catalog});
      if (!judgement.problems.empty()) fail(judgement.problems);
      operation->apply(catalog, core::Phase::kExpand);
      operation->apply(catalog, core::Phase::kContract);
    }
  }
  for (auto& [name, relation] : catalog.relations) {
    relation.created_by.clear();
    for (catalog::Column& column : relation.columns) column.added_by_plan = false;
  }
  std::istringstream lines(ddl);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("-- user: ", 0) == 0) {
      read_user(line, catalog);
    } else if (line.rfind("-- ", 0) == 0) {
      read_remark(line, catalog);
    }
  }
  read_grace(ddl, catalog);
  return catalog;
}

}  // namespace lockstep::cases
