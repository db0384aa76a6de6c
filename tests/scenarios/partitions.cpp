#include "tests/scenarios/scenario.h"

namespace lockstep::test {

namespace {

/// Events, of which those of 2024 are partitioned again.
const std::string kDeep = R"sql(
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, kind text, note text)
  PARTITION BY RANGE (at);
CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
  PARTITION BY RANGE (id);
CREATE TABLE events_2024_a PARTITION OF events_2024 FOR VALUES FROM (0) TO (30);
CREATE TABLE events_2024_rest PARTITION OF events_2024 DEFAULT;
INSERT INTO events (id, at, kind) SELECT n, date '2023-01-01' + n * 15, CASE n % 2 WHEN 1 THEN 'a' ELSE 'b' END
  FROM generate_series(1, 40) n;
)sql";

const std::string kKinds = R"sql(
CREATE TABLE kinds (kind text PRIMARY KEY);
INSERT INTO kinds VALUES ('a'), ('b'), ('kind 1'), ('kind 2');
CREATE INDEX ON events (kind);
)sql";

const std::string kSeen = R"sql(
ALTER TABLE events ADD PRIMARY KEY (id, at, kind);
CREATE TABLE seen (id bigint, at date, kind text);
INSERT INTO seen SELECT id, at, kind FROM events LIMIT 5;
CREATE INDEX ON seen (id, at, kind);
)sql";

/// Without a default partition; referenced, and with a key, a foreign key, a CHECK and a trigger.
const std::string kLog = R"sql(
CREATE TABLE kinds (kind text PRIMARY KEY);
INSERT INTO kinds VALUES ('a'), ('b');
CREATE TABLE log (id bigint NOT NULL, at timestamp NOT NULL, kind text REFERENCES kinds,
  note varchar(20) DEFAULT 'none', twice bigint GENERATED ALWAYS AS (id * 2) STORED,
  CONSTRAINT positive CHECK (id > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX log_note ON log (lower(note), kind DESC) WHERE kind IS NOT NULL;
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO log (id, at, kind) SELECT n, timestamp '2024-01-01' + n * interval '1 day', 'a'
  FROM generate_series(1, 50) n;
CREATE TABLE notes (id bigint, at timestamp, FOREIGN KEY (id, at) REFERENCES log);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION touch();
)sql";

/// A table without a default partition and without foreign keys.
const std::string kTicks = R"sql(
CREATE TABLE ticks (id bigint NOT NULL, at date NOT NULL, note text DEFAULT 'x',
  CONSTRAINT positive CHECK (id > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON ticks (note);
CREATE TABLE ticks_1 PARTITION OF ticks FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE ticks_2 PARTITION OF ticks FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO ticks SELECT n, date '2024-01-01' + n FROM generate_series(1, 50) n;
)sql";

/// A table that can become a partition of it.
const std::string kLog3 = R"sql(
CREATE TABLE log_3 (id bigint NOT NULL, at timestamp NOT NULL, kind text,
  note varchar(20) DEFAULT 'none', twice bigint GENERATED ALWAYS AS (id * 2) STORED,
  CONSTRAINT positive CHECK (id > 0));
INSERT INTO log_3 (id, at, kind) SELECT n, timestamp '2024-03-01' + n * interval '1 day', 'b'
  FROM generate_series(1, 20) n;
)sql";

const std::string kEvents2025 =
    "CREATE TABLE more (id bigint NOT NULL, at date NOT NULL, kind text);"
    "INSERT INTO more SELECT n, date '2026-05-01' + n, 'x' FROM generate_series(1, 9) n;";

}  // namespace

