#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/operations/operation.h"

// What judge() is made of: finding what a statement names, and saying what its naive form would do.

namespace lockstep::operations {

/// The table an ALTER TABLE names.
struct TableTarget {
  catalog::QualifiedName name;  ///< as written
  bool if_exists = false;
  bool only = false;
};

/// What a hazard says; the rest of plan::Hazard comes from the operation.
struct Finding {
  std::string id;
  plan::Verdict verdict = plan::Verdict::kExpanded;
  std::string effect;
  std::string remedy;
  std::optional<plan::LockClaim> lock;
  bool rewrite = false;
  bool scan = false;
};

/// The last word of a judge(): collects hazards and problems with the operation's place on them.
class Judge {
 public:
  Judge(const Operation& operation, const Context& context)
      : operation_(operation), context_(context) {}

  void report(Finding finding);
  /// "instant": safe as it is under a lock timeout. Nothing is reported for a new table, whose
  /// locks hurt nobody.
  void brief_lock(const catalog::Relation& relation, catalog::LockMode mode, std::string why);
  void refuse(std::string id, std::string effect, std::string remedy);
  void problem(std::string message, std::string remedy = {});

  /// The relation of that name, assumed where lint cannot know it. Nothing, with a Problem, if
  /// there is none; refuses PostgreSQL's own.
  const catalog::Relation* relation(const catalog::QualifiedName& written);
  /// The same, and it must be a table. No Problem where the author wrote IF EXISTS. Refuses ONLY on
  /// a table with partitions or children.
  const catalog::Relation* table(const TableTarget& target);
  /// The column, or one of unknown type where the table is assumed. Nothing, with a Problem, if
  /// there is none.
  std::optional<catalog::Column> column(const catalog::Relation& table, std::string_view name);

  Judgement take() { return std::move(judgement_); }

 private:
  const Operation& operation_;
  const Context& context_;
  Judgement judgement_;
};

/// Whether the name leads to PostgreSQL's own catalogs. Without a schema it does where pg_catalog,
/// which is searched first, has that name on any server; on an older one it may be a table's.
bool is_system_catalog(const catalog::QualifiedName& written);

/// Whether nobody but this migration can know the relation yet, so that plain DDL on it is instant
/// and harmless.
bool is_new(const catalog::Relation& relation, const Operation& operation, const Context& context);

/// A partition cannot be changed apart from the table it is a part of.
bool is_partition(const catalog::Catalog& catalog, const catalog::Relation& table);

/// The phase of a step whose natural one is `natural`: the author's word first.
core::Phase phase_of(const Operation& operation, const Context& context, core::Phase natural);

/// "users" or "billing.plans", for titles and messages.
std::string shown(const catalog::QualifiedName& name);

}  // namespace lockstep::operations
