#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lockstep/plan/step.h"

// Steps as a planner would give them, written by hand, so that these tests need no planner.

namespace lockstep::test {

inline plan::QualifiedName in_tenant(const std::string& name) {
  return {std::string(core::kTenantSchema), name};
}

inline plan::Step step_of(const std::string& migration, int ordinal, plan::StepBody body,
                          core::Phase phase = core::Phase::kExpand) {
  plan::Step step;
  step.id = migration + "." + std::to_string(ordinal);
  step.migration = migration;
  step.operation = "create_table";  // of known code: its session is for whatever comes next
  step.phase = phase;
  step.title = "step " + step.id;
  step.body = std::move(body);
  return step;
}

/// DDL on one table, locked first.
inline plan::Step ddl(const std::string& migration, int ordinal, const std::string& table,
                      const std::string& sql, core::Phase phase = core::Phase::kExpand) {
  plan::TransactionBody body;
  body.sql = {sql};
  body.lock_first = {{in_tenant(table), catalog::LockMode::kAccessExclusive}};
  plan::Step step = step_of(migration, ordinal, body, phase);
  step.locks = body.lock_first;
  return step;
}

/// DDL that needs no lock on what exists.
inline plan::Step create(const std::string& migration, int ordinal, const std::string& sql) {
  plan::TransactionBody body;
  body.sql = {sql};
  return step_of(migration, ordinal, body);
}

inline plan::Step build_index(const std::string& migration, int ordinal, const std::string& index,
                              const std::string& table, const std::string& column,
                              bool unique = false) {
  plan::ConcurrentBody body;
  body.kind = plan::ConcurrentBody::Kind::kCreateIndex;
  body.index = in_tenant(index);
  body.table = in_tenant(table);
  body.unique = unique;
  body.sql = std::string("create ") + (unique ? "unique " : "") + "index concurrently " + index +
             " on ${schema}." + table + " (" + column + ")";
  return step_of(migration, ordinal, body);
}

inline plan::Step drop_index(const std::string& migration, int ordinal, const std::string& index,
                             const std::string& table) {
  plan::ConcurrentBody body;
  body.kind = plan::ConcurrentBody::Kind::kDropIndex;
  body.index = in_tenant(index);
  body.table = in_tenant(table);
  body.sql = "drop index concurrently ${schema}." + index;
  return step_of(migration, ordinal, body, core::Phase::kContract);
}

inline plan::Step detach_partition(const std::string& migration, int ordinal,
                                   const std::string& partition, const std::string& table) {
  plan::ConcurrentBody body;
  body.kind = plan::ConcurrentBody::Kind::kDetachPartition;
  body.index = in_tenant(partition);
  body.table = in_tenant(table);
  const std::string detach =
      "alter table ${schema}." + table + " detach partition ${schema}." + partition;
  body.sql = detach + " concurrently";
  plan::Step step = step_of(migration, ordinal, body, core::Phase::kContract);
  step.cleanup = {detach + " finalize"};
  return step;
}

inline plan::Step reindex(const std::string& migration, int ordinal, const std::string& index,
                          const std::string& table) {
  plan::ConcurrentBody body;
  body.kind = plan::ConcurrentBody::Kind::kReindex;
  body.index = in_tenant(index);
  body.table = in_tenant(table);
  body.sql = "reindex index concurrently ${schema}." + index;
  return step_of(migration, ordinal, body);
}

/// UPDATE table SET column = value WHERE remaining, by the key `id` of that type.
inline plan::Step backfill(const std::string& migration, int ordinal, const std::string& table,
                           const std::string& column, const std::string& value,
                           const std::string& remaining,
                           const std::vector<std::string>& key = {"id"},
                           const std::vector<std::string>& key_types = {"bigint"}) {
  plan::BackfillBody body;
  body.table = in_tenant(table);
  body.assignments = {{column, value}};
  body.remaining = remaining;
  body.key = key;
  body.key_types = key_types;
  return step_of(migration, ordinal, body);
}

}  // namespace lockstep::test
