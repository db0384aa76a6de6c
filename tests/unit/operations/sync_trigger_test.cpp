// A sync trigger on a real server: what it writes, when it fires, and what takes it away.

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "lockstep/database/error.h"
#include "lockstep/operations/registry.h"
#include "lockstep/sql/parse.h"
#include "sequences/sync_trigger.h"
#include "tests/support/catch.h"
#include "tests/support/pg_cluster.h"

namespace lockstep::operations {

namespace {

/// Any operation, for the names and steps that are derived from it.
OperationPtr some_operation() {
  const sql::ParsedFile parsed =
      sql::parse("ALTER TABLE items ADD COLUMN a int;", {"7_x.sql", false});
  Origin origin;
  origin.migration = "0007";
  core::Problems problems;
  std::vector<OperationPtr> operations = recognise(parsed.statements.at(0), origin, problems);
  return std::move(operations.at(0));
}

/// The table `items` in the schema `app`, which no client has in its search_path.
class Items {
 public:
  explicit Items(const std::string& columns)
      : database_(fmt::format("CREATE SCHEMA app; CREATE TYPE app.size AS ENUM ('small', 'large');"
                              "CREATE TABLE app.items (id int PRIMARY KEY, {})",
                              columns)) {
    catalog_.creation_schema = "app";
    catalog_.shared_schemas = {"app"};
    table_.name = {"app", "items"};
    catalog_.relations.emplace(table_.name, table_);
  }

  SyncTrigger trigger(std::string statements) const {
    return {
        table_, sync_trigger_name(*operation_, table_, "size", 1), std::move(statements), {}, {}};
  }
  void create(const SyncTrigger& trigger) {
    for (const std::string& sql : create_sync_trigger(trigger, catalog_)) run(sql);
  }
  void drop(const SyncTrigger& trigger) {
    for (const std::string& sql : drop_sync_trigger(trigger)) run(sql);
  }
  void run(const std::string& sql) { database_.execute(sql); }
  std::string ask(const std::string& query) { return database_.ask(query); }
  /// The SQLSTATE it fails with, or nothing.
  std::string tried(const std::string& sql) {
    try {
      database_.execute(sql);
    } catch (const database::DatabaseError& error) {
      return error.sqlstate();
    }
    return {};
  }
  Context context() const { return {catalog_}; }
  const Operation& operation() const { return *operation_; }
  catalog::Relation& table() { return table_; }

