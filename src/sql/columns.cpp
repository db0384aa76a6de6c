#include "columns.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lockstep::sql {

namespace {

/// Where a column's type ends if nothing with a position of its own follows it.
std::size_t find_type_end(const Reader& reader, std::size_t first, std::size_t end) {
  for (std::size_t i = first + 1; i < end; ++i) {
    const bool behind_dot = reader.is(i - 1, PG_QUERY__TOKEN__ASCII_46);
    if (!behind_dot && (reader.is_word(i, "storage") || reader.is_word(i, "compression") ||
                        reader.is_word(i, "options"))) {
      return i;
    }
    if (reader.is(i, PG_QUERY__TOKEN__ASCII_40)) {
      i = reader.closing(i);
    }
  }
  return end;
}

/// The word behind STORAGE or COMPRESSION, where they stand: after the type, before everything
/// with a position of its own.
std::optional<std::string> word_behind(const Reader& reader, std::string_view keyword,
                                       TokenRange range) {
  for (std::size_t i = range.first; i + 1 < range.last; ++i) {
    if (reader.is_word(i, keyword)) {
      return reader.slice(TokenRange{i + 1, i + 2});
    }
  }
  return std::nullopt;
}

bool is_attribute(const PgQuery__Constraint& constraint) {
  return constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE ||
         constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE ||
         constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED ||
         constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE;
}

/// After CONSTRAINT name, where that is written.
TokenRange without_name(const Reader& reader, TokenRange range) {
  return reader.is(range.first, PG_QUERY__TOKEN__CONSTRAINT)
             ? TokenRange{range.first + 2, range.last}
             : range;
}

/// GENERATED ALWAYS AS IDENTITY (...) and GENERATED ALWAYS AS (...) STORED: what is in brackets.
TokenRange in_brackets(const Reader& reader, TokenRange range) {
  const std::size_t open = reader.find({PG_QUERY__TOKEN__ASCII_40}, range.first, range.last);
  return open < range.last ? TokenRange{open + 1, reader.closing(open)}
                           : TokenRange{range.last, range.last};
}

class ColumnReader {
 public:
  ColumnReader(const Reader& reader, const PgQuery__ColumnDef* column, std::size_t end)
      : reader_(reader), column_(column), end_(end) {}

  ColumnDef read() {
    const std::size_t begin = reader_.at(column_->location);
    result_.name = reader_.name(column_->colname);
    result_.text = reader_.slice(TokenRange{begin, end_});
    result_.span = reader_.span(TokenRange{begin, end_});
    find_boundaries();
    read_head(begin);
    for (std::size_t i = 0; i < column_->n_constraints; ++i) {
      add(*column_->constraints[i]->constraint);
    }
    return std::move(result_);
  }

 private:
  /// Where the parts with a position begin: each ends where the next one begins.
  void find_boundaries() {
    boundaries_.push_back(end_);
    if (column_->coll_clause != nullptr) {
      boundaries_.push_back(reader_.at(column_->coll_clause->location));
    }
    for (std::size_t i = 0; i < column_->n_constraints; ++i) {
      const auto& constraint = *column_->constraints[i]->constraint;
      if (!is_attribute(constraint)) {
        boundaries_.push_back(reader_.at(constraint.location));
      }
    }
    std::sort(boundaries_.begin(), boundaries_.end());
  }

  std::size_t part_end(std::size_t begin) const {
    return *std::upper_bound(boundaries_.begin(), boundaries_.end() - 1, begin);
  }

  void read_head(std::size_t begin) {
    const std::size_t head_end = part_end(begin);
    if (column_->type_name != nullptr) {
      const std::size_t type = reader_.at(column_->type_name->location);
      const std::size_t type_end = find_type_end(reader_, type, head_end);
      result_.type = read_type(reader_, column_->type_name, TokenRange{type, type_end});
      result_.storage = word_behind(reader_, "storage", TokenRange{type_end, head_end});
      result_.compression = word_behind(reader_, "compression", TokenRange{type_end, head_end});
    }
    if (column_->coll_clause != nullptr) {
      const std::size_t name = reader_.at(column_->coll_clause->location) + 1;
      result_.collation = reader_.slice(TokenRange{name, reader_.after_name(name)});
    }
  }

  void add(const PgQuery__Constraint& constraint) {
    const std::size_t begin = reader_.at(constraint.location);
    const TokenRange range{begin, part_end(begin)};
    const TokenRange body = without_name(reader_, range);
    switch (constraint.contype) {
      case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
        result_.not_null = true;
        result_.not_null_name = reader_.optional_name(constraint.conname);
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
        result_.explicit_null = true;
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
        result_.default_value =
            read_expression(reader_, constraint.raw_expr, TokenRange{body.first + 1, body.last});
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
        result_.generated =
            read_expression(reader_, constraint.raw_expr, in_brackets(reader_, body));
        result_.generated_virtual = !reader_.is_word(body.last - 1, "stored");
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: {
        const bool always = std::string_view(constraint.generated_when) == "a";
        result_.identity =
            IdentitySpec{always ? IdentitySpec::Kind::kAlways : IdentitySpec::Kind::kByDefault,
                         reader_.slice(in_brackets(reader_, body))};
        break;
      }
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
        add_attribute(constraint);
        break;
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
      case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
        break;
      default:
        result_.constraints.push_back(read_constraint(reader_, &constraint, range));
        if (result_.constraints.back().columns.empty()) {
          result_.constraints.back().columns.push_back(result_.name);
        }
    }
  }

