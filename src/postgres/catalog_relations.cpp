#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog_noun.h"

// Relations themselves: kind, owner, flags, place in a partition tree, and sequences' parameters.

namespace lockstep::postgres {

using catalog::Relation;
using catalog::RelationKind;

namespace {

RelationKind kind_of(const std::string& relkind) {
  switch (relkind.empty() ? '\0' : relkind.front()) {
    case 'r':
      return RelationKind::kTable;
    case 'p':
      return RelationKind::kPartitionedTable;
    case 'v':
      return RelationKind::kView;
    case 'm':
      return RelationKind::kMaterializedView;
    case 'S':
      return RelationKind::kSequence;
    case 'f':
      return RelationKind::kForeignTable;
    default:
      return RelationKind::kOther;
  }
}

std::string relation_rows(const CatalogQuery&) {
  const auto kin = [](std::string_view other, std::string_view self, std::string_view order) {
    return fmt::format(
        "ARRAY(SELECT ARRAY[{}, kc.relname::text] FROM pg_inherits ki"
        " JOIN pg_class kc ON kc.oid = ki.{} JOIN pg_namespace kn ON kn.oid = kc.relnamespace"
        " WHERE ki.{} = r.oid ORDER BY {})",
        schema_of("kn"), other, self, order);
  };
  return fmt::format(
      R"(SELECT r.scope, r.schema, r.name AS relation, c.relkind::text AS kind,
       pg_get_userbyid(c.relowner)::text AS owner, c.relpersistence::text AS persistence,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
       c.relreplident::text AS replica_identity, c.reloptions AS options, am.amname::text AS method,
       c.reltablespace::text AS tablespace, c.relispopulated AS populated,
       {acl} AS acl, {parents} AS parents, {children} AS children,
       CASE WHEN p.partrelid IS NOT NULL THEN {key} END AS partition_key,
       CASE WHEN p.partrelid IS NOT NULL THEN {key_columns} END AS partition_columns,
       coalesce(p.partdefid, 0) <> 0 AS has_default_partition,
       CASE WHEN c.relpartbound IS NOT NULL THEN {bound} END AS bound,
       CASE WHEN c.relkind IN ('v', 'm') THEN {view} END AS view_definition
  FROM rel r
  JOIN pg_class c ON c.oid = r.oid
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_partitioned_table p ON p.partrelid = r.oid)",
      fmt::arg("acl", privileges("c.relacl")),
      fmt::arg("parents", kin("inhparent", "inhrelid", "ki.inhseqno")),
      fmt::arg("children", kin("inhrelid", "inhparent", "kn.oid = r.own, kn.nspname, kc.relname")),
      fmt::arg("key", in_path("pg_get_partkeydef(r.oid)")),
      fmt::arg("key_columns", names_of("p.partattrs::int2[]")),
      fmt::arg("bound", in_path("pg_get_expr(c.relpartbound, r.oid)")),
      fmt::arg("view", in_path("pg_get_viewdef(r.oid)")));
}

catalog::QualifiedName pair_at(const Json& pairs, std::size_t index) {
  return {pairs.at(index).at(0).get<std::string>(), pairs.at(index).at(1).get<std::string>()};
}

/// Which index it is, is known of the index.
std::string replica_identity(const std::string& relreplident) {
  if (relreplident == "f") return "FULL";
  return relreplident == "n" ? "NOTHING" : "DEFAULT";
}

void add_relation(const Json& row, catalog::Catalog& catalog) {
  Relation relation;
  relation.name = qualified(row, "schema", "relation");
  relation.kind = kind_of(text(row, "kind"));
  relation.owner = text(row, "owner");
  relation.row_security = flag(row, "row_security");
  relation.force_row_security = flag(row, "force_row_security");
  relation.unlogged = text(row, "persistence") == "u";
  relation.replica_identity = replica_identity(text(row, "replica_identity"));
  relation.privileges = texts(row, "acl");
  const auto& parents = row.at("parents");
  if (!parents.empty()) relation.parent = pair_at(parents, 0);
  const auto& children = row.at("children");
  for (std::size_t i = 0; i < children.size(); ++i) {
    relation.partitions.push_back(pair_at(children, i));
  }
  relation.partition_key = texts(row, "partition_columns");
  relation.has_default_partition = flag(row, "has_default_partition");
  relation.partition_bound = text(row, "bound");
  relation.view_definition = text(row, "view_definition");
  relation.options = texts(row, "options");
  catalog.relations.emplace(relation.name, std::move(relation));
}

std::string sequence_rows(const CatalogQuery&) {
  return fmt::format(
      R"(SELECT r.scope, {schema} AS schema, c.relname::text AS relation,
       pg_get_userbyid(c.relowner)::text AS owner, format_type(q.seqtypid, NULL) AS type,
       q.seqstart::text AS start, q.seqincrement::text AS step, q.seqmin::text AS min,
       q.seqmax::text AS max, q.seqcache::text AS cache, q.seqcycle AS cycle,
       {acl} AS acl, d.owner_table, d.owner_column
  FROM (SELECT r.scope, r.own, r.oid, NULL AS owner_table, NULL AS owner_column
          FROM rel r WHERE r.kind = 'S'
        UNION
        SELECT r.scope, r.own, d.objid, r.name::text, a.attname::text
          FROM rel r
          JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
                          AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                          AND d.objsubid = 0
          JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid) d
       (scope, own, oid, owner_table, owner_column)
  JOIN pg_class c ON c.oid = d.oid
  JOIN pg_sequence q ON q.seqrelid = d.oid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT d.scope, d.own) r)",
      fmt::arg("schema", schema_of("n")), fmt::arg("acl", privileges("c.relacl")));
}

