#include "lockstep/postgres/catalog_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "catalog_noun.h"
#include "catalog_query.h"
#include "lockstep/core/sha256.h"
#include "rights.h"
#include "sql_text.h"

namespace lockstep::postgres {

using catalog::Catalog;
using catalog::CatalogRequest;
using core::QualifiedName;
using database::RelationSize;

namespace {

// Before each query, for its own transaction only. Names in it then mean PostgreSQL's own objects;
// compiling such a query would take longer than running it. Every join in it is made for an index,
// which the server cannot know, as it has no idea how many relations there will be to describe: on
// its own it reads whole catalogs, of all tenants, to describe the few tables of one.
constexpr std::string_view kSettings =
    "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off; SET LOCAL lock_timeout = "
    "'10s';"
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = "
    "off;"
    "SET LOCAL enable_material = off;"
    // How the server prints the constants in expressions: the same for whoever asks.
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = "
    "'postgres'; SET LOCAL lc_monetary = 'C';\n";

// Part of every fingerprint: what they are made of has a version of its own.
constexpr std::string_view kFingerprintFormat = "lockstep.structure/1";

class PgCatalogReader final : public database::CatalogReader {
 public:
  explicit PgCatalogReader(database::Session& session) : session_(session) {}

  plan::DatabaseIdentity identity() override {
    if (!identity_) {
      const auto result =
          ask("SELECT current_database(), system_identifier, current_setting('server_version_num')"
              " FROM pg_control_system()");
      identity_ = {result.at(0, 0), result.at(0, 1), std::stoi(result.at(0, 2))};
    }
    return *identity_;
  }

  catalog::ServerVersion version() override {
    return catalog::ServerVersion{session_.server_version()};
  }

  std::vector<database::TenantSchema> existing(const std::vector<std::string>& schemas) override {
    const auto result = ask("SELECT nspname, oid FROM pg_namespace WHERE nspname = ANY (" +
                            text_array(session_, schemas) + ") ORDER BY nspname");
    std::vector<database::TenantSchema> found;
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
      found.push_back({result.at(i, 0), std::stoll(result.at(i, 1))});
    }
    return found;
  }

  std::map<std::string, std::string> fingerprints(const std::vector<std::string>& tenants,
                                                  const std::vector<std::string>& shared_schemas,
                                                  const CatalogRequest& request) override;
  Catalog read(const std::string& tenant, const std::vector<std::string>& shared_schemas,
               const CatalogRequest& request) override;
  std::map<std::string, std::map<QualifiedName, RelationSize>> sizes(
      const std::vector<std::string>& tenants, const std::vector<QualifiedName>& tables) override;

  database::Rights rights(const std::vector<database::Needs>& needs,
                          const std::string& ledger_schema) override {
    return rights_from(ask(rights_query(session_, needs, ledger_schema)));
  }

 private:
  database::Result ask(std::string_view query) {
    return session_.execute(std::string(kSettings) + std::string(query));
  }

  database::Session& session_;
  std::optional<plan::DatabaseIdentity> identity_;
};

std::map<std::string, std::string> PgCatalogReader::fingerprints(
    const std::vector<std::string>& tenants, const std::vector<std::string>& shared_schemas,
    const CatalogRequest& request) {
  const CatalogQuery query(session_, {tenants, shared_schemas, request}, version().number, false);
  // A row for each tenant, so that one without any of the objects is measured too.
  std::string facts = fmt::format(
      "SELECT n.nspname::text AS scope, ''::bytea AS digest FROM pg_namespace n"
      " WHERE n.nspname::text = ANY ({})\n",
      query.tenants());
  for (const auto& noun : nouns()) {
    // The row as text from its second column on, as the scope differs between equal tenants:
    // ROW(scope) is written as the row begins, with a parenthesis where the next comma is.
    facts += fmt::format(
        "UNION ALL SELECT q.scope, sha256(convert_to('{}' ||"
        " substr(q::text, length(ROW(q.scope)::text)), 'UTF8')) FROM ({}) q\n",
        noun.name, noun.rows(query));
  }
  const auto result = ask(fmt::format(
      "{}SELECT f.scope, encode(sha256(string_agg(f.digest, ''::bytea ORDER BY f.digest)), 'hex')\n"
      "FROM (\n{}) f GROUP BY f.scope",
      query.ctes(), facts));

  std::string shared;
  std::map<std::string, std::string> measured;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    if (result.at(i, 0).empty()) {
      shared = result.at(i, 1);
    } else {
      measured.emplace(result.at(i, 0), result.at(i, 1));
    }
  }
  std::map<std::string, std::string> fingerprints;
  const auto combine = [&](const std::string& own) {
    return core::sha256_hex(fmt::format("{}\n{}\n{}", kFingerprintFormat, own, shared));
  };
  for (const auto& [tenant, own] : measured) fingerprints.emplace(tenant, combine(own));
  if (std::find(tenants.begin(), tenants.end(), "") != tenants.end()) {
    fingerprints.emplace("", combine(""));
  }
  return fingerprints;
}

/// Whether it is a domain that can refuse a value.
bool is_constrained(const Catalog& catalog, const QualifiedName& name) {
  const auto* type = catalog.find_type(name);
  return type != nullptr && type->kind == catalog::Type::Kind::kDomain && type->domain_constrained;
}

