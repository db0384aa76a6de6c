#include "parsing.h"

using namespace lockstep::sql;

namespace {

template <class T>
T only_action(std::string_view text) {
  auto table = parse_one<AlterTable>(text);
  REQUIRE(table.actions.size() == 1);
  REQUIRE(std::holds_alternative<T>(table.actions.front()));
  return std::get<T>(std::move(table.actions.front()));
}

std::string other(std::string_view text) {
  const auto action = only_action<OtherAlterTable>(text);
  return action.argument.empty() ? action.what : action.what + ": " + action.argument;
}

}  // namespace

TEST_CASE("actions in their order, each with its span") {
  const auto table = parse_one<AlterTable>(
      "ALTER TABLE IF EXISTS s.t * ADD a numeric(3, 1) DEFAULT f(1, 2),\n"
      "  DROP COLUMN IF EXISTS b CASCADE , ALTER c SET NOT NULL");
  CHECK(table.name == QualifiedName{"s", "t"});
  CHECK(table.if_exists);
  CHECK_FALSE(table.only);
  CHECK(table.object_type == "TABLE");
  REQUIRE(table.actions.size() == 3);
  REQUIRE(table.action_spans.size() == 3);
  CHECK(std::get<AddColumn>(table.actions[0]).column.default_value->text == "f(1, 2)");
  CHECK(std::get<DropColumn>(table.actions[1]).cascade);
  CHECK(std::get<DropColumn>(table.actions[1]).if_exists);
  CHECK(std::get<SetNotNull>(table.actions[2]).column == "c");
  CHECK(table.action_spans[0].begin == 28);
  CHECK(parse_one<AlterTable>("ALTER TABLE ONLY (t) DROP a").only);
  CHECK(parse_one<AlterTable>("ALTER VIEW v ALTER c SET DEFAULT 1").object_type == "VIEW");
  CHECK(parse_one<AlterTable>("ALTER MATERIALIZED VIEW v SET (fillfactor = 9)").object_type ==
        "MATERIALIZED VIEW");
  CHECK(
      parse_one<AlterTable>("ALTER TYPE y ADD ATTRIBUTE a int, DROP ATTRIBUTE b").actions.size() ==
      2);
}

TEST_CASE("storage parameters") {
  const auto set = only_action<StorageParameters>(
      "ALTER TABLE t SET (FillFactor = 70, autovacuum_enabled, autovacuum_vacuum_scale_factor = "
      "0.05, log_autovacuum_min_duration = -1, vacuum_truncate = off, vacuum_index_cleanup = "
      "'auto', "
      "toast.autovacuum_enabled = false)");
  CHECK_FALSE(set.reset);
  CHECK(set.parameters == std::vector<StorageParameter>{{"fillfactor", "70"},
                                                        {"autovacuum_enabled", "true"},
                                                        {"autovacuum_vacuum_scale_factor", "0.05"},
                                                        {"log_autovacuum_min_duration", "-1"},
                                                        {"vacuum_truncate", "off"},
                                                        {"vacuum_index_cleanup", "auto"},
                                                        {"toast.autovacuum_enabled", "false"}});
  const auto reset =
      only_action<StorageParameters>("ALTER TABLE t RESET (fillfactor, parallel_workers)");
  CHECK(reset.reset);
  CHECK(reset.parameters ==
        std::vector<StorageParameter>{{"fillfactor", ""}, {"parallel_workers", ""}});
}

TEST_CASE("columns") {
  const auto add = only_action<AddColumn>(
      "ALTER TABLE t ADD COLUMN IF NOT EXISTS phone text NOT NULL "
      "DEFAULT gen_random_uuid()::text -- why\n");
  CHECK(add.if_not_exists);
  CHECK(add.column.name == "phone");
  CHECK(add.column.text == "phone text NOT NULL DEFAULT gen_random_uuid()::text");
  CHECK(add.column.not_null);
  CHECK(add.column.default_value->functions == std::vector{QualifiedName{"", "gen_random_uuid"}});
  CHECK(add.column.default_value->cast_types == std::vector{QualifiedName{"", "text"}});

  CHECK(only_action<DropNotNull>("ALTER TABLE t ALTER a DROP NOT NULL").column == "a");
  CHECK(only_action<DropDefault>("ALTER TABLE t ALTER a DROP DEFAULT").column == "a");
  const auto value = only_action<SetDefault>(
      "ALTER TABLE t ALTER \"set\" SET DEFAULT (current_timestamp(3) + interval '1 day')");
  CHECK(value.column == "set");
  CHECK(value.value.text == "(current_timestamp(3) + interval '1 day')");
  CHECK(value.value.value_functions == std::vector<std::string>{"current_timestamp"});

  const auto type = only_action<AlterColumnType>(
      "ALTER TABLE t ALTER COLUMN age SET DATA TYPE numeric ( 5 ) COLLATE s.\"C\" "
      "USING (age::numeric, 1) IS NULL");
  CHECK(type.column == "age");
  CHECK(type.type.text == "numeric ( 5 )");
  CHECK(type.collation == "s.\"C\"");
  CHECK(type.using_expression->text == "(age::numeric, 1) IS NULL");
  CHECK_FALSE(only_action<AlterColumnType>("ALTER TABLE t ALTER a TYPE text").using_expression);
}

