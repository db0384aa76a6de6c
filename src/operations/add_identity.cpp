#include "add_identity.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "support/altered_column.h"
#include "support/fold.h"
#include "support/identity.h"
#include "support/list.h"
#include "support/requests.h"

// The sequence begins behind the numbers that are there, which is read in the same transaction,
// from an index: PostgreSQL alone would begin with 1.

namespace lockstep::operations::add_identity {

using catalog::Column;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using sql::IdentitySpec;
using How = plan::Touch::How;

namespace {

class AddIdentity final : public AlteredColumn {
 public:
  AddIdentity(ColumnTarget target, sql::AddIdentity action, Origin origin)
      : AlteredColumn(std::move(target), std::move(origin)), action_(std::move(action)) {}

  std::string_view name() const noexcept override { return "add_identity"; }

  void request(catalog::CatalogRequest& request) const override {
    AlteredColumn::request(request);
    request_names(request, target().name,
                  catalog::sequence_name_choices(target().name.name, column()));
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const auto found = judge_column(judge);
    if (!found) return judge.take();
    const Relation& table = found->table;
    if (!table.assumed && !can_have_identity(judge, table, found->column)) return judge.take();
    if (always() && !is_new(table, *this, context)) judge_identity_always(judge, column());
    judge.brief_lock(table, LockMode::kAccessExclusive,
                     "The highest number is read from an index.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(target().name);
    if (!table) return {};
    const Maker make{*this, context};
    const bool contract = always() && !is_new(*table, *this, context);
    std::vector<std::string> sql{alter(*table, clause())};
    if (!action_.starts) sql.push_back(begin_behind(*table));
    Step step =
        make.transaction(contract ? Phase::kContract : Phase::kExpand,
                         fmt::format("make {} an identity column", column()), std::move(sql),
                         {{table->name, LockMode::kAccessExclusive}},
                         undo_loses("the state of its sequence", {alter(*table, "DROP IDENTITY")}),
                         {touch_column(How::kChanges, table->name, column()),
                          touch_defaults(How::kChanges, table->name)});
    if (contract) step.note = "is contract because the application may insert numbers of its own";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(target().name);
    Column* altered = table ? table->column(column()) : nullptr;
    if (!altered) return;
    const Context context{catalog};
    const bool contract = always() && !is_new(*table, *this, context);
    if (phase != phase_of(*this, context, contract ? Phase::kContract : Phase::kExpand)) return;
    if (altered->identity == catalog::Identity::kNone) {
      Relation sequence;
      sequence.name = {table->name.schema,
                       catalog::choose_sequence_name(catalog, *table, column())};
      sequence.kind = catalog::RelationKind::kSequence;
      sequence.owned_by = {table->name, column()};
      sequence.created_by = origin().migration;
      catalog.relations.emplace(sequence.name, sequence);
    }
    catalog.find(target().name)->column(column())->identity =
        always() ? catalog::Identity::kAlways : catalog::Identity::kByDefault;
  }

  std::string describe() const override {
    return fmt::format("add_identity {} {}", described(), clause());
  }

 private:
  bool always() const { return action_.identity.kind == IdentitySpec::Kind::kAlways; }

  std::string clause() const {
    const std::string& options = action_.identity.options;
    return fmt::format("ADD GENERATED {} AS IDENTITY{}", always() ? "ALWAYS" : "BY DEFAULT",
                       options.empty() ? "" : fmt::format(" ({})", options));
  }

  bool can_have_identity(Judge& judge, const Relation& table, const Column& altered) const {
    const std::string name = fmt::format("{}.{}", shown(table.name), column());
    if (altered.identity != catalog::Identity::kNone) {
      judge.problem(fmt::format("{} is an identity column already", name));
      return false;
    }
    if (altered.default_value || altered.generated != catalog::Generated::kNone) {
      judge.problem(fmt::format("{} has a default already, which PostgreSQL refuses", name),
                    "Keep it; a default from a sequence numbers rows as identity does.");
      return false;
    }
    if (!altered.not_null) {
      judge.problem(fmt::format("{} may be null, which PostgreSQL refuses", name),
                    fmt::format("Write ALTER TABLE {} ALTER COLUMN {} SET NOT NULL; in an earlier "
                                "migration.",
                                sql::quote(target().name), sql::quote_identifier(column())));
      return false;
    }
    if (!judge_identity_family(
            judge, table, "Create a sequence, and make nextval() of it the column's default.")) {
      return false;
    }
    if (!action_.starts && table.created_by.empty() && !has_index(table)) {
      judge.refuse("identity-numbers",
                   fmt::format("The highest {} is found only by reading all of {} while nobody can "
                               "read or write it.",
                               column(), shown(table.name)),
                   fmt::format("Write CREATE INDEX ON {} ({}); in a statement before this one, or "
                               "START WITH a number that is high enough.",
                               sql::quote(target().name), sql::quote_identifier(column())));
      return false;
    }
    return true;
  }

  bool has_index(const Relation& table) const {
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
      return index.valid && index.method == "btree" && !index.predicate && !index.columns.empty() &&
             index.columns.front() == column();
    });
  }

  /// The tenant's table by search_path, which has its schema first.
  std::string begin_behind(const Relation& table) const {
    const QualifiedName named =
        table.name.in_tenant() ? QualifiedName{"", table.name.name} : table.name;
    return fmt::format(
        "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}), "
        "(SELECT greatest(max({}), 0) + 1 FROM {}), false)",
        sql::quote_literal(sql::quote(named)), sql::quote_literal(column()),
        sql::quote_identifier(column()), sql::quote(table.name));
  }

  sql::AddIdentity action_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const TableTarget& table, const sql::AddIdentity& action,
                                         const Origin& origin) {
  return one(std::make_unique<AddIdentity>(ColumnTarget{table, action.column}, action, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation add_identity", problems);
  const ColumnTarget target = yaml_column_target(fields, problems);
  sql::AddIdentity action;
  action.column = target.column;
  action.identity.kind = yaml_generated(fields, fields.text("generated").value_or("by_default"));
  if (const auto start = fields.integer("start")) {
    action.identity.options = fmt::format("START WITH {}", *start);
    action.starts = true;
  }
  fields.finish();
  return from_statement(target.table, action, origin);
}

}  // namespace lockstep::operations::add_identity
