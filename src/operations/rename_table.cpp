#include "rename_table.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "rename_index.h"
#include "support/defaults.h"
#include "support/fold.h"
#include "support/fold_rename.h"
#include "support/list.h"
#include "support/privileges.h"
#include "support/renamed_object.h"
#include "support/yaml.h"

namespace lockstep::operations::rename_table {

using catalog::Catalog;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using catalog::RelationKind;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

constexpr int kSecurityInvoker = 15;
constexpr int kMergeIntoViews = 17;
constexpr const char* kOwnersRights =
    " Whoever may use the view reads and writes with the rights of the table's owner.";

bool is_view(const Relation& relation) {
  return relation.kind == RelationKind::kView || relation.kind == RelationKind::kMaterializedView;
}

/// A view that gives the rows of `renamed` under its old name, and takes them: it can be written
/// to as far as that can, with the same defaults and privileges.
std::vector<std::string> create_old_name(const Relation& relation, const QualifiedName& renamed,
                                         const Context& context) {
  std::vector<std::string> columns;
  std::vector<std::string> defaults;
  for (const catalog::Column& column : relation.columns) {
    const std::string name = sql::quote_identifier(column.name);
    columns.push_back(name);
    if (!column.default_value || column.generated != catalog::Generated::kNone) continue;
    // Without one of its own, SET column = DEFAULT would give NULL.
    defaults.push_back(
        fmt::format("ALTER COLUMN {} {}", name, default_clause(relation, column.name)));
  }
  const std::string view = sql::quote(relation.name);
  std::vector<std::string> statements{fmt::format(
      "CREATE VIEW {}{} AS SELECT {} FROM {}", view,
      context.catalog.version.major() >= kSecurityInvoker ? " WITH (security_invoker = true)" : "",
      columns.empty() ? "*" : fmt::format("{}", fmt::join(columns, ", ")), sql::quote(renamed))};
  if (!relation.owner.empty()) {
    statements.push_back(
        fmt::format("ALTER VIEW {} OWNER TO {}", view, sql::quote_identifier(relation.owner)));
  }
  if (!defaults.empty()) {
    statements.push_back(fmt::format("ALTER VIEW {} {}", view, fmt::join(defaults, ", ")));
  }
  for (std::string& grant : grants_again(relation, relation.name))
    statements.push_back(std::move(grant));
  return statements;
}

class RenameTable final : public RenamedObject {
 public:
  RenameTable(sql::Rename statement, const Origin& origin)
      : RenamedObject(std::move(statement), origin) {
    if (this->statement().object_type == "TABLE") {
      as_index_ = std::move(rename_index::from_statement(this->statement(), origin).front());
    }
  }

  std::string_view name() const noexcept override { return "rename_table"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
    request.types.insert({target().schema, new_name()});
    request_new_name(request);
  }

