#include "support/judge.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lockstep/catalog/builtins.h"
#include "lockstep/text/nearest.h"

namespace lockstep::operations {

using catalog::Relation;

void Judge::report(Finding finding) {
  const Origin& origin = operation_.origin();
  plan::Hazard hazard;
  hazard.id = std::move(finding.id);
  hazard.verdict = finding.verdict;
  hazard.migration = origin.migration;
  hazard.operation = operation_.name();
  hazard.statement = origin.statement;
  hazard.where = origin.where;
  hazard.lock = std::move(finding.lock);
  hazard.rewrite = finding.rewrite;
  hazard.scan = finding.scan;
  hazard.effect = std::move(finding.effect);
  hazard.remedy = std::move(finding.remedy);
  judgement_.hazards.push_back(std::move(hazard));
}

void Judge::brief_lock(const Relation& relation, catalog::LockMode mode, std::string why) {
  if (is_new(relation, operation_, context_)) return;
  // Nobody writes to a sequence but by nextval() and setval(), and who used it holds its lock.
  const bool sequence = relation.kind == catalog::RelationKind::kSequence;
  const std::string_view blocked =
      sequence && catalog::blocks_writes(mode) ? "every nextval() of it waits"
      : catalog::blocks_reads(mode)            ? "every query on it waits"
      : catalog::blocks_writes(mode)           ? "every write to it waits"
                                               : "other schema changes of it wait";
  report({.id = "brief-lock",
          .verdict = plan::Verdict::kInstant,
          .effect =
              fmt::format("Takes {} on {}; while it waits for that behind a long transaction, {} "
                          "behind it.",
                          catalog::to_string(mode), shown(relation.name), blocked),
          .remedy = std::move(why) + " It waits at most lock_timeout for the lock and tries again.",
          .lock = plan::LockClaim{relation.name, mode}});
}

void Judge::refuse(std::string id, std::string effect, std::string remedy) {
  report({.id = std::move(id),
          .verdict = plan::Verdict::kRefused,
          .effect = std::move(effect),
          .remedy = std::move(remedy)});
}

void Judge::problem(std::string message, std::string remedy) {
  judgement_.problems.push_back({operation_.origin().where, std::move(message), std::move(remedy)});
}

const Relation* Judge::relation(const catalog::QualifiedName& written) {
  const Relation* found = context_.catalog.find(written);
  if (is_system_catalog(written) && (!found || !written.schema.empty())) {
    refuse("system-catalog",
           fmt::format("{} is PostgreSQL's own: pg_catalog is searched before every other schema, "
                       "and what stands there belongs to the whole database.",
                       written.name),
           "Write the statement that changes the object itself, ALTER TABLE for instance.");
    return nullptr;
  }
  if (!found && context_.assumptions) found = context_.assumptions->find_or_assume(written);
  if (!found) {
    const bool elsewhere = !written.schema.empty() && !written.in_tenant() &&
                           context_.catalog.schemas.count(written.schema) == 0;
    problem(fmt::format("there is no table or view {}{}", shown(written),
                        elsewhere ? ": that schema is one tenant's own, or does not exist" : ""),
            elsewhere ? fmt::format("If each tenant's own {0} is meant, write {0} without a "
                                    "schema, or ${{schema}}.{0}.",
                                    written.name)
                      : "Check the name, and that an earlier migration creates it.");
  }
  return found;
}

const Relation* Judge::table(const TableTarget& target) {
  if (target.if_exists && !context_.catalog.find(target.name)) return nullptr;
  const Relation* found = relation(target.name);
  if (!found) return nullptr;
  if (!found->is_table()) {
    problem(fmt::format("{} is a {}, not a table", shown(found->name),
                        catalog::to_string(found->kind)));
    return nullptr;
  }
  if (target.only && !found->partitions.empty()) {
    refuse("alter-table-only",
           fmt::format("ONLY would change {} and leave its {} partitions or children as they are.",
                       shown(found->name), found->partitions.size()),
           "Write the statement without ONLY.");
  }
  return found;
}

std::optional<catalog::Column> Judge::column(const Relation& table, std::string_view name) {
  if (const catalog::Column* found = table.column(name)) return *found;
  if (table.assumed) {
    catalog::Column unknown;
    unknown.name = name;
    return unknown;
  }
  std::vector<std::string> columns;
  for (const catalog::Column& each : table.columns) columns.push_back(each.name);
  const std::optional<std::string> meant = text::nearest(name, columns);
  problem(fmt::format("table {} has no column {}", shown(table.name), name),
          meant ? fmt::format("Did you mean {}?", *meant)
                : "Check the name, and that an earlier migration adds it.");
  return std::nullopt;
}

bool is_system_catalog(const catalog::QualifiedName& written) {
  return written.schema == "pg_catalog" || written.schema == "information_schema" ||
         (written.schema.empty() && catalog::is_builtin_relation(written.name));
}

bool is_new(const Relation& relation, const Operation& operation, const Context& context) {
  return !relation.created_by.empty() && relation.created_by == operation.origin().migration &&
         phase_of(operation, context, core::Phase::kExpand) == core::Phase::kExpand;
}

bool is_partition(const catalog::Catalog& catalog, const Relation& table) {
  const Relation* parent = table.parent ? catalog.find(*table.parent) : nullptr;
  return parent && parent->kind == catalog::RelationKind::kPartitionedTable;
}

core::Phase phase_of(const Operation& operation, const Context& context, core::Phase natural) {
  if (context.contract_only) return core::Phase::kContract;
  return operation.origin().phase.value_or(natural);
}

std::string shown(const catalog::QualifiedName& name) {
  if (name.schema.empty()) return name.name;
  return core::display(name);
}

}  // namespace lockstep::operations