 private:
  test::TestDatabase database_;
  catalog::Catalog catalog_;
  catalog::Relation table_;
  OperationPtr operation_ = some_operation();
};

}  // namespace

TEST_CASE("a sync trigger copies what is inserted and updated, also what other triggers set") {
  Items items("n integer, big bigint");
  items.create(items.trigger(copy_statements(items.table(), {.to = "big", .from = "n"})));
  items.run(
      "CREATE FUNCTION app.twice() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.n := NEW.n * 2; "
      "RETURN NEW; END$$;"
      "CREATE TRIGGER m BEFORE INSERT OR UPDATE ON app.items FOR EACH ROW EXECUTE FUNCTION "
      "app.twice();"
      "INSERT INTO app.items VALUES (1, 5);");
  CHECK(items.ask("SELECT big FROM app.items") == "10");
  items.run("UPDATE app.items SET id = 2");
  CHECK(items.ask("SELECT big FROM app.items") == "20");
}

TEST_CASE("a sync trigger fires for replicated rows too") {
  Items items("n integer, big bigint");
  items.create(items.trigger(copy_statements(items.table(), {.to = "big", .from = "n"})));
  items.run("SET session_replication_role = replica; INSERT INTO app.items VALUES (1, 5)");
  CHECK(items.ask("SELECT big FROM app.items") == "5");
}

TEST_CASE("an assignment does not cut what does not fit") {
  Items items("n text, short varchar(3)");
  SECTION("it fails with the client's statement") {
    items.create(items.trigger(copy_statements(items.table(), {.to = "short", .from = "n"})));
    CHECK(items.tried("INSERT INTO app.items VALUES (1, 'four')") == "22001");
  }
  SECTION("or it leaves NULL, and the client does not notice") {
    items.create(items.trigger(copy_statements(
        items.table(), {.to = "short", .from = "n", .reads = {"n"}, .may_fail = true})));
    CHECK(items.tried("INSERT INTO app.items VALUES (1, 'four'), (2, 'two')") == "");
    CHECK(items.ask("SELECT short IS NULL FROM app.items WHERE id = 1") == "t");
    CHECK(items.ask("SELECT short FROM app.items WHERE id = 2") == "two");
    items.run("UPDATE app.items SET n = 'four' WHERE id = 2");
    CHECK(items.ask("SELECT short IS NULL FROM app.items WHERE id = 2") == "t");
  }
}

TEST_CASE("what may fail keeps a value that comes with unchanged sources, byte for byte") {
  Items items("n numeric, label text");
  items.create(items.trigger(copy_statements(
      items.table(), {.to = "label", .from = "n", .reads = {"n"}, .may_fail = true})));
  items.run("INSERT INTO app.items VALUES (1, 1.0)");
  items.run("UPDATE app.items SET label = 'backfilled'");
  CHECK(items.ask("SELECT label FROM app.items") == "backfilled");
  items.run("UPDATE app.items SET n = 1.00");
  CHECK(items.ask("SELECT label FROM app.items") == "1.00");
}

TEST_CASE("an expression finds its columns and the tenant's names, whatever the client has set") {
  Items items("\"found\" text, kind app.size");
  items.create(
      items.trigger(copy_statements(items.table(), {.to = "kind",
                                                    .from = "found",
                                                    .expression = "(lower(items.found)::size)",
                                                    .reads = {"found"}})));
  items.run("SET search_path = pg_catalog; INSERT INTO app.items VALUES (1, 'SMALL')");
  CHECK(items.ask("SELECT kind FROM app.items") == "small");
}

TEST_CASE("two names of one column follow the changed side") {
  Items items("a text, b text");
  items.create(items.trigger(two_way_statements("a", "b", "'none'")));
  const auto both = [&] { return items.ask("SELECT a || '/' || b FROM app.items"); };
  items.run("INSERT INTO app.items VALUES (1)");
  CHECK(both() == "none/none");
  items.run("UPDATE app.items SET b = 'new'");
  CHECK(both() == "new/new");
  items.run("UPDATE app.items SET a = 'old'");
  CHECK(both() == "old/old");
  items.run("UPDATE app.items SET a = 'same', b = 'same'");
  CHECK(both() == "same/same");
  CHECK(items.tried("UPDATE app.items SET a = 'x', b = 'y'") == "23000");
  CHECK(items.tried("INSERT INTO app.items VALUES (2, 'x', 'y')") == "23000");
  items.run("DELETE FROM app.items; INSERT INTO app.items (id, b) VALUES (3, 'b only')");
  CHECK(both() == "b only/b only");
  items.run("UPDATE app.items SET b = NULL");
  CHECK(items.ask("SELECT a IS NULL AND b IS NULL FROM app.items") == "t");
}

TEST_CASE("rows from before the trigger get the other name with their next change") {
  Items items("a text, b text");
  items.run("INSERT INTO app.items VALUES (1, 'old')");
  items.create(items.trigger(two_way_statements("a", "b", std::nullopt)));
  items.run("UPDATE app.items SET id = 2");
  CHECK(items.ask("SELECT b FROM app.items") == "old");
}

TEST_CASE("a sync trigger is taken away with its function") {
  Items items("n integer, big bigint");
  const SyncTrigger trigger =
      items.trigger(copy_statements(items.table(), {.to = "big", .from = "n"}));
  items.create(trigger);
  items.drop(trigger);
  CHECK(items.ask("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == "0");
  CHECK(items.ask("SELECT count(*) FROM pg_proc WHERE pronamespace = 'app'::regnamespace") == "0");
}

TEST_CASE("steps of a sync trigger declare their locks and take each other back") {
  const Items items("n integer");
  const Context context = items.context();
  const Maker make{items.operation(), context};
  const SyncTrigger trigger = items.trigger("");
  const plan::Step create = create_sync_trigger_step(make, core::Phase::kExpand, trigger);
  const plan::Step drop = drop_sync_trigger_step(make, core::Phase::kContract, trigger);
  CHECK(create.locks ==
        std::vector<plan::LockClaim>{{{"app", "items"}, catalog::LockMode::kShareRowExclusive}});
  CHECK(drop.locks ==
        std::vector<plan::LockClaim>{{{"app", "items"}, catalog::LockMode::kAccessExclusive}});
  CHECK(create.undo.gives == plan::UndoGives::kExact);
  CHECK(create.undo.sql == std::get<plan::TransactionBody>(drop.body).sql);
  CHECK(drop.undo.sql == std::get<plan::TransactionBody>(create.body).sql);
}

TEST_CASE("a trigger that would fire after the sync trigger is refused by its name") {
  Items items("n integer");
  const Context context = items.context();
  const std::string name = items.trigger("").name;
  CHECK(name == "zz_items_size_sync_lockstep_0007_1");
  catalog::Trigger other;
  other.function = {"app", "f"};
  other.before = other.row_level = other.on_update = true;
  const auto judged = [&](const std::string& trigger_name) {
    other.name = trigger_name;
    items.table().triggers = {other};
    Judge judge(items.operation(), context);
    const bool last = judge_sync_trigger(judge, items.table(), name);
    CHECK(judge.take().hazards.empty() == last);
    return last;
  };
  CHECK(judged("stamp"));
  CHECK_FALSE(judged("zzz_last"));
  CHECK_FALSE(judged("\xc3\xa4rger"));
  other.before = false;
  CHECK(judged("zzz_last"));
  other.before = true;
  other.function.name = "zz_zone_sync_lockstep_0006_1";
  CHECK(judged("zz_zone_sync_lockstep_0006_1"));
}

TEST_CASE("names of sync triggers are cut without losing their place in the order") {
  const Items items("n integer");
  catalog::Relation table;
  table.name.name = std::string(63, 't');
  const std::string name = sync_trigger_name(items.operation(), table, std::string(63, 'c'), 2);
  CHECK(name.size() <= 63);
  CHECK(name.starts_with("zz_t"));
  CHECK(name != sync_trigger_name(items.operation(), table, std::string(63, 'd'), 2));
}

TEST_CASE("an expression with dollar quotes and the tenant's schema fits into the body") {
  Items items("n integer, label text");
  const std::string body = copy_statements(
      items.table(),
      {.to = "label", .from = "n", .expression = "(${schema}.f($lockstep$x$lockstep$))"});
  CHECK(body.find("${schema:body}.f") != std::string::npos);
  const auto sql = create_sync_trigger(items.trigger(body), items.context().catalog);
  CHECK(sql.front().find("$lockstep1$") != std::string::npos);
}

}  // namespace lockstep::operations