/// The server gives rows in any order; equal structures are to be equal values.
void put_in_order(catalog::Relation& relation) {
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(relation.constraints.begin(), relation.constraints.end(), by_name);
  std::sort(relation.indexes.begin(), relation.indexes.end(), by_name);
  std::sort(relation.triggers.begin(), relation.triggers.end(), by_name);
  std::sort(relation.publications.begin(), relation.publications.end());
  std::sort(relation.listed_in.begin(), relation.listed_in.end());
  std::sort(relation.referenced_by.begin(), relation.referenced_by.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.table, a.constraint) < std::tie(b.table, b.constraint);
            });
  std::sort(relation.dependants.begin(), relation.dependants.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.kind, a.name, a.columns) < std::tie(b.kind, b.name, b.columns);
            });
}

Catalog PgCatalogReader::read(const std::string& tenant,
                              const std::vector<std::string>& shared_schemas,
                              const CatalogRequest& request) {
  std::vector<std::string> tenants;
  if (!tenant.empty()) tenants.push_back(tenant);
  const CatalogQuery query(session_, {tenants, shared_schemas, request}, version().number, true);
  // Extensions and schemas are context of a structure, not a part of it.
  auto text =
      query.ctes() + fmt::format(
                         "SELECT 'extension', to_json(e.extname)::text FROM pg_extension e\n"
                         "UNION ALL SELECT 'schema', to_json(n.nspname)::text"
                         " FROM pg_namespace n WHERE n.nspname::text = ANY ({})\n",
                         query.shared());
  for (const auto& noun : nouns()) {
    text += fmt::format("UNION ALL SELECT '{}', (to_jsonb(q) - 'scope')::text FROM ({}) q\n",
                        noun.name, noun.rows(query));
  }
  const auto result = ask(text);

  Catalog catalog;
  catalog.version = version();
  catalog.shared_schemas = shared_schemas;
  if (tenant.empty() && !shared_schemas.empty()) catalog.creation_schema = shared_schemas.front();
  const auto rows_of = [&](std::string_view noun, const auto& add) {
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
      if (result.at(i, 0) == noun) add(Json::parse(result.at(i, 1)));
    }
  };
  rows_of("extension", [&](const Json& row) { catalog.extensions.insert(row.get<std::string>()); });
  rows_of("schema", [&](const Json& row) { catalog.schemas.insert(row.get<std::string>()); });
  for (const auto& noun : nouns()) {
    rows_of(noun.name, [&](const Json& row) { noun.add(row, catalog); });
  }
  std::sort(catalog.functions.begin(), catalog.functions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.signature) < std::tie(b.name, b.signature);
  });
  std::sort(catalog.users.begin(), catalog.users.end(), [](const auto& a, const auto& b) {
    return std::tie(a.object, a.signature, a.user, a.kind, a.part) <
           std::tie(b.object, b.signature, b.user, b.kind, b.part);
  });
  for (auto& user : catalog.users) user.said = catalog.words_of(user);
  for (auto& [name, relation] : catalog.relations) {
    put_in_order(relation);
    for (auto& column : relation.columns) {
      column.constrained_domain = is_constrained(catalog, column.type_name);
    }
  }
  return catalog;
}

std::map<std::string, std::map<QualifiedName, RelationSize>> PgCatalogReader::sizes(
    const std::vector<std::string>& tenants, const std::vector<QualifiedName>& tables) {
  CatalogRequest request;
  request.relations.insert(tables.begin(), tables.end());
  const CatalogQuery query(session_, {tenants, {}, request}, version().number, false);
  // A partitioned table is as large as its partitions. Views and sequences have no size here. As
  // statistics know it: pg_relation_size() waits for whoever locks a table, and gives NULL for one
  // that is dropped meanwhile.
  const auto result =
      ask(query.ctes() +
          "SELECT r.scope, r.schema, r.name, z.rows,"
          " z.pages * current_setting('block_size')::bigint AS bytes\n"
          "FROM rel r JOIN pg_class c ON c.oid = r.oid\n"
          "CROSS JOIN LATERAL (\n"
          "  SELECT greatest(c.reltuples, 0) AS rows, c.relpages::bigint AS pages\n"
          "   WHERE c.relkind IN ('r', 'm')\n"
          "  UNION ALL\n"
          "  SELECT coalesce(sum(greatest(p.reltuples, 0)), 0), "
          "coalesce(sum(p.relpages), 0)\n"
          "    FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid AND t.isleaf\n"
          "   WHERE c.relkind = 'p' HAVING c.relkind = 'p') z");
  std::map<std::string, std::map<QualifiedName, RelationSize>> sizes;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const QualifiedName name{result.at(i, 1), result.at(i, 2)};
    // Partitions come with their table; they were not asked for.
    if (request.relations.count(name) == 0) continue;
    sizes[result.at(i, 0)].emplace(
        name, RelationSize{std::stod(result.at(i, 3)), std::stoll(result.at(i, 4))});
  }
  return sizes;
}

}  // namespace

std::unique_ptr<database::CatalogReader> open_catalog_reader(database::Session& session) {
  return std::make_unique<PgCatalogReader>(session);
}

}  // namespace lockstep::postgres