TEST_CASE("constraints") {
  const auto check =
      only_action<AddConstraint>("ALTER TABLE t ADD CONSTRAINT c CHECK ( a > 0 ) NOT VALID")
          .constraint;
  CHECK(check.name == "c");
  CHECK(check.text == "CHECK ( a > 0 ) NOT VALID");
  CHECK(check.check->text == "a > 0");
  CHECK(check.not_valid);

  const auto key = only_action<AddConstraint>(
                       "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID "
                       "DEFERRABLE INITIALLY DEFERRED")
                       .constraint;
  CHECK(key.kind == ConstraintDef::Kind::kForeignKey);
  CHECK(key.not_valid);
  CHECK(key.initially_deferred);
  CHECK(key.referenced == QualifiedName{"", "users"});

  const auto unique =
      only_action<AddConstraint>("ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i").constraint;
  CHECK(unique.using_index == "i");
  CHECK(unique.columns.empty());

  const auto drop =
      only_action<DropConstraint>("ALTER TABLE t DROP CONSTRAINT IF EXISTS c CASCADE");
  CHECK(drop.name == "c");
  CHECK(drop.if_exists);
  CHECK(drop.cascade);
  CHECK(only_action<ValidateConstraint>("ALTER TABLE t VALIDATE CONSTRAINT c").name == "c");
}

TEST_CASE("properties of columns") {
  const auto storage = only_action<ColumnOptions>("ALTER TABLE t ALTER a SET STORAGE external");
  CHECK(storage.kind == ColumnOptions::Kind::kStorage);
  CHECK(storage.column == "a");
  CHECK(storage.value == "external");
  CHECK(only_action<ColumnOptions>("ALTER TABLE t ALTER a SET COMPRESSION lz4").value == "lz4");
  CHECK(only_action<ColumnOptions>("ALTER TABLE t ALTER a SET COMPRESSION default").value ==
        "default");
  CHECK(only_action<ColumnOptions>("ALTER TABLE t ALTER a SET STATISTICS -1").value == "-1");
  const auto set = only_action<ColumnOptions>("ALTER TABLE t ALTER a SET (n_distinct = -0.5)");
  CHECK(set.parameters == std::vector<StorageParameter>{{"n_distinct", "-0.5"}});
  const auto reset = only_action<ColumnOptions>("ALTER TABLE t ALTER a RESET (n_distinct)");
  CHECK(reset.kind == ColumnOptions::Kind::kReset);
  CHECK(reset.parameters == std::vector<StorageParameter>{{"n_distinct", ""}});

  const auto identity = only_action<AddIdentity>(
      "ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY ( START 7 )");
  CHECK(identity.column == "a");
  CHECK(identity.identity.kind == IdentitySpec::Kind::kAlways);
  CHECK(identity.identity.options == "START 7");
  CHECK(identity.starts);
  const auto kind = only_action<SetIdentity>("ALTER TABLE t ALTER a SET GENERATED BY DEFAULT");
  CHECK(kind.kind == IdentitySpec::Kind::kByDefault);
  CHECK_FALSE(kind.options);
  const auto restart = only_action<SetIdentity>("ALTER TABLE t ALTER a RESTART WITH 9");
  CHECK_FALSE(restart.kind);
  CHECK(restart.options);
  CHECK(only_action<DropIdentity>("ALTER TABLE t ALTER a DROP IDENTITY IF EXISTS").if_exists);
  CHECK(only_action<DropExpression>("ALTER TABLE t ALTER a DROP EXPRESSION").column == "a");
}

