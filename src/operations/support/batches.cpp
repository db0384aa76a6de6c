#include "support/batches.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/plan/step.h"
#include "lockstep/sql/quote.h"
#include "sequences/backfill.h"
#include "support/judge.h"
#include "support/purity.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Column;
using catalog::Relation;

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Types without an = that tells two values apart.
bool has_equality(const Column& column) {
  constexpr std::array<std::string_view, 9> kWithout{"json", "xml",  "point",   "line",  "lseg",
                                                     "box",  "path", "polygon", "circle"};
  const std::string_view base = std::string_view(column.type).substr(0, column.type.find('['));
  return std::find(kWithout.begin(), kWithout.end(), base) == kWithout.end();
}

bool is_whole_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether assigning the value stores exactly what comparing with it means. If not, it is cast to
/// the column's type first, as the assignment does it: 1.5 in an integer column is 2.
bool stored_as_written(const Column& column, const sql::Expr& value) {
  if (column.type.empty()) return true;
  const bool modified =
      column.type.find('(') != std::string::npos || column.type.find('[') != std::string::npos;
  const bool text_literal =
      value.is_constant && value.text.front() == '\'' && value.text.back() == '\'';
  if (text_literal) return !modified;
  if (column.type == "text" || column.type == "boolean") return true;
  const bool integer =
      column.type == "integer" || column.type == "bigint" || column.type == "smallint";
  return integer && is_whole_number(value.text);
}

class UpdateTerms {
 public:
  UpdateTerms(const sql::Update& statement, const Relation& table, const Catalog& catalog)
      : statement_(statement), table_(table), catalog_(catalog) {
    for (const sql::Assignment& assignment : statement.assignments) {
      written_.push_back(assignment.column);
    }
  }

  /// "The column still needs the change", of rows that the WHERE holds for; "true" where that says
  /// it all. Nothing where it cannot be told.
  std::optional<std::string> of(const sql::Assignment& assignment) const {
    const std::string column = sql::quote_identifier(assignment.column);
    const Column unknown;
    const Column* known = table_.column(assignment.column);
    const sql::Expr value = resolved(assignment.value, known);
    if (value.is_default_keyword) return std::nullopt;
    if (value.is_null) return column + " IS NOT NULL";
    const Purity kind = purity(value, catalog_);
    const bool only_nulls = statement_.where && requires_null(*statement_.where, assignment.column);
    if (kind == Purity::kGenerates) {
      return only_nulls ? std::optional<std::string>("true") : std::nullopt;
    }
    if (kind != Purity::kDeterministic) return std::nullopt;
    if (only_nulls) {
      return value.is_constant ? "true" : fmt::format("({}) IS NOT NULL", value.text);
    }
    if (!settles(assignment.column, value) || !has_equality(known ? *known : unknown))
      return std::nullopt;
    return differs(column, known ? *known : unknown, value);
  }

 private:
  /// DEFAULT as the value that it stands for, where that is a constant.
  static sql::Expr resolved(const sql::Expr& value, const Column* column) {
    if (!value.is_default_keyword || !column) return value;
    if (!column->default_value) {
      sql::Expr null;
      null.text = "NULL";
      null.is_null = true;
      return null;
    }
    return column->default_value->is_constant ? *column->default_value : value;
  }

  /// Whether computing the value again, after the row was updated, gives the same.
  bool settles(const std::string& column, const sql::Expr& value) const {
    const auto reads_written = [&](bool but_itself) {
      return std::any_of(value.columns.begin(), value.columns.end(), [&](const std::string& read) {
        return contains(written_, read) && !(but_itself && read == column);
      });
    };
    if (!reads_written(false) || is_idempotent_on(value, column, catalog_)) return true;
    return keeps_unless_null(value, column) && !reads_written(true);
  }

  static std::string differs(const std::string& column, const Column& known,
                             const sql::Expr& value) {
    if (known.type == "citext") {
      return fmt::format("{}::text IS DISTINCT FROM ({})::text", column, value.text);
    }
    if (value.is_constant && stored_as_written(known, value)) {
      return fmt::format("{} IS DISTINCT FROM {}", column, value.text);
    }
    if (stored_as_written(known, value))
      return fmt::format("{} IS DISTINCT FROM ({})", column, value.text);
    return fmt::format("{} IS DISTINCT FROM CAST({} AS {})", column, value.text, known.type);
  }

  const sql::Update& statement_;
  const Relation& table_;
  const Catalog& catalog_;
  std::vector<std::string> written_;
};

