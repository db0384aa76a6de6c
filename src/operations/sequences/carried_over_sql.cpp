#include "sequences/carried_over_sql.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/text.h"

namespace lockstep::operations {

namespace {

// --- Objects, as rows that the statements below are made of -------------------------------------

constexpr const char* kDependencies = R"(dependency AS (
    SELECT d.classid, d.objid FROM pg_depend d
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = target AND d.refobjsubid = place))";

/// How far from the table: a view of a view is 2.
constexpr const char* kViews = R"(reader (oid, depth) AS (
    SELECT w.ev_class, 1 FROM dependency d JOIN pg_rewrite w ON w.oid = d.objid
     WHERE d.classid = 'pg_rewrite'::regclass AND w.ev_class <> target
    UNION
    SELECT w.ev_class, r.depth + 1
      FROM reader r
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
                      AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid),
  view AS (
    SELECT c.*, c.oid::regclass AS shown, v.depth
      FROM (SELECT r.oid, max(r.depth) AS depth FROM reader r GROUP BY r.oid) v
      JOIN pg_class c ON c.oid = v.oid),
  rule AS (
    SELECT w.*, v.depth, v.shown
      FROM view v JOIN pg_rewrite w ON w.ev_class = v.oid AND w.rulename <> '_RETURN'))";

constexpr const char* kIdentity = R"(counter AS (
    SELECT c.*, c.oid::regclass AS shown
      FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
     WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'i'
       AND d.refclassid = 'pg_class'::regclass AND d.refobjid = target AND d.refobjsubid = place))";

constexpr const char* kAttribute =
    "SELECT a.*, 0 AS depth, target AS shown FROM pg_attribute a"
    " WHERE a.attrelid = target AND a.attnum = place";
constexpr const char* kAttributesOfViews =
    "SELECT a.*, v.depth, v.shown FROM view v JOIN pg_attribute a ON a.attrelid = v.oid";

constexpr const char* kKeys = R"(key AS (
    SELECT i.*, i.indexrelid::regclass AS shown FROM pg_index i
     WHERE i.indrelid = target AND (place = ANY (i.indkey) OR i.indexrelid = ANY (ARRAY(
           SELECT d.objid FROM dependency d WHERE d.classid = 'pg_class'::regclass)))),
  condition AS (
    SELECT k.* FROM pg_constraint k
     WHERE k.oid = ANY (ARRAY(SELECT d.objid FROM dependency d WHERE d.classid = 'pg_constraint'::regclass))
    UNION ALL
    SELECT k.* FROM pg_constraint k
     WHERE k.conrelid = target AND k.conindid IN (SELECT i.indexrelid FROM key i) AND NOT place = ANY (k.conkey)))";

constexpr const char* kTriggers =
    "SELECT t.*, 0 AS depth FROM pg_trigger t WHERE NOT t.tgisinternal AND t.oid = ANY (ARRAY("
    "SELECT d.objid FROM dependency d WHERE d.classid = 'pg_trigger'::regclass))";
constexpr const char* kTriggersOfViews =
    "SELECT t.*, v.depth FROM view v JOIN pg_trigger t ON t.tgrelid = v.oid AND NOT t.tgisinternal";

constexpr const char* kPolicies = R"(guard AS (
    SELECT p.* FROM pg_policy p
     WHERE p.oid = ANY (ARRAY(SELECT d.objid FROM dependency d WHERE d.classid = 'pg_policy'::regclass))))";

constexpr const char* kStatistics = R"(figures AS (
    SELECT s.*, format('%I.%I', n.nspname, s.stxname) AS shown
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
     WHERE s.oid = ANY (ARRAY(SELECT d.objid FROM dependency d WHERE d.classid = 'pg_statistic_ext'::regclass))))";

// --- What has privileges, and what has comments --------------------------------------------------

constexpr const char* kHeldByViews =
    "SELECT v.depth, 'TABLE' AS kind, v.shown, v.relacl AS acl,"
    " acldefault('r', v.relowner) AS usual FROM view v";
