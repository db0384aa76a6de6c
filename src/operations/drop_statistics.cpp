#include "drop_statistics.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/steps.h"
#include "support/alone.h"
#include "support/dropped_object.h"

namespace lockstep::operations::drop_statistics {

using catalog::Catalog;
using catalog::Dependant;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class DropStatistics final : public DroppedObject {
 public:
  using DroppedObject::DroppedObject;

  std::string_view name() const noexcept override { return "drop_statistics"; }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    judge_cascade(judge, drop().cascade, shown(target()));
    const Place place = find(context.catalog);
    if (!place.table) {
      judge_missing(judge, context, "there are no statistics");
      return judge.take();
    }
    judge.brief_lock(*place.table, LockMode::kShareUpdateExclusive,
                     "Queries may be planned worse.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Place place = find(context.catalog);
    if (!place.table) return {};
    const Maker make{*this, context};
    const Dependant& statistics = *place.statistics;
    Step step = make.transaction(
        Phase::kContract, fmt::format("drop statistics {}", shown(statistics.name)),
        {"DROP STATISTICS " + sql::quote(statistics.name)},
        {{place.table->name, LockMode::kShareUpdateExclusive}},
        statistics.definition.empty()
            ? undo_none(fmt::format("statistics {}", shown(statistics.name)))
            : undo_exact({statistics.definition}),
        {touch_relation(How::kNeeds, place.table->name),
         {How::kDrops, "statistics", statistics.name, {}}});
    step.note = "is contract because the deployed application's queries may need them";
    std::vector<Step> steps;
    steps.push_back(alone(std::move(step), *place.table));
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    for (auto& [name, relation] : catalog.relations) {
      std::erase_if(relation.dependants,
                    [&](const Dependant& dependant) { return is_it(catalog, dependant); });
    }
  }

  std::string describe() const override { return "drop_statistics " + described(); }

 private:
  struct Place {
    const Relation* table = nullptr;
    const Dependant* statistics = nullptr;
  };

  bool is_it(const Catalog& catalog, const Dependant& dependant) const {
    return dependant.kind == "statistics" && dependant.name == created_name(catalog, target());
  }

  Place find(const Catalog& catalog) const {
    for (const auto& [name, relation] : catalog.relations) {
      for (const Dependant& dependant : relation.dependants) {
        if (is_it(catalog, dependant)) return {&relation, &dependant};
      }
    }
    return {};
  }
};

}  // namespace

std::vector<OperationPtr> from_statement(const sql::Drop& statement, const Origin& origin) {
  return drop_each<DropStatistics>(statement, origin);
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation drop_statistics", problems);
  return drop_from_yaml<DropStatistics>(fields, "STATISTICS", origin, problems);
}

}  // namespace lockstep::operations::drop_statistics