Batching refused(std::string why, std::string remedy) {
  return {{}, std::move(why), std::move(remedy)};
}

bool reads_itself(const std::vector<core::QualifiedName>& reads, const Relation& table,
                  const Catalog& catalog) {
  return std::any_of(reads.begin(), reads.end(),
                     [&](const auto& name) { return catalog.qualify(name) == table.name; });
}

constexpr std::string_view kClockRemedy =
    "Write the moment as a literal, or let the column's default give it.";

/// What UPDATE and DELETE have in common. Nothing: no reason against batches.
std::optional<Batching> common_refusal(bool has_from, bool has_with, bool only,
                                       const std::vector<core::QualifiedName>& reads,
                                       const std::optional<sql::Expr>& where, const Relation& table,
                                       const Catalog& catalog) {
  if (has_from || has_with) {
    return refused(
        fmt::format("it joins {} with other rows, and a batch sees them as they are by then",
                    shown(table.name)),
        "Write it without FROM, USING and WITH: a sub-select on another table in SET or WHERE, or "
        "a column filled first.");
  }
  if (only && !table.partitions.empty()) {
    return refused("ONLY leaves partitions and children out", "Write it without ONLY.");
  }
  if (reads_itself(reads, table, catalog)) {
    return refused(
        fmt::format("it reads other rows of {}, which earlier batches have changed already",
                    shown(table.name)),
        "Store what it computes from other rows in a column or table of its own first.");
  }
  if (!where) return std::nullopt;
  switch (purity(*where, catalog)) {
    case Purity::kDeterministic:
      return std::nullopt;
    case Purity::kReadsClock:
      return refused("its WHERE depends on the time, which differs from batch to batch",
                     std::string(kClockRemedy));
    default:
      return refused("its WHERE calls a volatile function, so each batch would choose other rows",
                     "Write the condition without it.");
  }
}

}  // namespace

Batching batch_update(const sql::Update& statement, const Relation& table, const Catalog& catalog) {
  if (auto no = common_refusal(statement.has_from, statement.has_with, statement.only,
                               statement.reads, statement.where, table, catalog)) {
    return *no;
  }
  if (statement.multi_assignment) {
    return refused(
        "SET (a, b) = (...) and SET a[1] = ... do not give each column a value of its own",
        "Write SET a = ..., b = ... instead.");
  }
  plan::BackfillBody body;
  choose_key(body, table);
  const UpdateTerms terms(statement, table, catalog);
  std::vector<std::string> open;
  bool derivable = true;
  for (const sql::Assignment& assignment : statement.assignments) {
    if (contains(body.key, assignment.column) || contains(table.partition_key, assignment.column)) {
      return refused(
          fmt::format("it writes {}, by which the batches find their way", assignment.column),
          "Fill a new column instead, and make that the key in a later migration.");
    }
    const Purity kind = purity(assignment.value, catalog);
    if (kind == Purity::kReadsClock) {
      return refused(fmt::format("{} depends on the time, which differs from batch to batch",
                                 assignment.value.text),
                     std::string(kClockRemedy));
    }
    if (kind == Purity::kUnknown) {
      return refused(
          fmt::format("{} calls a volatile function: what a repeated batch does is not known",
                      assignment.value.text),
          "Declare the function STABLE or IMMUTABLE if that is what it is.");
    }
    const std::optional<std::string> term = terms.of(assignment);
    derivable = derivable && term;
    if (term) open.push_back(*term);
  }
  if (!derivable) {
    if (body.key_grows || table.assumed) return {};
    return refused(
        "nothing tells a row that is changed already from one that is not, and the key does not "
        "grow "
        "with insertion",
        "Add a condition that the change itself makes false (WHERE column IS NULL), or fill a new "
        "column.");
  }
  Batching result;
  result.remaining = fmt::format("{}", fmt::join(open, " OR "));
  if (!statement.where) return result;
  const bool said = std::find(open.begin(), open.end(), "true") != open.end();
  result.remaining = said ? statement.where->text
                          : fmt::format("({}) AND ({})", statement.where->text, result.remaining);
  return result;
}

Batching batch_delete(const sql::Delete& statement, const Relation& table, const Catalog& catalog) {
  if (auto no = common_refusal(statement.has_using, statement.has_with, statement.only,
                               statement.reads, statement.where, table, catalog)) {
    return *no;
  }
  Batching result;
  result.remaining = statement.where ? statement.where->text : "true";
  return result;
}

}  // namespace lockstep::operations
