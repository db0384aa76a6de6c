#include "lockstep/postgres/catalog_reader.h"

#include <algorithm>

#include "lockstep/core/names.h"
#include "tenants.h"
#include "tests/support/catch.h"

namespace lockstep::test {

using catalog::Catalog;
using catalog::CatalogRequest;
using catalog::ConstraintKind;
using catalog::RelationKind;
using core::QualifiedName;

namespace {

const std::vector<std::string> kShared{"shared"};
const std::string kTenant{core::kTenantSchema};

QualifiedName own(const std::string& name) {
  return {kTenant, name};
}

/// A database with a tenant, and a reader.
struct OneTenant {
  OneTenant() {
    create_shared(db);
    create_tenant(db, "t");
  }
  Catalog read(const CatalogRequest& request = whole_tenant()) {
    return reader->read("t", kShared, request);
  }

  TestDatabase db;
  std::unique_ptr<database::Session> session = db.connect();
  std::unique_ptr<database::CatalogReader> reader = postgres::open_catalog_reader(*session);
};

const catalog::Relation& relation(const Catalog& catalog, const std::string& name) {
  const auto found = catalog.relations.find(own(name));
  if (found == catalog.relations.end()) FAIL("no relation " << name);
  return found->second;
}

const catalog::Column& column(const catalog::Relation& table, const std::string& name) {
  const auto* found = table.column(name);
  if (found == nullptr) FAIL("no column " << name);
  return *found;
}

const catalog::Constraint& constraint(const catalog::Relation& table, const std::string& name) {
  const auto* found = table.constraint(name);
  if (found == nullptr) FAIL("no constraint " << name);
  return *found;
}

const catalog::Index& index(const catalog::Relation& table, const std::string& name) {
  const auto* found = table.index(name);
  if (found == nullptr) FAIL("no index " << name);
  return *found;
}

std::vector<std::string> dependants(const catalog::Relation& table) {
  std::vector<std::string> lines;
  for (const auto& dependant : table.dependants) {
    std::string line = dependant.kind + " " + dependant.name.name + ":";
    for (const auto& name : dependant.columns) line += " " + name;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("a reader knows which database it reads") {
  TestDatabase db;
  const auto session = db.connect();
  const auto reader = postgres::open_catalog_reader(*session);
  const auto identity = reader->identity();
  CHECK(identity.name == db.name());
  CHECK(identity.system_identifier == db.ask("SELECT system_identifier FROM pg_control_system()"));
  CHECK(std::to_string(identity.server_version) == db.ask("SHOW server_version_num"));
  CHECK(reader->version().number == identity.server_version);

  db.execute("CREATE SCHEMA a; CREATE SCHEMA \"O'Brien \"\"x\"\"\"");
  const auto found = reader->existing({"nowhere", "O'Brien \"x\"", "a"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "O'Brien \"x\"");
  CHECK(found[1].name == "a");
  CHECK(std::to_string(found[1].oid) == db.ask("SELECT 'a'::regnamespace::oid"));
  CHECK(reader->existing({}).empty());
}

TEST_CASE("columns are read in their order, with types, defaults and collations") {
  OneTenant one;
  const auto catalog = one.read();
  const auto& users = relation(catalog, "users");
  CHECK(users.kind == RelationKind::kTable);
  CHECK(users.owner == "postgres");
  REQUIRE(users.columns.size() == 14);
  CHECK(users.columns[0].name == "id");
  CHECK(users.columns[1].name == "email");
  CHECK(users.columns[13].name == "Mixed Case");

  const auto& id = column(users, "id");
  CHECK(id.type == "bigint");
  CHECK(id.type_name == QualifiedName{"pg_catalog", "int8"});
  CHECK(id.not_null);
  CHECK(id.identity == catalog::Identity::kAlways);
  CHECK_FALSE(id.default_value);
  CHECK(column(users, "email").type == "character varying(50)");
  CHECK(column(users, "email").collation.empty());
  CHECK(column(users, "phone").collation == "\"C\"");
  CHECK(column(users, "feeling").type == "mood");
  CHECK(column(users, "feeling").type_name == own("mood"));
  CHECK(column(users, "feeling").default_value->text == "'ok'::mood");
  CHECK(column(users, "feeling").default_value->origin == sql::Expr::Origin::kServer);
  CHECK(column(users, "feelings").type == "mood[]");
  CHECK(column(users, "feelings").type_name == own("mood"));
  CHECK(column(users, "code").default_value->text == "next_code()");
  CHECK(column(users, "free").default_value->text == "nextval('free_seq'::regclass)");
  CHECK(column(users, "double_score").generated == catalog::Generated::kStored);
  CHECK(column(users, "double_score").default_value->text == "twice((score)::integer)");
  CHECK(column(users, "score").constrained_domain);
  CHECK(column(users, "rank").constrained_domain);
  CHECK_FALSE(column(users, "note").constrained_domain);
  CHECK_FALSE(column(users, "phone").not_null);
  CHECK(users.row_security);
  CHECK_FALSE(users.force_row_security);
  CHECK(relation(catalog, "scratch").unlogged);
  CHECK(users.privileges ==
        std::vector<std::string>{
            "=r/postgres",
            one.db.ask("SELECT (acldefault('r', 'postgres'::regrole::oid))[1]::text"),
            "phone:=w/postgres"});
}

TEST_CASE("constraints are read from both sides") {
  OneTenant one;
  const auto catalog = one.read();
  const auto& users = relation(catalog, "users");
  const auto& orders = relation(catalog, "orders");

  const auto& check = constraint(users, "users_phone_check");
  CHECK(check.kind == ConstraintKind::kCheck);
  CHECK(check.columns == std::vector<std::string>{"phone", "score"});
  CHECK_FALSE(check.validated);
  REQUIRE(check.check);
  CHECK(check.check->text == "((length(phone) > 3) AND (twice((score)::integer) > 1))");
  CHECK(check.definition ==
        "CHECK (((length(phone) > 3) AND (twice((score)::integer) > 1))) NOT VALID");

  REQUIRE(users.primary_key());
  CHECK(users.primary_key()->name == "users_pkey");
  CHECK(users.primary_key()->index == "users_pkey");
  CHECK(constraint(users, "users_email_key").kind == ConstraintKind::kUnique);
  CHECK(constraint(users, "users_plan_fkey").referenced == QualifiedName{"shared", "plans"});

  const auto& key = constraint(orders, "orders_user_fk");
  CHECK(key.kind == ConstraintKind::kForeignKey);
  CHECK(key.columns == std::vector<std::string>{"user_id"});
  CHECK(key.referenced == own("users"));
  CHECK(key.referenced_columns == std::vector<std::string>{"id"});
  CHECK_FALSE(key.validated);
  CHECK(key.index.empty());
  CHECK(key.definition == "FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE NOT VALID");
  CHECK(constraint(orders, "orders_parent_fkey").deferrable);
  CHECK(constraint(orders, "orders_kind_fkey").referenced == own("Order Kinds"));
  CHECK(constraint(orders, "orders_during").kind == ConstraintKind::kExclusion);
  CHECK(constraint(orders, "orders_during").index == "orders_during");

  REQUIRE(users.referenced_by.size() == 1);
  CHECK(users.referenced_by[0].table == own("orders"));
  CHECK(users.referenced_by[0].constraint == "orders_user_fk");
  CHECK(users.referenced_by[0].columns == std::vector<std::string>{"user_id"});
  CHECK(users.referenced_by[0].referenced_columns == std::vector<std::string>{"id"});

  // The tenant's key to a shared table, seen from there.
  const auto plans = catalog.relations.at({"shared", "plans"});
  REQUIRE(plans.referenced_by.size() == 1);
  CHECK(plans.referenced_by[0].table == own("users"));
}

TEST_CASE("indexes are read with what they depend on") {
  OneTenant one;
  const auto catalog = one.read();
  const auto& users = relation(catalog, "users");
  const auto& phone = index(users, "users_phone_idx");
  CHECK(phone.columns == std::vector<std::string>{"", "feeling"});
  CHECK(phone.include == std::vector<std::string>{"code"});
  CHECK(phone.uses == std::set<std::string>{"phone", "feeling", "code", "score"});
  CHECK(phone.has_expressions);
  REQUIRE(phone.predicate);
  CHECK(*phone.predicate == "((feeling <> 'sad'::mood) AND ((score)::integer > 0))");
  CHECK(phone.method == "btree");
  CHECK(phone.valid);
  CHECK(phone.ready);
  CHECK_FALSE(phone.unique);
  CHECK(phone.constraint.empty());
  CHECK(phone.definition ==
        "CREATE INDEX users_phone_idx ON users USING btree (lower(phone), feeling DESC NULLS LAST) "
        "INCLUDE (code) WHERE feeling <> 'sad'::mood AND score::integer > 0");
  CHECK(index(users, "users_code_idx").method == "hash");
  CHECK(index(users, "users_pkey").primary);
  CHECK(index(users, "users_email_key").constraint == "users_email_key");
  CHECK(index(users, "users_email_key").unique);
  CHECK(index(relation(catalog, "orders"), "orders_during").exclusion);

  one.db.execute(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't.users_code_idx'::regclass");
  const auto again = one.read();
  CHECK_FALSE(index(relation(again, "users"), "users_code_idx").valid);
}

TEST_CASE("triggers, views, policies and other dependants are read") {
  OneTenant one;
  one.db.execute(
      "CREATE PUBLICATION few FOR TABLE t.users; CREATE PUBLICATION everything FOR ALL TABLES");
  const auto catalog = one.read();
  const auto& users = relation(catalog, "users");
  REQUIRE(users.triggers.size() == 2);
  CHECK(users.triggers[0].name == "users_fill");
  CHECK(users.triggers[0].function == own("fill"));
  CHECK(users.triggers[0].before);
  CHECK(users.triggers[0].row_level);
  CHECK(users.triggers[0].on_insert);
  CHECK(users.triggers[0].on_update);
  CHECK_FALSE(users.triggers[0].on_delete);
  CHECK(users.triggers[0].enabled == 'O');
  CHECK(users.triggers[0].definition ==
        "CREATE TRIGGER users_fill BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION "
        "fill('x')");
  CHECK_FALSE(users.triggers[1].before);

  CHECK(users.publications == std::vector<std::string>{"everything", "few"});
  CHECK(dependants(users) ==
        std::vector<std::string>{
            "function count_orders: id", "generated column double_score: score",
            "materialized view user_codes: code", "policy users_policy: feeling score",
            "statistics users_statistics: email phone", "view happy_users: email feeling id score",
            "view plan_users: email plan"});
  CHECK(dependants(relation(catalog, "orders")) ==
        std::vector<std::string>{"function count_orders: user_id", "rule orders_quiet: id"});
  CHECK(dependants(catalog.relations.at({"shared", "plans"})) ==
        std::vector<std::string>{"view plan_users: id name"});
  CHECK(relation(catalog, "happy_users").kind == RelationKind::kView);
  one.db.execute("SET search_path = t, shared, pg_temp");
  CHECK(relation(catalog, "happy_users").view_definition ==
        one.db.ask("SELECT pg_get_viewdef('happy_users')"));
}

TEST_CASE("partitions and sequences are read with what they belong to") {
  OneTenant one;
  const auto catalog = one.read();
  const auto& events = relation(catalog, "events");
  CHECK(events.kind == RelationKind::kPartitionedTable);
  CHECK(events.partitions == std::vector<QualifiedName>{own("events_2024"), own("events_rest")});
  CHECK(events.partition_key == std::vector<std::string>{"at", ""});
  CHECK(events.has_default_partition);
  CHECK(relation(catalog, "events_2024").parent == own("events"));
  CHECK(relation(catalog, "events_2024").columns.size() == 3);
  CHECK(relation(catalog, "free_seq").kind == RelationKind::kSequence);
  CHECK(relation(catalog, "orders_id_seq").kind == RelationKind::kSequence);
  CHECK(relation(catalog, "users_id_seq").kind == RelationKind::kSequence);

  const auto owner = relation(catalog, "orders_id_seq").owned_by;
  CHECK(owner == std::optional<catalog::ColumnName>{{own("orders"), "id"}});
  CHECK_FALSE(relation(catalog, "free_seq").owned_by);

  // A partition asks for its whole tree, an index for its table.
  const auto by_part = one.read({{{"", "events_rest"}, {"", "users_code_idx"}}, {}, {}});
  CHECK(relation(by_part, "events").partitions.size() == 2);
  CHECK(relation(by_part, "users").indexes.size() == 4);
}

TEST_CASE("types and functions are read where relations need them or they are asked for") {
  OneTenant one;
  const auto catalog = one.read();
  CHECK(catalog.types.at(own("mood")).labels == std::vector<std::string>{"sad", "ok", "happy"});
  CHECK(catalog.types.at(own("mood")).kind == catalog::Type::Kind::kEnum);
  CHECK(catalog.types.at(own("positive")).domain_constrained);
  CHECK(catalog.types.at(own("positive")).base_type == "integer");
  CHECK(catalog.types.at(own("small_positive")).base_type == "positive");
  CHECK_FALSE(catalog.types.at(own("plain")).domain_constrained);
  CHECK(catalog.types.at(own("address")).kind == catalog::Type::Kind::kComposite);
  CHECK(catalog.types.at({"shared", "colour"}).labels.size() == 2);
  CHECK(catalog.types.count(own("users")) == 0);

  const auto function = [&](const std::string& name) {
    const auto found = catalog.find_functions({"", name});
    REQUIRE(found.size() == 1);
    return *found.front();
  };
  CHECK(function("twice").name == own("twice"));
  CHECK(function("twice").signature == "integer");
  CHECK(function("twice").returns == "integer");
  CHECK(function("twice").language == "sql");
  CHECK(function("twice").volatility == catalog::Volatility::kImmutable);
  CHECK(function("twice").kind == "function");
  CHECK_FALSE(function("twice").definition_hash.empty());
  CHECK(function("next_code").volatility == catalog::Volatility::kVolatile);
  CHECK(function("fill").returns == "trigger");
  CHECK(function("helper").name == QualifiedName{"shared", "helper"});
  CHECK(function("helper").volatility == catalog::Volatility::kStable);
}

TEST_CASE("what uses a function, a sequence or a type is read with what it says") {
  OneTenant one;
  in_tenant(one.db, "t",
            "create sequence numbers; create type size as enum ('s', 'l');"
            "create function half(n integer) returns integer language sql immutable as "
            "'select n / 2';"
            "create function half(n bigint) returns bigint language sql immutable as "
            "'select n / 2';"
            "create table boxes (id integer default nextval('numbers'), kept size[], n integer "
            "default half(4) check (half(n) > 0), number integer generated always as identity);"
            "create index boxes_half on boxes (half(n)); create view halves as select half(n) as h "
            "from boxes;"
            "alter table boxes enable row level security; create policy small on boxes using "
            "(half(n) < 9);"
            "create function sized(s size) returns integer language sql as 'select 1';"
            "create domain large as size");
  CatalogRequest request;
  request.relations = {{"", "boxes"}};
  request.used_functions = {{"", "half"}};
  request.used_sequences = {{"", "numbers"}, {"", "boxes_number_seq"}};
  request.used_types = {{"", "size"}};
  const Catalog catalog = one.read(request);
  std::vector<std::string> lines;
  for (const auto& user : catalog.users) {
    CHECK(user.user.schema == kTenant);
    CHECK(catalog.still_uses(user));
    lines.push_back(user.object_kind + " " + user.object.name + "(" + user.signature +
                    "): " + user.kind + " " + user.user.name + " " + user.part);
  }
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{
                     "function half(integer): constraint boxes boxes_n_check",
                     "function half(integer): default boxes n",
                     "function half(integer): index boxes boxes_half",
                     "function half(integer): policy boxes small",
                     "function half(integer): view halves ",
                     "sequence boxes_number_seq(): identity boxes number",
                     "sequence numbers(): default boxes id",
                     "type size(): column boxes kept",
                     "type size(): function sized size",
                     "type size(): type large ",
                 });
  // What is dropped or changed since uses it no more.
  Catalog changed = catalog;
  auto& boxes = changed.relations.at(own("boxes"));
  boxes.column("n")->default_value.reset();
  boxes.indexes.clear();
  boxes.constraints.clear();
  boxes.dependants.clear();
  changed.relations.erase(own("halves"));
  for (const auto& user : changed.users) {
    CHECK(changed.still_uses(user) == (user.object.name != "half"));
  }
  CatalogRequest of_nothing_dropped;
  of_nothing_dropped.relations = {{"", "boxes"}};
  CHECK(one.read(of_nothing_dropped).users.empty());
}

TEST_CASE("a tenant whose objects are used by others has another fingerprint where it is asked") {
  OneTenant one;
  create_tenant(one.db, "u");
  in_tenant(one.db, "u", "create view doubles as select twice(1) as two");
  CatalogRequest request;
  request.functions = {{"", "twice"}};
  const auto same = one.reader->fingerprints({"t", "u"}, kShared, request);
  CHECK(same.at("t") == same.at("u"));
  request.used_functions = {{"", "twice"}};
  const auto other = one.reader->fingerprints({"t", "u"}, kShared, request);
  CHECK(other.at("t") != other.at("u"));
}

TEST_CASE("names that the plan may choose are looked for in relations and constraints") {
  OneTenant one;
  catalog::CatalogRequest request;
  request.relations = {{"", "users"}};
  for (const char* name : {"users_code_idx", "orders_pkey", "events", "positive_check", "free"}) {
    request.names.insert({"", name});
  }
  const auto catalog = one.read(request);
  // What has the name is not read for that; what is read, as orders is, which reference users, has
  // its names itself.
  CHECK(catalog.relations.count(own("events")) == 0);
  CHECK(catalog.other_relations == std::set<QualifiedName>{own("events")});
  // A domain's constraints are in the same name space.
  CHECK(catalog.other_constraints == std::set<QualifiedName>{own("positive_check")});
}

TEST_CASE("what is asked for and is not there is left out") {
  OneTenant one;
  const auto catalog =
      one.read({{{"", "nothing"}, {"nowhere", "users"}, {"shared", "users"}}, {}, {}});
  CHECK(catalog.relations.empty());
  CHECK(catalog.functions.empty());
  CHECK(catalog.types.empty());
  CHECK(catalog.schemas == std::set<std::string>{"shared"});
  CHECK(catalog.extensions == std::set<std::string>{"plpgsql"});
  CHECK(catalog.version == one.reader->version());
  CHECK_FALSE(catalog.partial);
  CHECK(one.reader->read("gone", kShared, whole_tenant()).relations.size() == 1);
}

TEST_CASE("the shared schemas are read alone") {
  OneTenant one;
  const auto catalog = one.reader->read("", kShared, whole_tenant());
  REQUIRE(catalog.relations.size() == 1);
  const auto& plans = catalog.relations.at({"shared", "plans"});
  CHECK(plans.columns.size() == 2);
  CHECK(plans.referenced_by.empty());
  CHECK(plans.dependants.empty());
  CHECK(catalog.creation_schema == "shared");
}

TEST_CASE("no text of a catalog holds the tenant's name") {
  TestDatabase db;
  create_shared(db);
  create_tenant(db, "tenant_of_mine");
  const auto session = db.connect();
  const auto reader = postgres::open_catalog_reader(*session);
  const auto catalog = reader->read("tenant_of_mine", kShared, whole_tenant());
  const auto check = [](const std::string& text) {
    CHECK_THAT(text, !Catch::Matchers::ContainsSubstring("tenant_of_mine"));
  };
  for (const auto& [name, table] : catalog.relations) {
    check(table.view_definition);
    for (const auto& c : table.columns) {
      check(c.type);
      if (c.default_value) check(c.default_value->text);
    }
    for (const auto& c : table.constraints) check(c.definition);
    for (const auto& i : table.indexes) check(i.definition);
    for (const auto& t : table.triggers) check(t.definition);
  }
}

TEST_CASE("sizes are those of each tenant's tables") {
  TestDatabase db;
  create_shared(db);
  create_tenant(db, "a");
  create_tenant(db, "B b");
  in_tenant(db, "a",
            "INSERT INTO scratch SELECT generate_series(1, 10000); ANALYZE scratch;"
            "INSERT INTO events SELECT '2024-02-02', 'x', 1 FROM generate_series(1, 1000);"
            "INSERT INTO events SELECT '2030-02-02', 'x', 1 FROM generate_series(1, 1000);"
            "ANALYZE events");
  in_tenant(db, "B b", "DROP TABLE scratch");
  const auto session = db.connect();
  const auto reader = postgres::open_catalog_reader(*session);
  const auto sizes =
      reader->sizes({"a", "B b", "gone"}, {own("scratch"), own("events"), own("nothing")});
  REQUIRE(sizes.size() == 2);
  REQUIRE(sizes.at("a").size() == 2);
  CHECK(sizes.at("a").at(own("scratch")).rows == 10000);
  CHECK(std::to_string(sizes.at("a").at(own("scratch")).bytes) ==
        db.ask("SELECT pg_relation_size('a.scratch')"));
  CHECK(sizes.at("a").at(own("events")).rows == 2000);
  CHECK(std::to_string(sizes.at("a").at(own("events")).bytes) ==
        db.ask("SELECT pg_relation_size('a.events_2024') + pg_relation_size('a.events_rest')"));
  REQUIRE(sizes.at("B b").size() == 1);
  CHECK(sizes.at("B b").at(own("events")).rows == 0);
  CHECK(sizes.at("B b").at(own("events")).bytes == 0);

  const auto other = db.connect();
  other->execute("BEGIN");
  other->execute("LOCK a.scratch");
  session->execute("SET lock_timeout = '1s'");
  CHECK(reader->sizes({"a"}, {own("scratch")}).size() == 1);
}

}  // namespace lockstep::test
