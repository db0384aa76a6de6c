#include "tests/scenarios/structure.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace lockstep::test {

namespace {

// Since 15.20 and its siblings attoptions hold a version of the row, which says nothing of
// structure. Names print without the schema, which is first on the search_path; pretty printing
// leaves it out where it can be left out.
constexpr const char* kStructure = R"sql(
WITH relation AS (
  SELECT c.* FROM pg_catalog.pg_class c
  WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
)
SELECT format('relation %s kind=%s persistence=%s method=%s owner=%s acl=%s security=%s/%s options=%s '
              'identity=%s partition=%s of %s by %s comment=%s view=%s',
              c.oid::regclass, c.relkind, c.relpersistence, (SELECT amname FROM pg_am WHERE oid = c.relam),
              c.relowner::regrole, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
              c.relreplident, pg_get_expr(c.relpartbound, c.oid),
              (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno)
               FROM pg_inherits i WHERE i.inhrelid = c.oid),
              CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
              obj_description(c.oid, 'pg_class'),
              CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END) AS line
FROM relation c
UNION ALL
SELECT format('column %s.%s #%s %s notnull=%s default=%s identity=%s generated=%s collation=%s storage=%s '
              'compression=%s statistics=%s options=%s acl=%s inherited=%s/%s comment=%s',
              a.attrelid::regclass, a.attname,
              row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
              format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
              a.attidentity, a.attgenerated, nullif(a.attcollation, 0)::regcollation, a.attstorage,
              a.attcompression, coalesce(a.attstattarget, -1),
              (SELECT string_agg(o, ',') FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\_attver=%'), a.attacl, a.attislocal,
              a.attinhcount, col_description(a.attrelid, a.attnum))
FROM pg_attribute a JOIN relation c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
UNION ALL
SELECT format('constraint %s on %s%s: %s deferrable=%s/%s validated=%s inherited=%s/%s index=%s comment=%s',
              k.conname, nullif(k.conrelid, 0)::regclass, nullif(k.contypid, 0)::regtype,
              pg_get_constraintdef(k.oid, true), k.condeferrable, k.condeferred, k.convalidated,
              k.conislocal, k.coninhcount, nullif(k.conindid, 0)::regclass,
              obj_description(k.oid, 'pg_constraint'))
FROM pg_constraint k WHERE k.connamespace = $1::text::regnamespace
UNION ALL
SELECT format('index %s valid=%s ready=%s live=%s clustered=%s identity=%s of %s comment=%s',
              pg_get_indexdef(i.indexrelid, 0, true), i.indisvalid, i.indisready, i.indislive,
              i.indisclustered, i.indisreplident,
              (SELECT h.inhparent::regclass FROM pg_inherits h WHERE h.inhrelid = i.indexrelid),
              obj_description(i.indexrelid, 'pg_class'))
FROM pg_index i JOIN relation c ON c.oid = i.indrelid
UNION ALL
SELECT format('trigger %s enabled=%s comment=%s', pg_get_triggerdef(t.oid, true), t.tgenabled,
              obj_description(t.oid, 'pg_trigger'))
FROM pg_trigger t JOIN relation c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('rule %s', pg_get_ruledef(r.oid, true))
FROM pg_rewrite r JOIN relation c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT format('policy %s on %s %s permissive=%s to=%s using=%s check=%s', p.polname, p.polrelid::regclass,
              p.polcmd, p.polpermissive, (SELECT string_agg(role::regrole::text, ',' ORDER BY role::regrole::text) FROM unnest(p.polroles) role), pg_get_expr(p.polqual, p.polrelid),
              pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN relation c ON c.oid = p.polrelid
UNION ALL
SELECT format('function %s(%s) returns %s kind=%s %s %s strict=%s definer=%s leakproof=%s parallel=%s '
              'settings=%s owner=%s acl=%s comment=%s body=%s%s',
              p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prokind,
              l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel,
              p.proconfig, p.proowner::regrole, p.proacl, obj_description(p.oid, 'pg_proc'),
              replace(p.prosrc, $1::text, '${schema}'), pg_get_function_sqlbody(p.oid))
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = $1::text::regnamespace
UNION ALL
SELECT format('type %s kind=%s base=%s notnull=%s default=%s owner=%s acl=%s comment=%s labels=%s',
              t.typname, t.typtype, nullif(t.typbasetype, 0)::regtype, t.typnotnull, t.typdefault,
              t.typowner::regrole, t.typacl, obj_description(t.oid, 'pg_type'),
              (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
               FROM pg_enum e WHERE e.enumtypid = t.oid))
FROM pg_type t WHERE t.typnamespace = $1::text::regnamespace AND t.typtype IN ('e', 'd', 'r')
UNION ALL
SELECT format('publication %s', to_jsonb(p) - 'schemaname')
FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname WHERE n.oid = $1::text::regnamespace
UNION ALL
SELECT format('sequence %s %s start=%s increment=%s limits=%s..%s cache=%s cycle=%s owner=%s', s.seqrelid::regclass,
              s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
              (SELECT d.refobjid::regclass || '.' || a.attname || ' ' || d.deptype::text
               FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
               WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')))
FROM pg_sequence s JOIN relation c ON c.oid = s.seqrelid
UNION ALL
SELECT format('statistics %s', replace(pg_get_statisticsobjdef(x.oid), quote_ident(n.nspname) || '.', ''))
FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace WHERE x.stxnamespace = $1::text::regnamespace
UNION ALL
SELECT format('schema acl=%s comment=%s', n.nspacl, obj_description(n.oid, 'pg_namespace'))
FROM pg_namespace n WHERE n.oid = $1::text::regnamespace
)sql";

constexpr const char* kStoredRelations = R"sql(
SELECT c.relname, c.relkind FROM pg_catalog.pg_class c
WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('r', 'm', 'S') ORDER BY c.relname
)sql";

/// Planning takes longer than running it, so each session plans it once.
void prepare_structure(database::Session& session) {
  constexpr const char* kPrepared =
      "SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'lockstep_structure'";
  if (!session.execute(kPrepared).empty()) return;
  session.execute("SET plan_cache_mode = force_generic_plan");
  session.execute(fmt::format("PREPARE lockstep_structure (text) AS {}", kStructure));
}

Lines first_column(const database::Result& result) {
  Lines lines;
  for (const auto& row : result.rows) lines.push_back(row.at(0).value_or("NULL"));
  return lines;
}

/// "to_jsonb(r)", where the values of columns that nobody can foretell say only whether they are
/// NULL.
std::string row_expression(const database::Session& session, const std::string& relation,
                           const std::vector<std::string>& unforeseeable) {
  std::string expression = "to_jsonb(r)";
  for (const std::string& name : unforeseeable) {
    const auto dot = name.find('.');
    if (name.substr(0, dot) != relation) continue;
    const std::string column = name.substr(dot + 1);
    expression =
        fmt::format("({} || jsonb_build_object({}, (to_jsonb(r) ->> {}) IS NULL))", expression,
                    session.quote_literal(column), session.quote_literal(column));
  }
  return expression;
}

std::string listed(const Lines& lines, const char* prefix) {
  constexpr std::size_t kEnough = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kEnough, lines.size()); ++i)
    text += prefix + lines[i] + "\n";
  if (lines.size() > kEnough)
    text += fmt::format("{}and {} more\n", prefix, lines.size() - kEnough);
  return text;
}

}  // namespace

