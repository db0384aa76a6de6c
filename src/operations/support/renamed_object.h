#pragma once

#include <string>
#include <vector>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "sequences/steps.h"
#include "support/judge.h"

namespace lockstep::operations {

/// ALTER ... RENAME: what its kinds have in common.
class RenamedObject : public Operation {
 public:
  RenamedObject(sql::Rename statement, Origin origin)
      : Operation(std::move(origin)), statement_(std::move(statement)) {}

  /// "rename_index name=users_email_idx to=users_mail_idx"
  std::string describe() const override;

 protected:
  const sql::Rename& statement() const { return statement_; }
  const catalog::QualifiedName& target() const { return statement_.name; }
  const std::string& new_name() const { return statement_.new_name; }

  /// Asks for what has the new name already.
  void request_new_name(catalog::CatalogRequest& request) const;
  /// A Problem where a table, view, index or sequence of that schema has the new name.
  void judge_new_relation(Judge& judge, const Context& context, const std::string& schema) const;
  /// Whether it is no mistake that the object is not there: IF EXISTS, or lint knows only a part.
  bool may_be_missing(const Context& context) const {
    return statement_.if_exists || context.catalog.partial;
  }

  /// What the rename consists of, and what takes it back.
  struct Statements {
    std::string forth;
    std::string back;
  };
  /// "ALTER kind old RENAME TO new" and the other way round.
  Statements statements(std::string_view kind, const catalog::QualifiedName& name) const;
  /// The one step, instant.
  std::vector<plan::Step> step(const Context& context, core::Phase natural, std::string_view what,
                               const Statements& statements,
                               const std::vector<plan::LockClaim>& locks,
                               std::vector<plan::Touch> touches) const;
  /// The claims as they are to be made once the touches are done: what was renamed has the new
  /// name.
  std::vector<plan::LockClaim> by_new_name(std::vector<plan::LockClaim> claims,
                                           const std::vector<plan::Touch>& touches) const;

 private:
  sql::Rename statement_;
};

/// Refused unless its author knows that nobody uses the old name: nothing can have two names.
void judge_used_by_name(Judge& judge, const std::string& effect, const std::string& remedy);

/// `to` and `if_exists` of a YAML rename.
void yaml_new_name(text::Fields& fields, sql::Rename& rename, core::Problems& problems);

}  // namespace lockstep::operations
