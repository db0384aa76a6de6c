#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/judge.h"
#include "support/list.h"
#include "support/objects.h"

namespace lockstep::operations {

/// DROP of one object that is no table: what its kinds have in common.
class DroppedObject : public Operation {
 public:
  DroppedObject(sql::Drop drop, Origin origin)
      : Operation(std::move(origin)), drop_(std::move(drop)) {}

 protected:
  const sql::Drop& drop() const { return drop_; }
  const catalog::QualifiedName& target() const { return drop_.names.front(); }
  /// "name=tickets if_exists"
  std::string described() const {
    return "name=" + shown(target()) + (drop_.if_exists ? " if_exists" : "") +
           (drop_.cascade ? " cascade" : "");
  }

 private:
  sql::Drop drop_;
};

/// An operation for each name of the statement.
template <class Kind>
std::vector<OperationPtr> drop_each(const sql::Drop& statement, const Origin& origin) {
  return each_name(statement,
                   [&](sql::Drop drop) { return std::make_unique<Kind>(std::move(drop), origin); });
}

/// From `name` and `if_exists`, and what the caller has read before.
template <class Kind>
std::vector<OperationPtr> drop_from_yaml(text::Fields& fields, std::string object_type,
                                         const Origin& origin, core::Problems& problems) {
  sql::Drop drop = yaml_drop(fields, std::move(object_type), problems);
  fields.finish();
  return one(std::make_unique<Kind>(std::move(drop), origin));
}

}  // namespace lockstep::operations
