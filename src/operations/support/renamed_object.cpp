#include "support/renamed_object.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "support/yaml.h"

namespace lockstep::operations {

std::string RenamedObject::describe() const {
  return fmt::format("{} {}={} {} to={}{}", name(), statement_.object_type, shown(statement_.name),
                     statement_.sub_name, new_name(), statement_.if_exists ? " if_exists" : "");
}

void RenamedObject::request_new_name(catalog::CatalogRequest& request) const {
  request.relations.insert({target().schema, new_name()});
  request.names.insert({target().schema, new_name()});
}

void RenamedObject::judge_new_relation(Judge& judge, const Context& context,
                                       const std::string& schema) const {
  if (!context.catalog.relation_name_taken(schema, new_name())) return;
  judge.problem(fmt::format("there is already a table, view, index or sequence {}",
                            shown({schema, new_name()})),
                "Choose another name, or drop or rename the other one first.");
}

RenamedObject::Statements RenamedObject::statements(std::string_view kind,
                                                    const catalog::QualifiedName& name) const {
  return {fmt::format("ALTER {} {} RENAME TO {}", kind, sql::quote(name),
                      sql::quote_identifier(new_name())),
          fmt::format("ALTER {} {} RENAME TO {}", kind, sql::quote({name.schema, new_name()}),
                      sql::quote_identifier(name.name))};
}

std::vector<plan::Step> RenamedObject::step(const Context& context, core::Phase natural,
                                            std::string_view what, const Statements& statements,
                                            const std::vector<plan::LockClaim>& locks,
                                            std::vector<plan::Touch> touches) const {
  const Maker make{*this, context};
  std::vector<plan::Step> steps;
  steps.push_back(make.transaction(natural, fmt::format("rename {} to {}", what, new_name()),
                                   {statements.forth}, locks, undo_exact({statements.back}),
                                   std::move(touches)));
  plan::Step& step = steps.back();
  std::vector<plan::LockClaim> claims = by_new_name(step.locks, step.touches);
  if (claims == step.locks) return steps;
  step.undo.locks = std::move(claims);
  step.undo.lock_first =
      by_new_name(std::get<plan::TransactionBody>(step.body).lock_first, step.touches);
  return steps;
}

std::vector<plan::LockClaim> RenamedObject::by_new_name(
    std::vector<plan::LockClaim> claims, const std::vector<plan::Touch>& touches) const {
  for (plan::LockClaim& claim : claims) {
    const bool renamed = std::any_of(touches.begin(), touches.end(), [&](const auto& touch) {
      return touch.how == plan::Touch::How::kRenames && touch.sub_name.empty() &&
             touch.name == claim.relation;
    });
    if (renamed) claim.relation.name = new_name();
  }
  return claims;
}

void judge_used_by_name(Judge& judge, const std::string& effect, const std::string& remedy) {
  judge.refuse("rename-used-by-name", effect,
               remedy +
                   " If nobody uses the name, write: -- lockstep: allow = rename-used-by-name, "
                   "reason = \"...\"");
}

void yaml_new_name(text::Fields& fields, sql::Rename& rename, core::Problems& problems) {
  rename.new_name = yaml_identifier(fields, "to", problems);
  rename.if_exists = fields.boolean("if_exists").value_or(false);
}

}  // namespace lockstep::operations
