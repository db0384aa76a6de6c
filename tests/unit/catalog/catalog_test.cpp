#include "lockstep/catalog/catalog.h"

#include <string>
#include <vector>

#include "lockstep/catalog/request.h"
#include "tests/support/catch.h"

using namespace lockstep::catalog;
using lockstep::core::kTenantSchema;

namespace {

const std::string kTenant{kTenantSchema};

Relation& add(Catalog& catalog, const QualifiedName& name,
              RelationKind kind = RelationKind::kTable) {
  auto& relation = catalog.relations[name];
  relation.name = name;
  relation.kind = kind;
  return relation;
}

void add_index(Relation& table, const std::string& name) {
  Index index;
  index.name = name;
  table.indexes.push_back(index);
}

void add_function(Catalog& catalog, const QualifiedName& name, const std::string& signature) {
  Function function;
  function.name = name;
  function.signature = signature;
  catalog.functions.push_back(function);
}

/// users in the tenant and in shared; plans in shared and, hidden behind it, in billing.
Catalog two_shared_schemas() {
  Catalog catalog;
  catalog.shared_schemas = {"shared", "billing"};
  add(catalog, {kTenant, "users"});
  add(catalog, {"shared", "users"});
  add(catalog, {"shared", "plans"});
  add(catalog, {"billing", "plans"});
  add(catalog, {"elsewhere", "secrets"});
  return catalog;
}

QualifiedName found(const Catalog& catalog, const QualifiedName& written) {
  const auto* relation = catalog.find(written);
  return relation == nullptr ? QualifiedName{} : relation->name;
}

}  // namespace

TEST_CASE("a server version has a major and a minor") {
  CHECK(ServerVersion{150018}.major() == 15);
  CHECK(ServerVersion{150018}.minor() == 18);
  CHECK(ServerVersion{150018}.text() == "15.18");
  CHECK(ServerVersion{180000}.text() == "18.0");
}

TEST_CASE("kinds of relations have PostgreSQL's words") {
  CHECK(to_string(RelationKind::kTable) == "table");
  CHECK(to_string(RelationKind::kPartitionedTable) == "partitioned table");
  CHECK(to_string(RelationKind::kView) == "view");
  CHECK(to_string(RelationKind::kMaterializedView) == "materialized view");
  CHECK(to_string(RelationKind::kSequence) == "sequence");
  CHECK(to_string(RelationKind::kForeignTable) == "foreign table");
  CHECK(to_string(RelationKind::kOther) == "relation");
}

TEST_CASE("a relation's parts are found by name") {
  Relation table;
  table.columns = {Column{.name = "id"}, Column{.name = "email"}};
  table.constraints = {Constraint{.name = "c"},
                       Constraint{.name = "users_pkey", .kind = ConstraintKind::kPrimaryKey}};
  add_index(table, "users_pkey");
  const Relation& same = table;
  CHECK(same.column("email") == &same.columns[1]);
  CHECK(table.column("id") == &table.columns[0]);
  CHECK(same.column("ID") == nullptr);
  CHECK(same.constraint("c") == &same.constraints[0]);
  CHECK(same.constraint("d") == nullptr);
  CHECK(same.primary_key() == &same.constraints[1]);
  CHECK(same.index("users_pkey") == same.indexes.data());
  CHECK(same.index("c") == nullptr);
  CHECK(Relation().primary_key() == nullptr);
}

TEST_CASE("an unqualified name is the tenant's, then a shared schema's in order") {
  const auto catalog = two_shared_schemas();
  CHECK(found(catalog, {"", "users"}) == QualifiedName{kTenant, "users"});
  CHECK(found(catalog, {"", "plans"}) == QualifiedName{"shared", "plans"});
  CHECK(catalog.find({"", "secrets"}) == nullptr);
}

TEST_CASE("a qualified name is taken at its word") {
  const auto catalog = two_shared_schemas();
  CHECK(found(catalog, {"billing", "plans"}) == QualifiedName{"billing", "plans"});
  CHECK(found(catalog, {"elsewhere", "secrets"}) == QualifiedName{"elsewhere", "secrets"});
  CHECK(catalog.find({"billing", "users"}) == nullptr);
  CHECK(catalog.find({kTenant, "plans"}) == nullptr);
}

TEST_CASE("in shared scope the tenant's schema is not searched") {
  auto catalog = two_shared_schemas();
  catalog.creation_schema = "shared";
  CHECK(found(catalog, {"", "users"}) == QualifiedName{"shared", "users"});
  CHECK(catalog.qualify({"", "new_table"}) == QualifiedName{"shared", "new_table"});
}

TEST_CASE("a name that nobody has is qualified to where it would be created") {
  const auto catalog = two_shared_schemas();
  CHECK(catalog.qualify({"", "new_table"}) == QualifiedName{kTenant, "new_table"});
  CHECK(catalog.qualify({"", "plans"}) == QualifiedName{"shared", "plans"});
  CHECK(catalog.qualify({"billing", "new_table"}) == QualifiedName{"billing", "new_table"});
}

