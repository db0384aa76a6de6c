#include "sequences/view_anew.h"

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"

namespace lockstep::operations {

namespace {

// Of the view {0}.{1} what was that of {0}.{2}. Default privileges may have given the new one some
// that the former had not. No list of statements made beforehand would know what each tenant has.
constexpr const char* kCarryOver = R"(DO $lockstep$
DECLARE
  former pg_class := (SELECT c FROM pg_class c WHERE c.oid = format('%I.%I', {0}, {2})::regclass);
  made regclass := format('%I.%I', {0}, {1})::regclass;
  each record;
BEGIN
  EXECUTE format('ALTER VIEW %s OWNER TO %I', made, pg_get_userbyid(former.relowner));
  FOR each IN
    SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee
      FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
     WHERE c.oid = made AND former.relacl IS NOT NULL
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', made, each.grantee);
  END LOOP;
  FOR each IN
    SELECT x.privilege_type || coalesce(x.attribute, '') AS privilege,
           CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee,
           CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
      FROM (SELECT g.*, NULL AS attribute FROM aclexplode(former.relacl) g
            UNION ALL
            SELECT g.*, format(' (%I)', a.attname)
              FROM pg_attribute a, aclexplode(a.attacl) g
             WHERE a.attrelid = former.oid AND EXISTS (
                   SELECT FROM pg_attribute n WHERE n.attrelid = made AND n.attname = a.attname)) x
  LOOP
    EXECUTE format('GRANT %s ON %s TO %s%s', each.privilege, made, each.grantee, each.option);
  END LOOP;
  FOR each IN
    SELECT CASE d.objsubid WHEN 0 THEN format('VIEW %s', made) ELSE format('COLUMN %s.%I', made, a.attname) END AS object,
           d.description
      FROM pg_description d
      LEFT JOIN pg_attribute a ON a.attrelid = former.oid AND a.attnum = d.objsubid
     WHERE d.objoid = former.oid AND d.classoid = 'pg_class'::regclass
       AND (d.objsubid = 0 OR EXISTS (
           SELECT FROM pg_attribute n WHERE n.attrelid = made AND n.attname = a.attname))
  LOOP
    EXECUTE format('COMMENT ON %s IS %L', each.object, each.description);
  END LOOP;
END
$lockstep$)";

/// The schema as a literal within the body.
std::string schema_literal(const core::QualifiedName& view) {
  return view.in_tenant() ? fmt::format("'{}'", core::kTenantSchemaInLiteralInBody)
                          : sql::quote_literal(view.schema);
}

}  // namespace

std::string aside_name(const core::QualifiedName& view, const std::string& migration) {
  return catalog::helper_name(migration, 1, view.name + "_former");
}

bool can_be_carried_over(const core::QualifiedName& view) {
  return view.name.find('$') == std::string::npos &&
         (view.in_tenant() || view.schema.find('$') == std::string::npos);
}

std::vector<std::string> make_view_anew(const core::QualifiedName& view, const std::string& aside,
                                        const std::string& create) {
  const std::string former = sql::quote(core::QualifiedName{view.schema, aside});
  return {fmt::format("ALTER VIEW {} RENAME TO {}", sql::quote(view), sql::quote_identifier(aside)),
          create,
          fmt::format(fmt::runtime(kCarryOver), schema_literal(view), sql::quote_literal(view.name),
                      sql::quote_literal(aside)),
          "DROP VIEW " + former};
}

}  // namespace lockstep::operations
