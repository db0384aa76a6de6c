#include "sequences/not_null.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lockstep/catalog/naming.h"
#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"

namespace lockstep::operations {

using catalog::LockMode;
using catalog::Relation;
using plan::Step;
using How = plan::Touch::How;

namespace {

/// Lower case, without blanks and parentheses around the whole; good enough to know `(c IS NOT
/// NULL)`.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) result += c;
  }
  while (result.size() > 1 && result.front() == '(' && result.back() == ')') {
    result = result.substr(1, result.size() - 2);
  }
  return result;
}

bool says_not_null(const std::string& squeezed_check, std::string_view column) {
  const std::string name = sql::quote_identifier(column);
  if (squeezed_check.size() != name.size() + 9 ||
      squeezed_check.compare(0, name.size(), name) != 0) {
    return false;
  }
  std::string rest = squeezed_check.substr(name.size());
  std::transform(rest.begin(), rest.end(), rest.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return rest == "ISNOTNULL";
}

class Sequence {
 public:
  Sequence(const Maker& make, const NotNullSequence& wanted)
      : make_(make),
        wanted_(wanted),
        column_(sql::quote_identifier(wanted.column)),
        check_(
            catalog::helper_name(make.operation.origin().migration, 1,
                                 fmt::format("{}_{}_nn", wanted.table.name.name, wanted.column))) {}

  std::vector<Step> steps() {
    std::vector<Step> steps;
    if (wanted_.fill) steps.push_back(fill("backfill {} where it is null"));
    steps.push_back(check_no_nulls());
    steps.push_back(add_check());
    if (wanted_.fill) steps.push_back(fill("backfill the {} that came in between"));
    steps.push_back(validate());
    steps.push_back(set_not_null_step(make_, wanted_.table, wanted_.column, wanted_.phase));
    steps.push_back(drop_check());
    return steps;
  }

 private:
  std::vector<plan::LockClaim> locks(LockMode mode) const {
    return family(make_.context.catalog, wanted_.table, mode);
  }
  plan::Touch column(How how) const {
    return touch_column(how, wanted_.table.name, wanted_.column);
  }
  plan::Touch constraint(How how) const {
    return touch_constraint(how, wanted_.table.name, check_);
  }

  Step fill(const char* title) const {
    plan::BackfillBody body =
        backfill_rows(wanted_.table, {{wanted_.column, *wanted_.fill}}, column_ + " IS NULL");
    return make_.backfill(
        wanted_.phase, fmt::format(fmt::runtime(title), wanted_.column), std::move(body),
        undo_structure_only(
            fmt::format("the values filled into {}.{}", shown(wanted_.table.name), wanted_.column)),
        fill_touches());
  }

  std::vector<plan::Touch> fill_touches() const {
    std::vector<plan::Touch> touches{column(How::kChanges)};
    for (const std::string& read : wanted_.reads) {
      touches.push_back(touch_column(How::kNeeds, wanted_.table.name, read));
    }
    return touches;
  }

  Step check_no_nulls() const {
    plan::CheckBody body;
    body.query = fmt::format("SELECT {} FROM {} WHERE {} IS NULL LIMIT 5", row_label(wanted_.table),
                             sql::quote(wanted_.table.name), column_);
    body.failure = fmt::format("{}.{} has NULLs", shown(wanted_.table.name), wanted_.column);
    body.hint = "Fill them, or give the operation a backfill expression.";
    body.sqlstate = "23502";
    return make_.check(wanted_.phase, fmt::format("check that no {} is null", wanted_.column),
                       std::move(body), locks(LockMode::kAccessShare), {column(How::kNeeds)});
  }

  Step add_check() const {
    const std::string add = alter_table(
        wanted_.table.name, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID",
                                        sql::quote_identifier(check_), column_));
    return make_.transaction(wanted_.phase, fmt::format("add check {}, not valid", check_), {add},
                             locks(LockMode::kAccessExclusive), undo_exact({drop_sql()}),
                             {column(How::kChanges), constraint(How::kCreates)});
  }

  Step validate() const {
    return make_.scan(
        wanted_.phase, fmt::format("validate {}", check_),
        {alter_table(wanted_.table.name, "VALIDATE CONSTRAINT " + sql::quote_identifier(check_))},
        locks(LockMode::kShareUpdateExclusive), undo_exact(),
        {column(How::kNeeds), constraint(How::kChanges)});
  }

  Step drop_check() const {
    const std::string again = alter_table(
        wanted_.table.name, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID",
                                        sql::quote_identifier(check_), column_));
    return make_.transaction(wanted_.phase, fmt::format("drop check {}", check_), {drop_sql()},
                             locks(LockMode::kAccessExclusive), undo_exact({again}),
                             {constraint(How::kDrops)});
  }

  std::string drop_sql() const {
    return alter_table(wanted_.table.name, "DROP CONSTRAINT " + sql::quote_identifier(check_));
  }

  const Maker& make_;
  const NotNullSequence& wanted_;
  std::string column_;
  std::string check_;
};

}  // namespace

bool proven_not_null(const Relation& table, std::string_view column) {
  return std::any_of(
      table.constraints.begin(), table.constraints.end(), [&](const auto& constraint) {
        return constraint.kind == catalog::ConstraintKind::kCheck && constraint.validated &&
               constraint.check && says_not_null(squeezed(constraint.check->text), column);
      });
}

std::vector<Step> not_null_steps(const Maker& make, const NotNullSequence& sequence) {
  return Sequence(make, sequence).steps();
}

std::vector<std::string> not_null_plainly(const NotNullSequence& sequence) {
  const std::string column = sql::quote_identifier(sequence.column);
  std::vector<std::string> sql;
  if (sequence.fill) {
    sql.push_back(fmt::format("UPDATE {} SET {} = {} WHERE {} IS NULL",
                              sql::quote(sequence.table.name), column, *sequence.fill, column));
  }
  sql.push_back(
      alter_table(sequence.table.name, fmt::format("ALTER COLUMN {} SET NOT NULL", column)));
  return sql;
}

Step set_not_null_step(const Maker& make, const Relation& table, const std::string& column,
                       core::Phase phase) {
  const std::string alter = "ALTER COLUMN " + sql::quote_identifier(column);
  return make.transaction(phase, fmt::format("set {} not null", column),
                          {alter_table(table.name, alter + " SET NOT NULL")},
                          family(make.context.catalog, table, LockMode::kAccessExclusive),
                          undo_exact({alter_table(table.name, alter + " DROP NOT NULL")}),
                          {touch_column(How::kChanges, table.name, column)});
}

}  // namespace lockstep::operations