constexpr const char* kHeldBySequence =
    "SELECT 0 AS depth, 'SEQUENCE' AS kind, c.shown, c.relacl AS acl,"
    " acldefault('s', c.relowner) AS usual FROM counter c";

constexpr const char* kGrantedOnRelations =
    R"(SELECT h.depth, x.*, format('ON %s %s', h.kind, h.shown) AS object, '' AS part
      FROM held h, aclexplode(h.acl) WITH ORDINALITY AS x (grantor, grantee, privilege, grantable, number))";
constexpr const char* kGrantedOnColumns =
    R"(SELECT a.depth, x.*, format('ON TABLE %s', a.shown) AS object, format(' (%I)', a.attname) AS part
      FROM attribute a,
           aclexplode(a.attacl) WITH ORDINALITY AS x (grantor, grantee, privilege, grantable, number))";

constexpr const char* kCommented =
    R"(SELECT a.depth, format('COLUMN %s.%I', a.shown, a.attname), 'pg_class'::regclass, a.attrelid, a.attnum FROM attribute a
    UNION ALL
    SELECT 0, format('INDEX %s', i.shown), 'pg_class'::regclass, i.indexrelid, 0 FROM key i
    UNION ALL
    SELECT 0, format('CONSTRAINT %I ON %s', k.conname, k.conrelid::regclass), 'pg_constraint'::regclass, k.oid, 0
      FROM condition k)";
constexpr const char* kCommentedViews =
    R"(SELECT v.depth, format('VIEW %s', v.shown), 'pg_class'::regclass, v.oid, 0 FROM view v
    UNION ALL
    SELECT r.depth, format('RULE %I ON %s', r.rulename, r.shown), 'pg_rewrite'::regclass, r.oid, 0 FROM rule r)";
constexpr const char* kCommentedTriggers =
    "SELECT t.depth, format('TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass),"
    " 'pg_trigger'::regclass, t.oid, 0 FROM fires t";
constexpr const char* kCommentedPolicies =
    "SELECT 0, format('POLICY %I ON %s', p.polname, p.polrelid::regclass),"
    " 'pg_policy'::regclass, p.oid, 0 FROM guard p";
constexpr const char* kCommentedStatistics =
    "SELECT 0, format('STATISTICS %s', s.shown), 'pg_statistic_ext'::regclass, s.oid, 0"
    " FROM figures s";
constexpr const char* kCommentedSequence =
    "SELECT 0, format('SEQUENCE %s', c.shown), 'pg_class'::regclass, c.oid, 0 FROM counter c";

// --- Statements: depth, turn among those of an object, number, what drops it, what makes it again

constexpr const char* kMakeViews = R"(SELECT v.depth, 1, 0, format('DROP VIEW %s', v.shown),
           format('CREATE VIEW %s%s AS %s', v.shown,
                  ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)) FROM view v
    UNION ALL
    SELECT v.depth, 2, 0, NULL, format('ALTER VIEW %s OWNER TO %I', v.shown, pg_get_userbyid(v.relowner)) FROM view v
    UNION ALL
    SELECT v.depth, 5, d.adnum, NULL,
           format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', v.shown, a.attname, pg_get_expr(d.adbin, d.adrelid))
      FROM view v
      JOIN pg_attrdef d ON d.adrelid = v.oid
      JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum = d.adnum
    UNION ALL
    SELECT r.depth, 6, 0, NULL, pg_get_ruledef(r.oid) FROM rule r)";

/// Default privileges may have given a new view or sequence some that the former one had not.
constexpr const char* kRevoke = R"(SELECT h.depth, 3, 0, NULL, format('DO %L', format(
           'DECLARE role text; BEGIN FOR role IN SELECT DISTINCT CASE x.grantee WHEN 0 THEN ''PUBLIC'''
           ' ELSE quote_ident(pg_get_userbyid(x.grantee)) END FROM pg_class c,'
           ' aclexplode(coalesce(c.relacl, %L)) x WHERE c.oid = %L::regclass AND (%L OR x.grantee <> c.relowner)'
           ' LOOP EXECUTE %L || role; END LOOP; END',
           CASE WHEN h.acl IS NOT NULL THEN h.usual END, h.shown, h.acl IS NOT NULL,
           format('REVOKE ALL ON %s %s FROM ', h.kind, h.shown))) FROM held h)";