  /// DEFERRABLE and the like follow the constraint that they say something of.
  void add_attribute(const PgQuery__Constraint& attribute) {
    if (result_.constraints.empty()) {
      return;  // refused by PostgreSQL itself
    }
    ConstraintDef& constraint = result_.constraints.back();
    constraint.deferrable = true;  // INITIALLY DEFERRED implies it
    if (attribute.contype == PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED) {
      constraint.initially_deferred = true;
    }
  }

  const Reader& reader_;
  const PgQuery__ColumnDef* column_;
  std::size_t end_;
  std::vector<std::size_t> boundaries_;
  ColumnDef result_;
};

ForeignKeyAction foreign_key_action(const char* action) {
  switch (*action) {
    case 'r':
      return ForeignKeyAction::kRestrict;
    case 'c':
      return ForeignKeyAction::kCascade;
    case 'n':
      return ForeignKeyAction::kSetNull;
    case 'd':
      return ForeignKeyAction::kSetDefault;
    default:
      return ForeignKeyAction::kNoAction;
  }
}

std::optional<ConstraintDef::Kind> constraint_kind(PgQuery__ConstrType type) {
  switch (type) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
      return ConstraintDef::Kind::kCheck;
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
      return ConstraintDef::Kind::kForeignKey;
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
      return ConstraintDef::Kind::kUnique;
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
      return ConstraintDef::Kind::kPrimaryKey;
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
      return ConstraintDef::Kind::kExclusion;
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
      return ConstraintDef::Kind::kNotNull;
    default:
      return std::nullopt;
  }
}

/// WITH (...) and USING INDEX TABLESPACE t of a constraint that has an index.
std::string index_parameters(const Reader& reader, const PgQuery__Constraint& constraint,
                             TokenRange body) {
  if (constraint.n_options == 0 && *constraint.indexspace == '\0') {
    return {};
  }
  // EXCLUDE USING method comes before; it has no WITH outside of brackets before its own.
  std::size_t begin = reader.find({PG_QUERY__TOKEN__WITH}, body.first, body.last);
  if (begin == body.last) {
    begin = reader.find({PG_QUERY__TOKEN__TABLESPACE}, body.first, body.last) - 2;
  }
  const std::size_t end = reader.find({PG_QUERY__TOKEN__WHERE, PG_QUERY__TOKEN__NOT,
                                       PG_QUERY__TOKEN__DEFERRABLE, PG_QUERY__TOKEN__INITIALLY},
                                      begin, body.last);
  return reader.slice(TokenRange{begin, end});
}

std::vector<std::string> excluded_columns(const Reader& reader,
                                          const PgQuery__Constraint& constraint) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < constraint.n_exclusions; ++i) {
    const PgQuery__IndexElem& element = *constraint.exclusions[i]->list->items[0]->index_elem;
    if (*element.name != '\0') {
      result.push_back(reader.name(element.name));
    }
  }
  return result;
}

}  // namespace

ColumnDef read_column(const Reader& reader, const PgQuery__ColumnDef* column, std::size_t end) {
  return ColumnReader(reader, column, end).read();
}

ConstraintDef read_constraint(const Reader& reader, const PgQuery__Constraint* constraint,
                              TokenRange range) {
  ConstraintDef result;
  const auto kind = constraint_kind(constraint->contype);
  if (!kind) {
    reader.report(
        range.first,
        "a kind of constraint that " + grammar_name() + "'s grammar knows and Lockstep does not",
        "");
    return result;
  }
  const TokenRange body = without_name(reader, range);
  result.kind = *kind;
  result.name = reader.optional_name(constraint->conname);
  result.text = reader.slice(body);
  result.span = reader.span(range);
  result.include = reader.names(constraint->including, constraint->n_including);
  result.referenced = reader.relation(constraint->pktable);
  result.referenced_columns = reader.names(constraint->pk_attrs, constraint->n_pk_attrs);
  result.on_update = foreign_key_action(constraint->fk_upd_action);
  result.on_delete = foreign_key_action(constraint->fk_del_action);
  result.on_delete_columns =
      reader.names(constraint->fk_del_set_cols, constraint->n_fk_del_set_cols);
  result.match_full = std::string_view(constraint->fk_matchtype) == "f";
  result.deferrable = constraint->deferrable != 0;
  result.initially_deferred = constraint->initdeferred != 0;
  result.not_valid = constraint->skip_validation != 0;
  result.no_inherit = constraint->is_no_inherit != 0;
  result.nulls_not_distinct = constraint->nulls_not_distinct != 0;
  result.using_index = reader.optional_name(constraint->indexname);
  result.index_parameters = index_parameters(reader, *constraint, body);
  switch (result.kind) {
    case ConstraintDef::Kind::kForeignKey:
      result.columns = reader.names(constraint->fk_attrs, constraint->n_fk_attrs);
      break;
    case ConstraintDef::Kind::kExclusion:
      result.columns = excluded_columns(reader, *constraint);
      break;
    case ConstraintDef::Kind::kCheck:
      result.check = read_expression(reader, constraint->raw_expr, in_brackets(reader, body));
      break;
    default:
      result.columns = reader.names(constraint->keys, constraint->n_keys);
  }
  return result;
}

}  // namespace lockstep::sql