TEST_CASE("properties of tables") {
  CHECK(only_action<RowSecurity>("ALTER TABLE t ENABLE ROW LEVEL SECURITY").enabled == true);
  CHECK(only_action<RowSecurity>("ALTER TABLE t NO FORCE ROW LEVEL SECURITY").forced == false);
  const auto always = only_action<TriggerState>("ALTER TABLE t ENABLE ALWAYS TRIGGER x");
  CHECK(always.trigger == "x");
  CHECK(always.enabled == 'A');
  CHECK(only_action<TriggerState>("ALTER TABLE t DISABLE TRIGGER ALL").of ==
        TriggerState::Of::kAll);
  const auto by_index =
      only_action<ReplicaIdentity>("ALTER TABLE t REPLICA IDENTITY USING INDEX i");
  CHECK(by_index.identity == 'i');
  CHECK(by_index.index == "i");
  CHECK(only_action<ReplicaIdentity>("ALTER TABLE t REPLICA IDENTITY FULL").identity == 'f');
  CHECK(only_action<ClusterOn>("ALTER TABLE t CLUSTER ON i").index == "i");
  CHECK_FALSE(only_action<ClusterOn>("ALTER TABLE t SET WITHOUT CLUSTER").index);
  CHECK(only_action<AlterConstraint>("ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE").name == "c");
  CHECK(only_action<OwnerTo>("ALTER TABLE t OWNER TO bob").owner == "bob");
  CHECK(only_action<OwnerTo>("ALTER TABLE t OWNER TO CURRENT_USER").owner.empty());
}

TEST_CASE("other actions have PostgreSQL's words") {
  CHECK(other("ALTER TABLE t SET TABLESPACE fast") == "SET TABLESPACE: fast");
  CHECK(other("ALTER TABLE t SET UNLOGGED") == "SET UNLOGGED");
  CHECK(other("ALTER TABLE t INHERIT s.u") == "INHERIT: s.u");
  CHECK(other("ALTER TABLE t DETACH PARTITION p FINALIZE") == "DETACH PARTITION FINALIZE: p");
}

TEST_CASE("partitions are attached with their bounds") {
  const auto attach = [](std::string_view text) {
    return only_action<AttachPartition>(text).bound;
  };
  using Kind = PartitionBound::Kind;
  const auto range = attach(
      "ALTER TABLE t ATTACH PARTITION s.p FOR VALUES FROM ('2024-01-01', MINVALUE) TO (f(1, 2), "
      "maxvalue)");
  CHECK(range.kind == Kind::kRange);
  CHECK(range.text == "FOR VALUES FROM ('2024-01-01', MINVALUE) TO (f(1, 2), maxvalue)");
  REQUIRE(range.lower.size() == 2);
  REQUIRE(range.upper.size() == 2);
  CHECK(range.lower[0].value.text == "'2024-01-01'");
  CHECK(range.lower[0].value.is_constant);
  CHECK(range.lower[1].kind == PartitionDatum::Kind::kMinValue);
  CHECK(range.upper[0].value.text == "f(1, 2)");
  CHECK(range.upper[1].kind == PartitionDatum::Kind::kMaxValue);

  const auto list = attach("ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1, NULL, 'x, )')");
  CHECK(list.kind == Kind::kList);
  REQUIRE(list.values.size() == 3);
  CHECK(list.values[1].value.is_null);
  CHECK(list.values[2].value.text == "'x, )'");

  const auto hash =
      attach("ALTER TABLE t ATTACH PARTITION p FOR VALUES WITH (MODULUS 4, REMAINDER 1)");
  CHECK(hash.kind == Kind::kHash);
  CHECK(hash.text == "FOR VALUES WITH (MODULUS 4, REMAINDER 1)");
  CHECK(attach("ALTER TABLE t ATTACH PARTITION p DEFAULT").kind == Kind::kDefault);
  CHECK(attach("ALTER TABLE t ATTACH PARTITION p DEFAULT").text == "DEFAULT");
  CHECK(only_action<AttachPartition>("ALTER TABLE t ATTACH PARTITION s.p DEFAULT").partition ==
        QualifiedName{"s", "p"});

  const auto table =
      parse_one<CreateTable>("CREATE TABLE p PARTITION OF t (c DEFAULT 1) FOR VALUES IN (1)");
  CHECK(table.partition_of == QualifiedName{"", "t"});
  REQUIRE(table.bound);
  CHECK(table.bound->text == "FOR VALUES IN (1)");
}

TEST_CASE("partitions are detached at once or concurrently") {
  const auto detach = only_action<DetachPartition>("ALTER TABLE t DETACH PARTITION s.p");
  CHECK(detach.partition == QualifiedName{"s", "p"});
  CHECK_FALSE(detach.concurrently);
  CHECK(only_action<DetachPartition>("ALTER TABLE t DETACH PARTITION p CONCURRENTLY").concurrently);
}
