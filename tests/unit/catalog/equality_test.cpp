#include <string>
#include <utility>
#include <vector>

#include "lockstep/catalog/catalog.h"
#include "lockstep/core/names.h"
#include "tests/support/catch.h"

using namespace lockstep::catalog;
using lockstep::sql::Expr;

namespace {

const std::string kTenant{lockstep::core::kTenantSchema};

Expr expression(const std::string& text, Expr::Origin origin) {
  Expr expr;
  expr.text = text;
  expr.origin = origin;
  return expr;
}

/// A table with one of everything, as a server shows it.
Relation full_table() {
  Relation table;
  table.name = {kTenant, "users"};
  table.owner = "app";
  table.columns = {Column{.name = "id", .type = "integer", .type_name = {"pg_catalog", "int4"}},
                   Column{.name = "email",
                          .type = "text",
                          .default_value = expression("''::text", Expr::Origin::kServer)}};
  table.constraints = {
      Constraint{.name = "users_check",
                 .columns = {"email"},
                 .definition = "CHECK ((email <> ''::text))",
                 .check = expression("(email <> ''::text)", Expr::Origin::kServer)},
      Constraint{.name = "users_pkey", .kind = ConstraintKind::kPrimaryKey, .columns = {"id"}}};
  Index index;
  index.name = "users_lower_idx";
  index.definition = "CREATE INDEX users_lower_idx ON ${schema}.users USING btree (lower(email))";
  index.predicate = "(email IS NOT NULL)";
  table.indexes = {index};
  Trigger trigger;
  trigger.name = "touch";
  trigger.definition = "CREATE TRIGGER touch ...";
  table.triggers = {trigger};
  table.referenced_by = {{{kTenant, "orders"}, "orders_user_fkey", {"user_id"}, {"id"}}};
  table.dependants = {{"view", {kTenant, "emails"}, {"email"}}};
  table.privileges = {"app=r/app", "web=r/app"};
  return table;
}

/// Whether a change of the full table can be seen.
template <typename Change>
bool tells(Change change) {
  auto changed = full_table();
  change(changed);
  const bool differs = !(changed == full_table());
  CHECK((full_table() == changed) == !differs);
  return differs;
}

}  // namespace

TEST_CASE("every part of a table's structure counts") {
  CHECK(tells([](Relation& t) { t.name.name = "people"; }));
  CHECK(tells([](Relation& t) { t.kind = RelationKind::kView; }));
  CHECK(tells([](Relation& t) { t.owner = "other"; }));
  CHECK(tells([](Relation& t) { t.columns.pop_back(); }));
  CHECK(tells([](Relation& t) { std::swap(t.columns[0], t.columns[1]); }));
  CHECK(tells([](Relation& t) { t.constraints.pop_back(); }));
  CHECK(tells([](Relation& t) { t.indexes.clear(); }));
  CHECK(tells([](Relation& t) { t.triggers.clear(); }));
  CHECK(tells([](Relation& t) { t.referenced_by[0].constraint = "x"; }));
  CHECK(tells([](Relation& t) { t.dependants.clear(); }));
  CHECK(tells([](Relation& t) { t.partitions = {{kTenant, "users_1"}}; }));
  CHECK(tells([](Relation& t) { t.parent = {kTenant, "all"}; }));
  CHECK(tells([](Relation& t) { t.partition_key = {"id"}; }));
  CHECK(tells([](Relation& t) { t.has_default_partition = true; }));
  CHECK(tells([](Relation& t) { t.row_security = true; }));
  CHECK(tells([](Relation& t) { t.force_row_security = true; }));
  CHECK(tells([](Relation& t) { t.unlogged = true; }));
  CHECK(tells([](Relation& t) { t.publications = {"p"}; }));
  CHECK(tells([](Relation& t) { t.privileges.pop_back(); }));
}

TEST_CASE("every part of a column counts") {
  CHECK(tells([](Relation& t) { t.columns[1].name = "mail"; }));
  CHECK(tells([](Relation& t) { t.columns[1].type = "character varying(50)"; }));
  CHECK(tells([](Relation& t) { t.columns[1].type_name = {"public", "citext"}; }));
  CHECK(tells([](Relation& t) { t.columns[1].not_null = true; }));
  CHECK(tells([](Relation& t) { t.columns[1].default_value.reset(); }));
  CHECK(tells([](Relation& t) { t.columns[1].default_value->text = "'x'::text"; }));
  CHECK(tells([](Relation& t) { t.columns[1].identity = Identity::kAlways; }));
  CHECK(tells([](Relation& t) { t.columns[1].generated = Generated::kStored; }));
  CHECK(tells([](Relation& t) { t.columns[1].collation = "C"; }));
  CHECK(tells([](Relation& t) { t.columns[1].constrained_domain = true; }));
}

TEST_CASE("every part of a constraint counts") {
  CHECK(tells([](Relation& t) { t.constraints[0].name = "x"; }));
  CHECK(tells([](Relation& t) { t.constraints[0].kind = ConstraintKind::kUnique; }));
  CHECK(tells([](Relation& t) { t.constraints[0].columns = {"id"}; }));
  CHECK(tells([](Relation& t) { t.constraints[0].definition = "CHECK (true)"; }));
  CHECK(tells([](Relation& t) { t.constraints[0].check.reset(); }));
  CHECK(tells([](Relation& t) { t.constraints[0].validated = false; }));
  CHECK(tells([](Relation& t) { t.constraints[0].deferrable = true; }));
  CHECK(tells([](Relation& t) { t.constraints[0].referenced = {kTenant, "x"}; }));
  CHECK(tells([](Relation& t) { t.constraints[0].referenced_columns = {"id"}; }));
  CHECK(tells([](Relation& t) { t.constraints[0].index = "x"; }));
}