Scenarios partition_scenarios() {
  return {
      {.name = "create_index: of a partitioned table",
       .start = kEvents,
       .migration = "CREATE INDEX ON events (kind);"},
      {.name = "create_index: of a partitioned table, with a name, an expression and a condition",
       .start = kEvents,
       .migration =
           "CREATE INDEX \"By kind\" ON events (lower(kind), (id + 1), at DESC) INCLUDE (id) "
           "WHERE kind IS NOT NULL;"},
      {.name = "create_index: of a table whose partitions have partitions",
       .start = kDeep,
       .migration = "CREATE INDEX ON events (kind, at);"},
      {.name = "create_index: partitions have it already",
       .start = kDeep +
                "CREATE INDEX own ON events_2023 (kind); CREATE INDEX ON events_2024 (kind);"
                "CREATE INDEX other ON events_2024_a (at);",
       .migration = "CREATE INDEX ON events (kind);"},
      {.name = "create_index: the partitions' names are taken",
       .start = kEvents + "CREATE INDEX events_2023_kind_idx ON events_2023 (id);"
                          "CREATE INDEX events_2024_kind_idx ON events_2024 (at);",
       .migration = "CREATE INDEX ON events (kind); CREATE INDEX ON events (kind, id);"},
      {.name = "create_index: unique, of a partitioned table",
       .start = kEvents,
       .migration = "CREATE UNIQUE INDEX ON events (at, id);"},
      {.name = "create_index: of a partitioned table, in YAML",
       .start = kEvents,
       .migration = R"yaml(
operations:
  - create_index: {table: events, columns: [kind], name: by_kind}
)yaml",
       .plain = "CREATE INDEX by_kind ON events (kind);"},
      {.name = "create_index: of a partitioned table without partitions",
       .start = "CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);",
       .migration = "CREATE INDEX ON events (id);"},
      {.name = "drop_index: of a partitioned table",
       .start = kDeep + "CREATE INDEX by_kind ON events (kind); CREATE INDEX ON events_2023 (id);",
       .migration = "DROP INDEX by_kind;"},
      {.name = "add_unique: of a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ADD UNIQUE (id, at);"},
      {.name = "add_unique: with a name, included columns, deferrable, partitions of partitions",
       .start = kDeep,
       .migration = "ALTER TABLE events ADD CONSTRAINT one_of_a_day UNIQUE (id, at, kind) "
                    "DEFERRABLE INITIALLY DEFERRED;"},
      {.name = "add_unique: a partition has it already",
       .start = kEvents + "ALTER TABLE events_2023 ADD CONSTRAINT own UNIQUE (id, at);"
                          "CREATE UNIQUE INDEX no_constraint ON events_2024 (id, at);",
       .migration = "ALTER TABLE events ADD UNIQUE (id, at);"},
      {.name = "add_primary_key: of a partitioned table",
       .start = kEvents,
       .migration = "ALTER TABLE events ADD PRIMARY KEY (id, at);"},
      {.name = "add_primary_key: of partitions of partitions, with a nullable column, in YAML",
       .start = kDeep,
       .migration = R"yaml(
operations:
  - add_primary_key: {table: events, columns: [at, id, kind], name: events_key}
)yaml",
       .plain = "ALTER TABLE events ADD CONSTRAINT events_key PRIMARY KEY (at, id, kind);"},
      {.name = "add_foreign_key: of a partitioned table",
       .start = kEvents + kKinds,
       .migration =
           "ALTER TABLE events ADD FOREIGN KEY (kind) REFERENCES kinds ON DELETE CASCADE;"},
      {.name = "add_foreign_key: of partitions of partitions, the name is taken, in YAML",
       .start =
           kDeep + kKinds + "ALTER TABLE events_2024_a ADD CONSTRAINT of_kind CHECK (kind <> '');",
       .migration = R"yaml(
operations:
  - add_foreign_key: {table: events, columns: [kind], references: kinds, name: of_kind}
)yaml",
       .plain = "ALTER TABLE events ADD CONSTRAINT of_kind FOREIGN KEY (kind) REFERENCES kinds;"},
      {.name = "add_foreign_key: to a partitioned table",
       .start = kDeep + kSeen,
       .migration = "ALTER TABLE seen ADD FOREIGN KEY (id, at, kind) REFERENCES events;",
       .since = 18},
      {.name = "add_foreign_key: of a partitioned table, not valid, then validate",
       .start = kEvents + kKinds,
       .migration =
           "ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (kind) REFERENCES kinds NOT VALID;"
           "ALTER TABLE events VALIDATE CONSTRAINT k;",
       .since = 18},
      {.name = "drop_constraint: a foreign key of a partitioned table",
       .start = kDeep + kKinds +
                "ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (kind) REFERENCES kinds;",
       .migration = "ALTER TABLE events DROP CONSTRAINT k;"},
      {.name = "add_check: of partitions of partitions",
       .start = kDeep,
       .migration = "ALTER TABLE events ADD CHECK (id > 0);"},
      {.name = "add_column: of partitions of partitions, with a volatile default",
       .start = kDeep,
       .migration = "ALTER TABLE events ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();",
       .unforeseeable = {"events_2023.token", "events_2024_a.token", "events_2024_rest.token"}},
      {.name = "set_not_null: of partitions of partitions",
       .start = kDeep,
       .migration = "ALTER TABLE events ALTER COLUMN kind SET NOT NULL;"},
      {.name = "drop_column, set_default: of partitions of partitions",
       .start = kDeep + "CREATE INDEX ON events (note);",
       .migration = "ALTER TABLE events ALTER COLUMN kind SET DEFAULT 'b'; ALTER TABLE events DROP "
                    "COLUMN note;"},
      {.name = "add_column, set_default, set_not_null, drop_column: inheritance children",
       .start =
           kUsers +
           "CREATE TABLE admins (rights text) INHERITS (users);"
           "CREATE TABLE roots () INHERITS (admins);"
           "INSERT INTO roots (id, email, name, joined) VALUES (99, 'r@x', 'root', '2024-01-01');",
       .migration = "ALTER TABLE users ADD COLUMN level integer NOT NULL DEFAULT 1;"
                    "ALTER TABLE users ALTER COLUMN name SET DEFAULT 'x';"
                    "ALTER TABLE users ALTER COLUMN email SET NOT NULL;"
                    "ALTER TABLE users DROP COLUMN status;"},
      {.name = "drop_constraint: of a partitioned table",
       .start = kDeep + "ALTER TABLE events ADD CONSTRAINT one UNIQUE (id, at, kind);",
       .migration = "ALTER TABLE events DROP CONSTRAINT one;"},
      {.name = "create_partition",
       .start = kLog,
       .migration = "CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM ('2024-03-01') TO "
                    "('2024-04-01');"},
      {.name = "create_partition: beside a default partition",
       .start = kEvents + "CREATE INDEX ON events (kind);",
       .migration =
           "CREATE TABLE events_2030 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO "
           "('2031-01-01');"},
      {.name = "create_partition: the default one, of a list, in YAML",
       .start = "CREATE TABLE list (a integer, b text) PARTITION BY LIST (b);"
                "CREATE TABLE list_a PARTITION OF list FOR VALUES IN ('a', NULL);",
       .migration = R"yaml(
operations:
  - create_partition: {table: list, name: list_rest, bound: DEFAULT}
)yaml",
       .plain = "CREATE TABLE list_rest PARTITION OF list DEFAULT;"},
      {.name = "create_partition: by hash",
       .start = "CREATE TABLE spread (a integer PRIMARY KEY, b text) PARTITION BY HASH (a);",
       .migration = "CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, "
                    "REMAINDER 0);"},
      {.name = "ensure_partitions: months, of which one is there",
       .start = kLog +
                "CREATE TABLE april PARTITION OF log FOR VALUES FROM ('2024-04-01') TO "
                "('2024-05-01');"
                "CREATE TABLE \"log_2024_05\" PARTITION OF log FOR VALUES FROM ('2024-05-01') "
                "TO ('2024-06-01');",
       .migration = R"yaml(
operations:
  - ensure_partitions: {table: log, every: month, from: 2024-05-01, ahead: 3}
)yaml",
       .plain = "CREATE TABLE log_2024_06 PARTITION OF log FOR VALUES FROM ('2024-06-01') TO "
                "('2024-07-01');"
                "CREATE TABLE log_2024_07 PARTITION OF log FOR VALUES FROM ('2024-07-01') TO "
                "('2024-08-01');"},
      {.name = "attach_partition",
       .start = kLog + kLog3,
       .migration = "ALTER TABLE log ATTACH PARTITION log_3 FOR VALUES FROM ('2024-03-01') TO "
                    "('2024-04-01');"},
      {.name = "attach_partition: it has indexes and keys already, in YAML",
       .start = kLog + kLog3 +
                "ALTER TABLE log_3 ADD CONSTRAINT own PRIMARY KEY (id, at);"
                "CREATE INDEX also ON log_3 (lower(note), kind DESC) WHERE kind IS NOT NULL;"
                "ALTER TABLE log_3 ADD CONSTRAINT mine FOREIGN KEY (kind) REFERENCES kinds;",
       .migration = R"yaml(
operations:
  - attach_partition: {table: log, partition: log_3,
                       bound: "FOR VALUES FROM ('2024-03-01') TO (MAXVALUE)"}
)yaml",
       .plain = "ALTER TABLE log ATTACH PARTITION log_3 FOR VALUES FROM ('2024-03-01') TO "
                "(MAXVALUE);"},
      {.name = "attach_partition: beside a default partition",
       .start = kEvents + kEvents2025 + "CREATE INDEX ON events (kind);",
       .migration = "ALTER TABLE events ATTACH PARTITION more FOR VALUES FROM ('2026-05-01') TO "
                    "('2027-01-01');"},
      {.name = "attach_partition: of a list, with NULL",
       .start = "CREATE TABLE list (a integer, b varchar(9)) PARTITION BY LIST (b);"
                "CREATE TABLE list_rest PARTITION OF list DEFAULT;"
                "CREATE TABLE ab (a integer, b varchar(9)); INSERT INTO ab VALUES (1, 'a'), (2, "
                "NULL), (3, 'b'); INSERT INTO list VALUES (5, 'x');",
       .migration = "ALTER TABLE list ATTACH PARTITION ab FOR VALUES IN ('b', NULL, 'a');"},
      {.name = "attach_partition: a key of two columns",
       .start = "CREATE TABLE two (a integer NOT NULL, b text) PARTITION BY RANGE (a, b);"
                "CREATE TABLE two_rest PARTITION OF two DEFAULT;"
                "CREATE TABLE part (a integer NOT NULL, b text); INSERT INTO part VALUES (1, 'x'), "
                "(2, 'a'), (5, 'c');",
       .migration = "ALTER TABLE two ATTACH PARTITION part FOR VALUES FROM (1, 'x') TO (5, 'y');"},
      {.name = "attach_partition: a table of the same migration",
       .start = kLog,
       .migration = "CREATE TABLE log_3 (id bigint NOT NULL, at timestamp NOT NULL, kind text,"
                    "  note varchar(20) DEFAULT 'none', twice bigint GENERATED ALWAYS AS (id * 2) "
                    "STORED, CONSTRAINT positive CHECK (id > 0));"
                    "ALTER TABLE log ATTACH PARTITION log_3 FOR VALUES FROM ('2024-03-01') TO "
                    "('2024-04-01');"},
      {.name = "detach_partition",
       .start = kTicks,
       .migration = "ALTER TABLE ticks DETACH PARTITION ticks_2;"},
      {.name = "detach_partition: foreign keys from and to the table",
       .start = kLog,
       .migration = "ALTER TABLE log DETACH PARTITION log_2;"},
      {.name = "detach_partition: beside a default partition, in YAML",
       .start = kEvents + "CREATE INDEX ON events (kind);",
       .migration = R"yaml(
operations:
  - detach_partition: {table: events, partition: events_2023}
)yaml",
       .plain = "ALTER TABLE events DETACH PARTITION events_2023;"},
      {.name = "detach_partition: written concurrently",
       .start = kTicks,
       .migration = "ALTER TABLE ticks DETACH PARTITION ticks_2 CONCURRENTLY;"},
      {.name = "drop_table: a partition", .start = kTicks, .migration = "DROP TABLE ticks_2;"},
      {.name = "drop_table: a partition with a foreign key of its table",
       .start = kLog + "DROP TABLE notes;",
       .migration = "DROP TABLE log_2;"},
      {.name = "drop_table: a partition beside a default partition",
       .start = kEvents,
       .migration = "DROP TABLE events_2023;"},
  };
}

}  // namespace lockstep::test
