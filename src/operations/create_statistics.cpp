#include "create_statistics.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/dml.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"

namespace lockstep::operations::create_statistics {

using catalog::Dependant;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class CreateStatistics final : public Operation {
 public:
  CreateStatistics(std::string text, sql::CreateStatistics statement, Origin origin)
      : Operation(std::move(origin)), text_(std::move(text)), statement_(std::move(statement)) {}

  std::string_view name() const noexcept override { return "create_statistics"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(statement_.table);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    if (statement_.name.name.empty()) {
      judge.problem("the statistics have no name", "Name them: nobody can drop them otherwise.");
      return judge.take();
    }
    const Relation* table = judge.table({statement_.table, false, false});
    if (!table) return judge.take();
    for (const std::string& column : statement_.columns) judge.column(*table, column);
    if (there(context.catalog, *table) && !statement_.if_not_exists) {
      judge.problem(fmt::format("there are statistics {} already", shown(statement_.name)),
                    "Choose another name, or write IF NOT EXISTS if it is these very statistics.");
    }
    judge.brief_lock(*table, LockMode::kShareUpdateExclusive, "The next ANALYZE fills them.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(statement_.table);
    if (!table || there(context.catalog, *table)) return {};
    const Maker make{*this, context};
    const QualifiedName statistics = created_name(context.catalog, statement_.name);
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table->name),
                                     {How::kCreates, "statistics", statistics, {}}};
    for (const std::string& column : statement_.columns) {
      touches.push_back(touch_column(How::kNeeds, table->name, column));
    }
    std::vector<Step> steps;
    steps.push_back(alone(
        make.transaction(Phase::kExpand, fmt::format("create statistics {}", shown(statistics)),
                         {text_}, {{table->name, LockMode::kShareUpdateExclusive}},
                         undo_exact({"DROP STATISTICS " + sql::quote(statistics)}),
                         std::move(touches)),
        *table));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    Relation* table = catalog.find(statement_.table);
    if (!table || there(catalog, *table) ||
        phase != phase_of(*this, Context{catalog}, Phase::kExpand)) {
      return;
    }
    table->dependants.push_back({"statistics",
                                 created_name(catalog, statement_.name),
                                 {statement_.columns.begin(), statement_.columns.end()}});
  }

  std::string describe() const override { return "create_statistics " + one_line(text_); }

 private:
  bool there(const catalog::Catalog& catalog, const Relation& table) const {
    const QualifiedName name = created_name(catalog, statement_.name);
    return std::any_of(table.dependants.begin(), table.dependants.end(),
                       [&](const Dependant& dependant) {
                         return dependant.kind == "statistics" && dependant.name == name;
                       });
  }

  std::string text_;
  sql::CreateStatistics statement_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreateStatistics& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateStatistics>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_statistics", problems);
  const std::string name = fields.required_text("name");
  const std::string table = fields.required_text("table");
  fields.required_node("on");
  const std::vector<std::string> elements = fields.texts("on");
  const std::vector<std::string> kinds = fields.texts("kinds");
  fields.finish();
  const std::string text =
      fmt::format("CREATE STATISTICS {}{} ON {} FROM {}", name,
                  kinds.empty() ? "" : fmt::format(" ({})", fmt::join(kinds, ", ")),
                  fmt::join(elements, ", "), table);
  const auto parsed = parse_as<sql::CreateStatistics>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_statistics
