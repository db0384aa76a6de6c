#include "create_policy.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "drop_policy.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/policies.h"
#include "support/text.h"

// Expand where it lets more rows through or where row security is off: before it is switched on.

namespace lockstep::operations::create_policy {

using catalog::Dependant;
using catalog::LockMode;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class CreatePolicy final : public Operation {
 public:
  CreatePolicy(std::string text, sql::CreatePolicy statement, bool replaces, Origin origin)
      : Operation(std::move(origin)),
        text_(std::move(text)),
        statement_(std::move(statement)),
        replaces_(replaces) {}

  std::string_view name() const noexcept override { return "create_policy"; }

  void request(catalog::CatalogRequest& request) const override {
    request_policy(request, parts_of(statement_));
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    const bool there = find_policy(*table, statement_.name) != nullptr;
    if (there && !replaces_) {
      judge.problem(fmt::format("{} has a policy {} already", shown(table->name), statement_.name),
                    "Drop it in the statement before this one, or choose another name.");
    }
    if (!there && replaces_ && !table->assumed) {
      judge.problem(fmt::format("{} has no policy {}", shown(table->name), statement_.name),
                    "Check the name, or leave the DROP POLICY out.");
    }
    if (phase(*table, context) == Phase::kContract) judge_other_rows(judge, *table);
    judge.brief_lock(*table, LockMode::kAccessExclusive, "No row is read.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table) return {};
    const Maker make{*this, context};
    std::vector<std::string> sql{text_};
    if (replaces_) sql.insert(sql.begin(), drop_policy_sql(*table, statement_.name));
    std::vector<Step> steps;
    steps.push_back(policy_step(make, *table, parts_of(statement_), phase(*table, context),
                                fmt::format("{} policy {} on {}", replaces_ ? "replace" : "create",
                                            statement_.name, shown(table->name)),
                                std::move(sql), undo(*table),
                                replaces_ ? How::kChanges : How::kCreates));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override {
    Relation* table = catalog.find(statement_.table);
    if (!table) return;
    std::erase_if(table->dependants, [&](const Dependant& dependant) {
      return dependant.kind == "policy" && dependant.name.name == statement_.name;
    });
    Dependant policy{"policy", {table->name.schema, statement_.name}, {}, {}};
    policy.columns = policy_columns(*table, parts_of(statement_));
    table->dependants.push_back(std::move(policy));
  }

  std::string describe() const override {
    return (replaces_ ? "create_policy replacing " : "create_policy ") + one_line(text_);
  }

  const std::string& text() const { return text_; }
  const sql::CreatePolicy& statement() const { return statement_; }

 private:
  Phase phase(const Relation& table, const Context& context) const {
    const bool lets_more_through = statement_.permissive && !replaces_;
    return lets_more_through || !policies_count(table, *this, context) ? Phase::kExpand
                                                                       : Phase::kContract;
  }

  plan::Undo undo(const Relation& table) const {
    if (replaces_ && find_policy(table, statement_.name))
      return undo_policy(table, statement_.name);
    return undo_exact({drop_policy_sql(table, statement_.name)});
  }

  std::string text_;
  sql::CreatePolicy statement_;
  bool replaces_;
};

const CreatePolicy* as_create(const Operation& operation) {
  return dynamic_cast<const CreatePolicy*>(&operation);
}

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreatePolicy& statement, const Origin& origin) {
  return one(std::make_unique<CreatePolicy>(text, statement, false, origin));
}

bool replaces(const Operation& drop, const Operation& create) {
  const sql::Drop* dropped = drop_policy::statement_of(drop);
  const CreatePolicy* created = as_create(create);
  if (!dropped || !created || dropped->if_exists || dropped->cascade) return false;
  return dropped->names.front().name == created->statement().name &&
         *dropped->on_table == created->statement().table &&
         drop.origin().phase == create.origin().phase &&
         drop.origin().allows == create.origin().allows;
}

OperationPtr replaced(const OperationPtr& drop, const OperationPtr& create) {
  const CreatePolicy* created = as_create(*create);
  Origin origin = create->origin();
  origin.statement = drop->origin().statement + ";\n" + origin.statement;
  origin.where = drop->origin().where;
  return std::make_unique<CreatePolicy>(created->text(), created->statement(), true,
                                        std::move(origin));
}

bool is_about_policy(const Operation& operation) {
  return as_create(operation) || drop_policy::statement_of(operation) ||
         operation.name() == "alter_policy";
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_policy", problems);
  const std::string name = fields.required_text("name");
  const std::string table = fields.required_text("table");
  const bool restrictive = fields.boolean("restrictive").value_or(false);
  const std::optional<std::string> command = fields.text("for");
  const std::string clauses = yaml_policy_clauses(fields);
  fields.finish();
  const std::string text =
      fmt::format("CREATE POLICY {} ON {}{}{}{}", name, table, restrictive ? " AS RESTRICTIVE" : "",
                  command ? " FOR " + *command : "", clauses);
  const auto parsed = parse_as<sql::CreatePolicy>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_policy