Lines structure_of(Tenant& tenant) {
  database::Session& session = tenant.session();
  prepare_structure(session);
  const std::string schema = session.quote_identifier(tenant.schema());
  Lines lines = first_column(session.execute(
      fmt::format("EXECUTE lockstep_structure ({})", session.quote_literal(schema))));
  std::sort(lines.begin(), lines.end());
  return lines;
}

Lines rows_of(Tenant& tenant, const std::vector<std::string>& unforeseeable) {
  database::Session& session = tenant.session();
  Lines lines;
  const auto relations =
      session.execute(kStoredRelations, {session.quote_identifier(tenant.schema())});
  for (std::size_t i = 0; i < relations.rows.size(); ++i) {
    const std::string& name = relations.at(i, 0);
    const bool sequence = relations.at(i, 1) == "S";
    const std::string row =
        sequence ? "jsonb_build_object('last_value', last_value, 'is_called', is_called)"
                 : row_expression(session, name, unforeseeable);
    const auto rows = session.execute(
        fmt::format("SELECT {} || ' ' || {}::text FROM {}.{} r", session.quote_literal(name), row,
                    session.quote_identifier(tenant.schema()), session.quote_identifier(name)));
    for (std::string& line : first_column(rows)) lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string difference(const Lines& expected, const Lines& actual) {
  Lines missing;
  Lines extra;
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(),
                      std::back_inserter(missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(),
                      std::back_inserter(extra));
  return listed(missing, "- ") + listed(extra, "+ ");
}

}  // namespace lockstep::test