constexpr const char* kGrant = R"(SELECT g.depth, 4, g.number, NULL,
           format('GRANT %s%s %s TO %s%s', g.privilege, g.part, g.object,
                  CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                  CASE WHEN g.grantable THEN ' WITH GRANT OPTION' END) FROM granted g)";

constexpr const char* kMakeTriggers = R"(SELECT t.depth, 7, 0,
           CASE t.depth WHEN 0 THEN format('DROP TRIGGER %I ON %s', t.tgname, target) END,
           pg_get_triggerdef(t.oid) FROM fires t
    UNION ALL
    SELECT 0, 8, 0, NULL,
           format('ALTER TABLE %s %s TRIGGER %I', target,
                  CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
                  t.tgname) FROM fires t WHERE t.depth = 0 AND t.tgenabled <> 'O')";

constexpr const char* kMakePolicies =
    R"(SELECT 0, 7, 0, format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass),
           format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, p.polrelid::regclass,
                  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                  (SELECT string_agg(CASE x WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x)) END, ', ')
                     FROM unnest(p.polroles) x),
                  ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                  ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') FROM guard p)";

constexpr const char* kMakeStatistics =
    R"(SELECT 0, 7, 0, format('DROP STATISTICS %s', s.shown), pg_get_statisticsobjdef(s.oid) FROM figures s
    UNION ALL
    SELECT 0, 8, 0, NULL, format('ALTER STATISTICS %s OWNER TO %I', s.shown, pg_get_userbyid(s.stxowner)) FROM figures s
    UNION ALL
    SELECT 0, 8, 1, NULL, format('ALTER STATISTICS %s SET STATISTICS %s', s.shown, s.stxstattarget)
      FROM figures s WHERE s.stxstattarget >= 0)";

constexpr const char* kMakePublications =
    R"(SELECT 0, 7, 0, format('ALTER PUBLICATION %I DROP TABLE %s', b.pubname, target),
           format('ALTER PUBLICATION %I ADD TABLE %s%s%s', b.pubname, target,
                  (SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY n.number))
                     FROM unnest(p.prattrs::int2[]) WITH ORDINALITY AS n (attnum, number)
                     JOIN pg_attribute a ON a.attrelid = target AND a.attnum = n.attnum
                   HAVING count(*) > 0),
                  ' WHERE (' || pg_get_expr(p.prqual, target) || ')')
      FROM pg_publication_rel p
      JOIN pg_publication b ON b.oid = p.prpubid
     WHERE p.oid = ANY (ARRAY(SELECT d.objid FROM dependency d WHERE d.classid = 'pg_publication_rel'::regclass)))";

constexpr const char* kMakeProperties = R"(SELECT 0, 8, 0, NULL,
           format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', target, a.attname, a.attstattarget)
      FROM attribute a WHERE a.attrelid = target AND a.attstattarget >= 0
    UNION ALL
    SELECT 0, 8, 0, NULL, format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', target, a.attname, o.option)
      FROM attribute a, unnest(a.attoptions) AS o (option)
     WHERE a.attrelid = target AND o.option LIKE 'n\_distinct%'
    UNION ALL
    SELECT 0, 8, 0, NULL, format('ALTER TABLE %s CLUSTER ON %I', target, c.relname)
      FROM key i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisclustered
    UNION ALL
    SELECT 0, 8, 0, NULL, format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', target, c.relname)
      FROM key i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisreplident)";

constexpr const char* kComment =
    R"(SELECT c.depth, 9, 0, NULL, format('COMMENT ON %s IS %L', c.object, d.description)
      FROM commented c
      JOIN pg_description d ON d.classoid = c.classoid AND d.objoid = c.objoid AND d.objsubid = c.objsubid)";

