#include "scene.h"

#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "lockstep/postgres/catalog_reader.h"

namespace fs = std::filesystem;

namespace lockstep::test {
namespace {

std::string tenant(int number) {
  return fmt::format("tenant_{}", number);
}

std::vector<std::string> tenants() {
  std::vector<std::string> names;
  for (int i = 1; i <= Scene::kTenants; ++i) names.push_back(tenant(i));
  return names;
}

int rows_of(int number) {
  return number == 1 ? Scene::kLargeTenantRows : 40 * number;
}

std::string setup() {
  std::string sql;
  for (int i = 1; i <= Scene::kTenants; ++i) {
    sql += fmt::format(
        "create schema {0};"
        "create table {0}.owners (id bigint primary key, name text not null);"
        "insert into {0}.owners select g, 'owner ' || g from generate_series(1, 20) g;"
        "create table {0}.items (id bigint generated always as identity primary key, name text,"
        " note text, legacy text, owner_id bigint not null, changes integer not null default 0,"
        " seen integer not null default 0);"
        "insert into {0}.items (name, note, legacy, owner_id)"
        " select 'Item ' || g, 'note ' || g, 'old', 1 + g % 20 from generate_series(1, {1}) g;"
        "create index items_legacy_idx on {0}.items (legacy);",
        tenant(i), rows_of(i));
  }
  return sql + "analyze";
}

const std::map<std::string, std::string>& migrations() {
  static const std::map<std::string, std::string> files{
      {"0001_code.sql",
       "ALTER TABLE items ADD COLUMN code uuid NOT NULL DEFAULT gen_random_uuid();\n"
       "CREATE INDEX items_name_idx ON items (name);\n"
       "CREATE UNIQUE INDEX items_code_key ON items (code);\n"},
      // Not idempotent: run twice on any row it would show.
      {"0002_count.sql",
       "-- lockstep: phase = expand\n"
       "UPDATE items SET changes = changes + 1;\n"},
      {"0003_lower.sql", "UPDATE items SET name = lower(name);\n"},
      {"0004_owner.sql", "ALTER TABLE items ADD FOREIGN KEY (owner_id) REFERENCES owners;\n"},
      {"0005_note.sql",
       "ALTER TABLE items ALTER COLUMN note SET NOT NULL;\n"
       "ALTER TABLE items ADD CONSTRAINT items_note CHECK (note <> '');\n"},
      {"0006_labels.sql",
       "CREATE TABLE labels (id int PRIMARY KEY, item_id bigint REFERENCES items);\n"
       "INSERT INTO labels VALUES (1, 1), (2, 2);\n"},
      {"0007_legacy.sql",
       "DROP INDEX items_legacy_idx;\n"
       "ALTER TABLE items DROP COLUMN legacy;\n"}};
  return files;
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

/// A temporary folder with everything that the program reads.
fs::path project(const std::string& connection_string) {
  std::string name = (fs::temp_directory_path() / "lockstep-kill-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  const fs::path folder = name;
  fs::create_directory(folder / "migrations");
  for (const auto& [file, text] : migrations()) write(folder / "migrations" / file, text);
  // No direct attempts and short batches: the staged path with many moments to be killed at.
  write(folder / "lockstep.yaml", fmt::format("database: \"{}\"\n"
                                              "tenants: {{pattern: \"tenant_*\"}}\n"
                                              "locks: {{direct_below: 0}}\n"
                                              "backfill: {{batch_duration: 5ms}}\n"
                                              "rollout: {{jobs: 3}}\n",
                                              connection_string));
  return folder;
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return output;
}

/// Newer minor versions of pg_dump print a random key.
std::string without_keys(const std::string& dump) {
  std::string result;
  for (std::size_t begin = 0; begin < dump.size();) {
    const std::size_t end = std::min(dump.find('\n', begin), dump.size() - 1) + 1;
    const std::string line = dump.substr(begin, end - begin);
    if (line.rfind("\\restrict", 0) != 0 && line.rfind("\\unrestrict", 0) != 0) result += line;
    begin = end;
  }
  return result;
}

}  // namespace

Scene::Scene() : db_(setup()), folder_(project(db_.connection_string())) {}

Scene::~Scene() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Scene::progress() {
  if (db_.ask("select to_regclass('lockstep.step') is not null") != "t") return {};
  return db_.ask(
      "select concat_ws(' ', (select format('%s %s %s', count(*), count(*) filter (where state = "
      "'done'),"
      " sum(attempt)) from lockstep.step), (select sum(version) from lockstep.checkpoint),"
      " (select count(*) from lockstep.intent))");
}

bool Scene::somebody_runs(const std::string& pattern) {
  return db_.ask(
             fmt::format("select count(*) from pg_stat_activity where datname = current_database()"
                         " and state = 'active' and pid <> pg_backend_pid() and query ilike '{}'",
                         pattern)) != "0";
}

bool Scene::left_alone() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (db_.ask("select count(*) from pg_stat_activity where datname = current_database()"
                " and backend_type = 'client backend' and pid <> pg_backend_pid()") == "0") {
      return true;
    }
  }
  return false;
}

std::map<std::string, std::string> Scene::structure() {
  std::map<std::string, std::string> dumps;
  for (const std::string& name : tenants()) {
    dumps[name] = without_keys(
        output_of(fmt::format("'{}/pg_dump' --schema-only --schema={} \"{}\"",
                              shared_cluster().bin_dir().string(), name, db_.connection_string())));
  }
  return dumps;
}

std::map<std::string, std::string> Scene::fingerprints() {
  catalog::CatalogRequest request;
  request.relations = {{"", "items"}, {"", "owners"}, {"", "labels"}};
  const auto session = db_.connect();
  return postgres::open_catalog_reader(*session)->fingerprints(tenants(), {"public"}, request);
}

std::map<std::string, std::string> Scene::rows() {
  std::map<std::string, std::string> result;
  for (const std::string& name : tenants()) {
    result[name] = db_.ask(fmt::format(
        "select format('%s items with %s codes, %s; %s', count(*), count(distinct code),"
        " md5(string_agg(row(id, name, note, owner_id, changes)::text, ',' order by id)),"
        " (select string_agg(l::text, ',' order by id) from {0}.labels l)) from {0}.items",
        name));
  }
  return result;
}

std::string Scene::ledger() {
  return db_.ask(
      "select string_agg(line, e'\\n' order by line) from ("
      "select format('%s %s %s %s rows %s', t.name, s.step, s.kind, s.state, s.rows) as line"
      " from lockstep.step s join lockstep.tenant t on t.id = s.tenant"
      " union all select format('%s %s %s', t.name, m.migration, m.state)"
      " from lockstep.tenant_migration m join lockstep.tenant t on t.id = m.tenant"
      " union all select format('checkpoint of %s', step) from lockstep.checkpoint"
      " union all select format('intent of %s', step) from lockstep.intent) lines");
}

}  // namespace lockstep::test