std::string sequence_options(const Json& row) {
  return fmt::format("AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {} {}CYCLE",
                     text(row, "type"), text(row, "step"), text(row, "min"), text(row, "max"),
                     text(row, "start"), text(row, "cache"), flag(row, "cycle") ? "" : "NO ");
}

/// A column's own sequence is read with its table.
void add_sequence(const Json& row, catalog::Catalog& catalog) {
  Relation sequence;
  sequence.name = qualified(row, "schema", "relation");
  sequence.kind = RelationKind::kSequence;
  sequence.owner = text(row, "owner");
  sequence.privileges = texts(row, "acl");
  Relation& known = catalog.relations.try_emplace(sequence.name, sequence).first->second;
  known.sequence = {text(row, "type"), text(row, "start"), text(row, "step"), text(row, "min"),
                    text(row, "max"),  text(row, "cache"), flag(row, "cycle")};
  known.sequence_options = sequence_options(row);
  const std::string table = text(row, "owner_table");
  if (!table.empty()) known.owned_by = {{sequence.name.schema, table}, text(row, "owner_column")};
}

/// Who has a name that the plan may choose.
std::string taken_name_rows(const CatalogQuery& query) {
  if (query.wanted_names().empty()) return {};
  return fmt::format(
      R"(SELECT s.scope, {schema} AS schema, w.name, 'relation' AS kind,
       coalesce(t.relname, c.relname)::text AS relation
  FROM {wanted}
  JOIN pg_class c ON c.relname = w.name
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_class t ON t.oid = i.indrelid
  {scope}
UNION ALL
SELECT s.scope, {schema}, w.name, 'constraint', t.relname::text
  FROM {wanted}
  JOIN pg_constraint k ON k.conname = w.name
  JOIN pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_class t ON t.oid = k.conrelid
  {scope})",
      fmt::arg("schema", schema_of("n", "s")), fmt::arg("wanted", query.wanted_names()),
      fmt::arg("scope", query.scope_of_wanted()));
}

/// A relation that is read has its names itself.
void add_taken_name(const Json& row, catalog::Catalog& catalog) {
  if (catalog.relations.count(qualified(row, "schema", "relation")) != 0) return;
  auto& names =
      text(row, "kind") == "relation" ? catalog.other_relations : catalog.other_constraints;
  names.insert(qualified(row, "schema", "name"));
}

}  // namespace

const Noun kRelationNoun{"relation", relation_rows, add_relation};
const Noun kSequenceNoun{"sequence", sequence_rows, add_sequence};
const Noun kTakenNameNoun{"name", taken_name_rows, add_taken_name};

}  // namespace lockstep::postgres