  Judgement judge(const Context& context) const override {
    if (const Operation* index = as_index(context.catalog)) return index->judge(context);
    Judge judge(*this, context);
    if (statement().if_exists && !context.catalog.find(target())) return judge.take();
    const Relation* relation = judge.relation(target());
    if (!relation || !judge_kind(*relation, judge)) return judge.take();
    judge_new_relation(judge, context, relation->name.schema);
    if (context.catalog.types.count({relation->name.schema, new_name()}) != 0) {
      judge.problem(fmt::format("there is already a type {}", new_name()),
                    "A table's name is the name of a type too. Choose another name.");
    }
    if (is_new(*relation, *this, context)) return judge.take();
    if (!judge_row_type(*relation, judge)) return judge.take();
    judge_published(*relation, judge);
    if (origin().phase || context.contract_only) {
      judge_one_name(*relation, context, judge);
    } else {
      judge_two_names(*relation, context, judge);
    }
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    if (const Operation* index = as_index(context.catalog)) return index->plan(context);
    const Relation* relation = context.catalog.find(target());
    if (!relation) return {};
    const Maker make{*this, context};
    const QualifiedName& old = relation->name;
    const QualifiedName renamed{old.schema, new_name()};
    const bool two_names = has_two_names(*relation, context);
    const Statements rename = statements(object_type(*relation), old);
    std::vector<std::string> forth{rename.forth};
    std::vector<std::string> back{rename.back};
    if (two_names) {
      for (std::string& statement : create_old_name(*relation, renamed, context))
        forth.push_back(std::move(statement));
      back.insert(back.begin(), "DROP VIEW " + sql::quote(old));
    }
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        Phase::kExpand,
        fmt::format("rename {} to {}{}", shown(old), new_name(),
                    two_names ? ", and make a view of the old name" : ""),
        std::move(forth), {{old, LockMode::kAccessExclusive}}, undo_exact(std::move(back)),
        {touch_relation(How::kRenames, old), touch_relation(How::kCreates, renamed)}));
    // LOCK TABLE would lock the partitions as well.
    auto& lock_first = std::get<plan::TransactionBody>(steps.back().body).lock_first;
    if (!relation->partitions.empty()) lock_first.clear();
    plan::Undo& undo = steps.back().undo;
    undo.locks = by_new_name(steps.back().locks, steps.back().touches);
    undo.lock_first = by_new_name(lock_first, steps.back().touches);
    if (two_names) undo.locks.push_back({old, LockMode::kAccessExclusive});
    if (two_names) steps.push_back(drop_old_name(make, *relation, renamed));
    return steps;
  }

  void apply(Catalog& catalog, Phase phase) const override {
    if (const Operation* index = as_index(catalog)) return index->apply(catalog, phase);
    const Relation* relation = catalog.find(target());
    if (!relation) return;
    const QualifiedName old = relation->name;
    const Relation* renamed = catalog.find({old.schema, new_name()});
    if (!renamed) {
      fold_rename_relation(catalog, old, new_name());
    } else if (phase == Phase::kContract && relation->kind == RelationKind::kView) {
      fold_drop_relation(catalog, old);
    }
  }

 private:
  /// ALTER TABLE takes an index's name too, but locks more than ALTER INDEX.
  const Operation* as_index(const Catalog& catalog) const {
    const bool index = as_index_ && !catalog.find(target()) && catalog.find_index(target()).index;
    return index ? as_index_.get() : nullptr;
  }

  static std::string_view object_type(const Relation& relation) {
    if (relation.kind == RelationKind::kView) return "VIEW";
    return relation.kind == RelationKind::kMaterializedView ? "MATERIALIZED VIEW" : "TABLE";
  }

  /// Where its author gives it a phase, all of it lies in that one.
  bool has_two_names(const Relation& relation, const Context& context) const {
    return !origin().phase && !context.contract_only && !is_new(relation, *this, context);
  }

  static bool judge_kind(const Relation& relation, Judge& judge) {
    if (relation.assumed || relation.is_table() || is_view(relation)) return true;
    judge.problem(
        fmt::format("{} is a {}", shown(relation.name), catalog::to_string(relation.kind)),
        relation.kind == RelationKind::kSequence ? "Write ALTER SEQUENCE ... RENAME TO." : "");
    return false;
  }

  /// A view's rows have another type than the table's.
  static bool judge_row_type(const Relation& relation, Judge& judge) {
    std::vector<std::string> names;
    for (const catalog::Dependant& dependant : relation.dependants) {
      if (dependant.kind != "function" && dependant.kind != "column") continue;
      names.push_back(fmt::format("{} {}", dependant.kind, shown(dependant.name)));
    }
    if (names.empty()) return true;
    judge.refuse(
        "rename-row-type",
        fmt::format("{} may take, give or hold rows of {} as values: these are no rows of a view "
                    "that has the old name.",
                    fmt::join(names, ", "), shown(relation.name)),
        "Drop these first, in statements before this one, and create them again behind it; where "
        "they only read the table, write: -- lockstep: allow = rename-row-type, reason = \"...\"");
    return false;
  }

  void judge_published(const Relation& relation, Judge& judge) const {
    if (relation.publications.empty()) return;
    judge.refuse(
        "published-table",
        fmt::format("{} is published ({}): a subscriber looks for a table {}, and stops "
                    "replicating without it.",
                    shown(relation.name), fmt::join(relation.publications, ", "), new_name()),
        "Let all subscribers have it under the new name at that moment, then write: "
        "-- lockstep: allow = published-table, reason = \"subscribers follow\"");
  }

  void judge_one_name(const Relation& relation, const Context& context, Judge& judge) const {
    if (!context.contract_only) {
      judge.brief_lock(relation, LockMode::kAccessExclusive,
                       "With a phase written for it, the old name is gone in that instant: the "
                       "application must use neither name then.");
      return;
    }
    judge.refuse(
        "rename-with-one-name",
        fmt::format("An earlier contract step of this file needs {}, so that this would be "
                    "contract too: the old name would go and the new one come in one instant, and "
                    "no application works before and after it.",
                    shown(relation.name)),
        "Write the rename in a migration of its own, before or after this one.");
  }

  void judge_two_names(const Relation& relation, const Context& context, Judge& judge) const {
    const int version = context.catalog.version.major();
    const bool by_caller = version >= kSecurityInvoker;
    if (relation.row_security && !by_caller) {
      judge.refuse("rename-row-security",
                   fmt::format("{} has row security, and a view of this server's reads with its "
                               "owner's rights: the old name would show rows that policies hide.",
                               shown(relation.name)),
                   "Keep the name until the server is PostgreSQL 15 or later.");
      return;
    }
    const bool materialized = relation.kind == RelationKind::kMaterializedView;
    judge.report(
        {.id = "rename-table",
         .effect = "The deployed application fails on the old name in the same instant.",
         .remedy = fmt::format("Both names work until contract: in one transaction the {} gets the "
                               "new one, and a view that {} it the old one. Contract drops {}.",
                               catalog::to_string(relation.kind),
                               materialized ? "reads" : "reads and writes",
                               is_view(relation) ? "that" : "the view"),
         .lock = plan::LockClaim{relation.name, LockMode::kAccessExclusive}});
    if (materialized) {
      judge.report(
          {.id = "old-name-is-a-view",
           .effect = fmt::format("Until contract these fail on the old name {}: REFRESH "
                                 "MATERIALIZED VIEW, CREATE INDEX and TABLESAMPLE; VACUUM and "
                                 "ANALYZE skip it.{}",
                                 shown(relation.name), by_caller ? "" : kOwnersRights),
           .remedy = "SELECT works. Let whoever refreshes it use the new name from expand on."});
      return;
    }
    judge.report(
        {.id = "old-name-is-a-view",
         .effect = fmt::format(
             "Until contract these fail on the old name {}: TRUNCATE, COPY, ON CONFLICT ON "
             "CONSTRAINT, {}TABLESAMPLE, WHERE CURRENT OF, system columns (ctid, xmin, tableoid), "
             "and a foreign key to it; VACUUM and ANALYZE skip it, and pg_get_serial_sequence() "
             "gives NULL.{}",
             shown(relation.name), version < kMergeIntoViews ? "MERGE, " : "",
             by_caller ? "" : kOwnersRights),
         .remedy = "INSERT, ON CONFLICT (columns), UPDATE, DELETE, SELECT FOR UPDATE, RETURNING "
                   "and LOCK work. If the application does one of the others, deploy first a "
                   "release that does not. Functions whose text names the old table fail after "
                   "contract: replace them before."});
  }

  Step drop_old_name(const Maker& make, const Relation& relation,
                     const QualifiedName& renamed) const {
    Step step = make.transaction(
        Phase::kContract, fmt::format("drop view {}", shown(relation.name)),
        {"DROP VIEW " + sql::quote(relation.name)}, {{relation.name, LockMode::kAccessExclusive}},
        undo_exact(create_old_name(relation, renamed, make.context)),
        {touch_relation(How::kDrops, relation.name), touch_relation(How::kNeeds, renamed)});
    // LOCK TABLE on a view would lock the table that it reads.
    std::get<plan::TransactionBody>(step.body).lock_first.clear();
    step.note = "is contract because the deployed application uses the old name";
    return step;
  }

  OperationPtr as_index_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Rename& statement, const Origin& origin) {
  return one(std::make_unique<RenameTable>(statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation rename_table", problems);
  sql::Rename rename;
  const bool view = fields.has("view");
  const bool materialized = fields.has("materialized_view");
  rename.object_type = view ? "VIEW" : materialized ? "MATERIALIZED VIEW" : "TABLE";
  rename.name = yaml_name(fields,
                          view           ? "view"
                          : materialized ? "materialized_view"
                                         : "table",
                          problems);
  yaml_new_name(fields, rename, problems);
  fields.finish();
  return from_statement(rename, origin);
}

}  // namespace lockstep::operations::rename_table