// What is nearer is made first and dropped last. Everything is found by an index, which the server
// would not know: it has no idea how few rows there are, in catalogs that all tenants share.
constexpr const char* kBody = R"(
DECLARE
  target regclass := format('%I.%I', {schema}, {table})::regclass;
  place smallint := (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = target AND a.attname = {column});
  gone text[];
  again text[];
  each text;
BEGIN
  PERFORM set_config(name, 'off', true)
     FROM unnest(ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']) AS name;
  WITH RECURSIVE {rows}
  SELECT array_agg(p.gone ORDER BY p.depth DESC, p.turn) FILTER (WHERE p.gone IS NOT NULL),
         array_agg(p.again ORDER BY p.depth, p.turn, p.number) FILTER (WHERE p.again IS NOT NULL)
    INTO gone, again FROM part p;
  FOREACH each IN ARRAY coalesce(gone, '{{}}') LOOP
    EXECUTE each;
  END LOOP;
  PERFORM set_config('lockstep.carried', coalesce(again, '{{}}')::text, true);
END
)";

constexpr const char* kPutBack = R"(
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY current_setting('lockstep.carried')::text[] LOOP
    EXECUTE each;
  END LOOP;
END
)";

/// Those of the queries that are wanted, as one.
class Union {
 public:
  Union& add(bool wanted, const char* query) {
    if (wanted) queries_.emplace_back(query);
    return *this;
  }
  std::string as(std::string_view name) const {
    return fmt::format("{} AS (\n    {})", name, fmt::join(queries_, "\n    UNION ALL\n    "));
  }

 private:
  std::vector<std::string_view> queries_;
};

std::string rows(const TakeOff& what) {
  const bool fires = what.triggers || what.views;
  const bool held = what.views || what.identity;
  std::vector<std::string> parts{kDependencies};
  if (what.views) parts.emplace_back(kViews);
  if (what.identity) parts.emplace_back(kIdentity);
  parts.push_back(
      Union().add(true, kAttribute).add(what.views, kAttributesOfViews).as("attribute"));
  parts.emplace_back(kKeys);
  if (fires) {
    parts.push_back(Union().add(true, kTriggers).add(what.views, kTriggersOfViews).as("fires"));
  }
  if (what.policies) parts.emplace_back(kPolicies);
  if (what.statistics) parts.emplace_back(kStatistics);
  if (held) {
    parts.push_back(
        Union().add(what.views, kHeldByViews).add(what.identity, kHeldBySequence).as("held"));
  }
  parts.push_back(
      Union().add(held, kGrantedOnRelations).add(true, kGrantedOnColumns).as("granted"));
  parts.push_back(Union()
                      .add(true, kCommented)
                      .add(what.views, kCommentedViews)
                      .add(fires, kCommentedTriggers)
                      .add(what.policies, kCommentedPolicies)
                      .add(what.statistics, kCommentedStatistics)
                      .add(what.identity, kCommentedSequence)
                      .as("commented (depth, object, classoid, objoid, objsubid)"));
  parts.push_back(Union()
                      .add(true, kMakeProperties)
                      .add(what.views, kMakeViews)
                      .add(held, kRevoke)
                      .add(true, kGrant)
                      .add(fires, kMakeTriggers)
                      .add(what.policies, kMakePolicies)
                      .add(what.statistics, kMakeStatistics)
                      .add(what.publications, kMakePublications)
                      .add(true, kComment)
                      .as("part (depth, turn, number, gone, again)"));
  return fmt::format("{}", fmt::join(parts, ",\n  "));
}

}  // namespace

std::string take_off_sql(const TakeOff& what) {
  return "DO " +
         dollar_quoted(fmt::format(fmt::runtime(kBody), fmt::arg("schema", what.schema),
                                   fmt::arg("table", what.table), fmt::arg("column", what.column),
                                   fmt::arg("rows", rows(what))));
}

std::string put_back_sql() {
  return "DO " + dollar_quoted(kPutBack);
}

}  // namespace lockstep::operations
