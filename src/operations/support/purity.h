#pragma once

#include <string_view>

#include "lockstep/catalog/catalog.h"
#include "lockstep/sql/statement.h"

namespace lockstep::operations {

/// What evaluating an expression again gives.
enum class Purity {
  kDeterministic,  ///< the same for the same row
  kGenerates,      ///< a new value that is never NULL, and no other effect: gen_random_uuid(),
                   ///< nextval()
  kReadsClock,     ///< depends on when
  kUnknown,        ///< a volatile function that we know nothing about
};

Purity purity(const sql::Expr& expression, const catalog::Catalog& catalog);

/// Whether it applies only functions with f(f(x)) = f(x) to that one column: "lower(trim(email))".
bool is_idempotent_on(const sql::Expr& expression, std::string_view column,
                      const catalog::Catalog& catalog);

/// Whether it is "coalesce(column, ...)": a value that is there stays.
bool keeps_unless_null(const sql::Expr& expression, std::string_view column);

/// Whether the condition is a conjunction with "column IS NULL" in it.
bool requires_null(const sql::Expr& condition, std::string_view column);

}  // namespace lockstep::operations
