#include "sequences/kept_table.h"

#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "sequences/drops.h"
#include "sequences/kept_parts.h"
#include "support/fold.h"
#include "support/former.h"
#include "support/keeping.h"

namespace lockstep::operations {

using catalog::Constraint;
using catalog::ConstraintKind;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// Something that has a name of its own in the table's schema.
struct Named {
  std::string_view kind;  ///< "INDEX", as in ALTER INDEX
  std::string name;
};

std::vector<Named> named_parts(const Maker& make, const Relation& table) {
  std::vector<Named> parts;
  for (const catalog::Index& index : table.indexes) parts.push_back({"INDEX", index.name});
  for (const QualifiedName& sequence : owned_sequences(make.context.catalog, table.name)) {
    // One in another schema stays there, and blocks nobody's name.
    if (sequence.schema == table.name.schema) parts.push_back({"SEQUENCE", sequence.name});
  }
  for (const catalog::Dependant& dependant : table.dependants) {
    if (dependant.kind == "statistics" && dependant.name.schema == table.name.schema) {
      parts.push_back({"STATISTICS", dependant.name.name});
    }
  }
  return parts;
}

std::string rename(std::string_view kind, const QualifiedName& from, const std::string& to) {
  return fmt::format("ALTER {} {} RENAME TO {}", kind, sql::quote(from), sql::quote_identifier(to));
}

std::string set_schema(std::string_view kind, const QualifiedName& name,
                       const std::string& schema) {
  return fmt::format("ALTER {} {} SET SCHEMA {}", kind, sql::quote(name),
                     sql::quote_identifier(schema));
}

/// Statistics stay in their schema when their table goes; indexes and owned sequences go along.
bool goes_by_itself(const Named& part) {
  return part.kind == "STATISTICS";
}

class Move {
 public:
  Move(const Maker& make, const Relation& table)
      : make_(make),
        table_(table),
        kept_(kept_relation(make.operation, make.context, table.name.name)),
        parts_(named_parts(make, table)) {}

  std::vector<std::string> away() const {
    std::vector<std::string> sql;
    for (const std::string& publication : table_.listed_in) {
      sql.push_back(fmt::format("ALTER PUBLICATION {} DROP TABLE {}",
                                sql::quote_identifier(publication), sql::quote(table_.name)));
    }
    for (const Named& part : parts_) {
      const QualifiedName there = kept_name(part);
      sql.push_back(rename(part.kind, {table_.name.schema, part.name}, there.name));
      if (goes_by_itself(part)) {
        sql.push_back(set_schema(part.kind, {table_.name.schema, there.name}, there.schema));
      }
    }
    sql.push_back(rename("TABLE", table_.name, kept_.name));
    sql.push_back(set_schema("TABLE", {table_.name.schema, kept_.name}, kept_.schema));
    return sql;
  }

  std::vector<std::string> back() const {
    const std::string& schema = table_.name.schema;
    std::vector<std::string> sql{set_schema("TABLE", kept_, schema),
                                 rename("TABLE", {schema, kept_.name}, table_.name.name)};
    for (const Named& part : parts_) {
      const QualifiedName there = kept_name(part);
      if (goes_by_itself(part)) sql.push_back(set_schema(part.kind, there, schema));
      sql.push_back(rename(part.kind, {schema, there.name}, part.name));
    }
    return sql;
  }

  std::vector<plan::LockClaim> locks() const {
    std::vector<plan::LockClaim> locks{{table_.name, LockMode::kAccessExclusive}};
    append(locks, dropped_sequences(make_.context.catalog, table_.name));
    return locks;
  }

  const QualifiedName& kept() const { return kept_; }

 private:
  QualifiedName kept_name(const Named& part) const {
    return kept_relation(make_.operation, make_.context, part.name);
  }

  const Maker& make_;
  const Relation& table_;
  QualifiedName kept_;
  std::vector<Named> parts_;
};

/// Which publications name the table, with its columns and condition there, is each database's own;
/// one that is gone by then is left alone.
std::string former_publications(const Maker& make, const Relation& table) {
  const bool has_lists = make.context.catalog.version.major() >= 15;
  const std::string details =
      has_lists
          ? "coalesce((SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', "
            "' "
            "ORDER BY a.attnum) || ')' FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid "
            "AND a.attnum = ANY (r.prattrs::int2[])), '') || coalesce(' WHERE (' || "
            "pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', '')"
          : "''";
  return fmt::format(
      "SELECT pg_catalog.string_agg(pg_catalog.format('DO %L', pg_catalog.format('BEGIN IF EXISTS "
      "(SELECT FROM pg_catalog.pg_publication WHERE pubname = %L) THEN EXECUTE %L; END IF; END', "
      "p.pubname, pg_catalog.format('ALTER PUBLICATION %I ADD TABLE %I.%I', p.pubname, {0}, {1}) "
      "|| "
      "{2})), ';' ORDER BY p.pubname) FROM pg_catalog.pg_publication p JOIN "
      "pg_catalog.pg_publication_rel r ON r.prpubid = p.oid WHERE r.prrelid = "
      "pg_catalog.to_regclass(pg_catalog.format('%I.%I', {0}, {1}))",
      schema_literal(table.name.schema), sql::quote_literal(table.name.name), details);
}

bool references_another(const Relation& table, const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kForeignKey && constraint.referenced != table.name;
}

}  // namespace

std::vector<std::string> unknown_parts(const Relation& table) {
  std::vector<std::string> unknown;
  for (const Constraint& constraint : table.constraints) {
    if (references_another(table, constraint) && constraint.definition.empty()) {
      unknown.push_back(constraint.name);
    }
  }
  return unknown;
}

std::vector<Step> keep_table_steps(const Maker& make, const Relation& table) {
  std::vector<Step> steps;
  std::vector<Step> restore;
  const Move move(make, table);
  restore.push_back(
      make.transaction(Phase::kContract, fmt::format("move {} back", shown(table.name)),
                       move.back(), {}, undo_exact(), {touch_relation(How::kCreates, table.name)}));
  plan::Keep keep{table.name, {}, move.kept(), {}, make.context.catalog.grace->seconds, {}};
  for (const Constraint& constraint : table.constraints) {
    if (!references_another(table, constraint)) continue;
    steps.push_back(drop_foreign_key_step(make, table, constraint));
    steps.back().undo = undo_exact(add_again(table, constraint));
    restore_staged(make, table, constraint, restore);
    keep.together.push_back(std::to_string(steps.size()));
  }
  Step step = make.transaction(
      Phase::kContract, fmt::format("keep table {} out of sight", shown(table.name)), move.away(),
      move.locks(), undo_exact(move.back()), {touch_relation(How::kDrops, table.name)});
  if (!table.listed_in.empty()) step.undo.former = {former_publications(make, table)};
  keep.together.push_back(std::to_string(steps.size() + 1));
  step.keeps = std::move(keep);
  step.restore = std::move(restore);
  steps.push_back(std::move(step));
  return steps;
}

}  // namespace lockstep::operations