TEST_CASE("an index qualifies a name as a relation does") {
  auto catalog = two_shared_schemas();
  add_index(*catalog.find({"shared", "plans"}), "plans_name_idx");
  CHECK(catalog.qualify({"", "plans_name_idx"}) == QualifiedName{"shared", "plans_name_idx"});
}

TEST_CASE("only a partial catalog assumes what it does not know") {
  auto catalog = two_shared_schemas();
  CHECK(catalog.find_or_assume({"", "orders"}) == nullptr);
  catalog.partial = true;
  auto* assumed = catalog.find_or_assume({"", "orders"});
  REQUIRE(assumed != nullptr);
  CHECK(assumed->assumed);
  CHECK(assumed->name == QualifiedName{kTenant, "orders"});
  CHECK(catalog.find_or_assume({"", "orders"}) == assumed);
  CHECK(catalog.find({kTenant, "orders"}) == assumed);
  CHECK_FALSE(catalog.find_or_assume({"", "users"})->assumed);
}

TEST_CASE("types are found along the same path") {
  Catalog catalog;
  catalog.shared_schemas = {"shared"};
  catalog.types[{"shared", "mood"}] = {.name = {"shared", "mood"}, .kind = Type::Kind::kEnum};
  REQUIRE(catalog.find_type({"", "mood"}) != nullptr);
  CHECK(catalog.find_type({"", "mood"})->kind == Type::Kind::kEnum);
  CHECK(catalog.find_type({kTenant, "mood"}) == nullptr);
  catalog.types[{kTenant, "mood"}] = {.name = {kTenant, "mood"}, .kind = Type::Kind::kDomain};
  CHECK(catalog.find_type({"", "mood"})->kind == Type::Kind::kDomain);
}

TEST_CASE("overloads of all visible schemas count, but for hidden signatures") {
  Catalog catalog;
  catalog.shared_schemas = {"shared"};
  add_function(catalog, {"shared", "f"}, "integer");
  add_function(catalog, {"shared", "f"}, "text");
  add_function(catalog, {kTenant, "f"}, "text");
  add_function(catalog, {kTenant, "g"}, "text");
  add_function(catalog, {"elsewhere", "f"}, "json");

  std::vector<std::string> visible;
  for (const auto* function : catalog.find_functions({"", "f"})) {
    visible.push_back(function->name.schema + "(" + function->signature + ")");
  }
  CHECK(visible == std::vector<std::string>{kTenant + "(text)", "shared(integer)"});
  CHECK(catalog.find_functions({"shared", "f"}).size() == 2);
  CHECK(catalog.find_functions({"", "h"}).empty());
}

TEST_CASE("an index is found with its table") {
  auto catalog = two_shared_schemas();
  add_index(*catalog.find({"shared", "plans"}), "plans_pkey");
  add_index(*catalog.find({"billing", "plans"}), "plans_pkey");
  const auto place = catalog.find_index({"", "plans_pkey"});
  REQUIRE(place.table != nullptr);
  CHECK(place.table->name == QualifiedName{"shared", "plans"});
  CHECK(place.index->name == "plans_pkey");
  CHECK(catalog.find_index({"billing", "plans_pkey"}).table->name.schema == "billing");
  CHECK(catalog.find_index({kTenant, "plans_pkey"}).index == nullptr);
  CHECK(catalog.find_index({"", "plans"}).table == nullptr);
}

TEST_CASE("relations, indexes and composite types share one name space in each schema") {
  Catalog catalog;
  add_index(add(catalog, {kTenant, "users"}), "users_pkey");
  add(catalog, {kTenant, "users_view"}, RelationKind::kView);
  catalog.types[{kTenant, "pair"}] = {.name = {kTenant, "pair"}, .kind = Type::Kind::kComposite};
  catalog.types[{kTenant, "mood"}] = {.name = {kTenant, "mood"}, .kind = Type::Kind::kEnum};
  for (const auto* name : {"users", "users_pkey", "users_view", "pair"}) {
    INFO(name);
    CHECK(catalog.relation_name_taken(kTenant, name));
    CHECK_FALSE(catalog.relation_name_taken("shared", name));
  }
  CHECK_FALSE(catalog.relation_name_taken(kTenant, "mood"));
}

TEST_CASE("requests merge as sets") {
  CatalogRequest request{.relations = {{"", "a"}}, .functions = {{"", "f"}}, .types = {}};
  request.merge({.relations = {{"", "a"}, {"s", "b"}}, .functions = {}, .types = {{"", "t"}}});
  CHECK(request == CatalogRequest{.relations = {{"", "a"}, {"s", "b"}},
                                  .functions = {{"", "f"}},
                                  .types = {{"", "t"}}});
}