TEST_CASE("every part of an index counts") {
  CHECK(tells([](Relation& t) { t.indexes[0].name = "x"; }));
  CHECK(tells([](Relation& t) { t.indexes[0].definition = "x"; }));
  CHECK(tells([](Relation& t) { t.indexes[0].method = "hash"; }));
  CHECK(tells([](Relation& t) { t.indexes[0].columns = {"email"}; }));
  CHECK(tells([](Relation& t) { t.indexes[0].include = {"id"}; }));
  CHECK(tells([](Relation& t) { t.indexes[0].uses = {"id"}; }));
  CHECK(tells([](Relation& t) { t.indexes[0].has_expressions = true; }));
  CHECK(tells([](Relation& t) { t.indexes[0].predicate.reset(); }));
  CHECK(tells([](Relation& t) { t.indexes[0].predicate = "(id > 0)"; }));
  CHECK(tells([](Relation& t) { t.indexes[0].unique = true; }));
  CHECK(tells([](Relation& t) { t.indexes[0].primary = true; }));
  CHECK(tells([](Relation& t) { t.indexes[0].valid = false; }));
  CHECK(tells([](Relation& t) { t.indexes[0].ready = false; }));
  CHECK(tells([](Relation& t) { t.indexes[0].exclusion = true; }));
  CHECK(tells([](Relation& t) { t.indexes[0].constraint = "x"; }));
}

TEST_CASE("every part of a trigger counts") {
  CHECK(tells([](Relation& t) { t.triggers[0].name = "x"; }));
  CHECK(tells([](Relation& t) { t.triggers[0].definition = "x"; }));
  CHECK(tells([](Relation& t) { t.triggers[0].function = {kTenant, "f"}; }));
  CHECK(tells([](Relation& t) { t.triggers[0].before = true; }));
  CHECK(tells([](Relation& t) { t.triggers[0].row_level = true; }));
  CHECK(tells([](Relation& t) { t.triggers[0].on_insert = true; }));
  CHECK(tells([](Relation& t) { t.triggers[0].on_update = true; }));
  CHECK(tells([](Relation& t) { t.triggers[0].on_delete = true; }));
  CHECK(tells([](Relation& t) { t.triggers[0].enabled = 'D'; }));
}

TEST_CASE("how a plan came to a table does not count") {
  CHECK_FALSE(tells([](Relation& t) { t.created_by = "0007"; }));
  CHECK_FALSE(tells([](Relation& t) { t.assumed = true; }));
  CHECK_FALSE(tells([](Relation& t) { t.columns[0].added_by_plan = true; }));
}

TEST_CASE("the order of what is not a column does not count") {
  CHECK_FALSE(tells([](Relation& t) { std::swap(t.constraints[0], t.constraints[1]); }));
  CHECK_FALSE(tells([](Relation& t) { std::swap(t.privileges[0], t.privileges[1]); }));
}

TEST_CASE("text that only a server prints is not held against a folded catalog") {
  CHECK_FALSE(tells(
      [](Relation& t) { t.columns[1].default_value = expression("''", Expr::Origin::kAuthor); }));
  CHECK_FALSE(tells([](Relation& t) {
    t.constraints[0].definition.clear();
    t.constraints[0].check = expression("email <> ''", Expr::Origin::kAuthor);
  }));
  CHECK_FALSE(tells([](Relation& t) { t.owner.clear(); }));
  CHECK_FALSE(tells([](Relation& t) { t.indexes[0].definition.clear(); }));
  CHECK_FALSE(tells([](Relation& t) { t.triggers[0].definition.clear(); }));
}

TEST_CASE("two texts of the same origin do differ") {
  Column a{.name = "c", .default_value = expression("1", Expr::Origin::kAuthor)};
  Column b{.name = "c", .default_value = expression("2", Expr::Origin::kAuthor)};
  CHECK_FALSE(a == b);
}

TEST_CASE("a catalog is what exists, not how it was read") {
  Catalog a;
  a.relations[{kTenant, "users"}] = full_table();
  Function f;
  f.name = {kTenant, "f"};
  f.definition_hash = "1";
  Function g;
  g.name = {kTenant, "g"};
  a.functions = {f, g};

  Catalog b = a;
  b.version = {180000};
  b.partial = true;
  b.shared_schemas = {"shared"};
  b.creation_schema = "shared";
  std::swap(b.functions[0], b.functions[1]);
  CHECK(a == b);
  b.functions[1].definition_hash.clear();
  CHECK(a == b);
  b.functions[1].definition_hash = "2";
  CHECK_FALSE(a == b);

  const auto tells_catalogs_apart = [&a](auto change) {
    auto changed = a;
    change(changed);
    return !(changed == a);
  };
  CHECK(tells_catalogs_apart([](Catalog& c) { c.relations.clear(); }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions.pop_back(); }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions[0].volatility = Volatility::kStable; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions[0].signature = "text"; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions[0].returns = "text"; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions[0].language = "sql"; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.functions[0].kind = "procedure"; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.types[{kTenant, "t"}] = {}; }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.schemas.insert("x"); }));
  CHECK(tells_catalogs_apart([](Catalog& c) { c.extensions.insert("citext"); }));
}
