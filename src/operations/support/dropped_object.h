#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "support/judge.h"
#include "support/list.h"
#include "support/objects.h"

namespace lockstep::operations {

/// DROP of one object that is no table: what its kinds have in common.
class DroppedObject : public Operation {
 public:
  DroppedObject(sql::Drop drop, Origin origin)
      : Operation(std::move(origin)), drop_(std::move(drop)) {}

  /// Whether the name is a relation's, or leads to one.
  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(target());
  }

 protected:
  const sql::Drop& drop() const { return drop_; }
  const catalog::QualifiedName& target() const { return drop_.names.front(); }
  /// A Problem, unless IF EXISTS, or lint knows only a part. "there is no index"
  void judge_missing(Judge& judge, const Context& context, std::string_view what) const {
    if (drop_.if_exists || context.catalog.partial) return;
    judge.problem(fmt::format("{} {}", what, shown(target())),
                  "Check the name, or write IF EXISTS if it may be missing.");
  }
  /// The relation of that name, which may be missing with IF EXISTS; CASCADE is refused.
  const catalog::Relation* judge_relation(Judge& judge, const Context& context) const {
    judge_cascade(judge, drop_.cascade, shown(target()));
    if (drop_.if_exists && !context.catalog.find(target())) return nullptr;
    return judge.relation(target());
  }
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
