#include "fold.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "constraint_gap.h"
#include "other_schemas.h"
#include "overtaking.h"
#include "phases.h"
#include "unswept.h"

namespace lockstep::planner {

using core::Phase;
using operations::Context;
using operations::Operation;
using plan::Hazard;
using plan::Step;

namespace {

/// Unqualified names of a shared migration mean the first shared schema.
class CreationSchema {
 public:
  CreationSchema(catalog::Catalog& catalog, core::Scope scope)
      : catalog_(catalog), before_(catalog.creation_schema) {
    if (scope == core::Scope::kShared && before_ == core::kTenantSchema &&
        !catalog.shared_schemas.empty()) {
      catalog.creation_schema = catalog.shared_schemas.front();
    }
  }
  ~CreationSchema() { catalog_.creation_schema = before_; }
  CreationSchema(const CreationSchema&) = delete;
  CreationSchema& operator=(const CreationSchema&) = delete;

 private:
  catalog::Catalog& catalog_;
  std::string before_;
};

struct Placed {
  Step step;
  std::size_t operation = 0;
  std::optional<std::size_t> because;  ///< index of the contract step that made it wait
  std::string about;                   ///< the object of that conflict
};

class Folder {
 public:
  Folder(const Recognised& migration, catalog::Catalog& catalog, bool assume,
         const std::vector<Step>& before)
      : migration_(migration), catalog_(catalog), assume_(assume), before_(before) {}

  Folded run() {
    for (std::size_t i = 0; i < migration_.operations.size(); ++i) {
      const Operation& operation = *migration_.operations[i];
      if (judge(operation, migration_.items[i])) place(operation, i);
      operation.apply(catalog_, Phase::kExpand);
      operation.apply(catalog_, Phase::kContract);
    }
    number();
    return std::move(result_);
  }

 private:
  Context context(bool contract_only = false) {
    return {catalog_, assume_ ? &catalog_ : nullptr, contract_only};
  }

  /// False where the operation cannot be planned.
  bool judge(const Operation& operation, std::size_t item) {
    operations::Judgement judgement = operation.judge(context());
    bool plannable = judgement.problems.empty();
    for (core::Problem& problem : judgement.problems)
      result_.problems.push_back(std::move(problem));
    for (Hazard& hazard : judgement.hazards) {
      plannable = keep(std::move(hazard), operation, item) && plannable;
    }
    return plannable;
  }

  /// False where it is refused.
  bool keep(Hazard hazard, const Operation& operation, std::size_t item) {
    if (const operations::Allow* allow = operation.origin().allow_for(hazard.id)) {
      result_.used_allows.insert({item, hazard.id});
      if (hazard.verdict == plan::Verdict::kRefused) {
        hazard.verdict = plan::Verdict::kAllowed;
        hazard.reason = allow->reason;
      }
    }
    const bool passes = hazard.verdict != plan::Verdict::kRefused;
    result_.hazards.push_back(std::move(hazard));
    return passes;
  }

  static Hazard hazard_of(const Operation& operation, std::string id) {
    const operations::Origin& origin = operation.origin();
    Hazard hazard;
    hazard.id = std::move(id);
    hazard.verdict = plan::Verdict::kRefused;
    hazard.migration = origin.migration;
    hazard.operation = operation.name();
    hazard.statement = origin.statement;
    hazard.where = origin.where;
    return hazard;
  }

  /// RULES.md 2: phase is monotone along dependencies.
  void place(const Operation& operation, std::size_t index) {
    std::vector<Placed> placed;
    for (Step& step : operation.plan(context())) placed.push_back({std::move(step), index, {}, {}});
    const bool overridden = operation.origin().phase == Phase::kExpand;
    const auto depends = overridden ? depends_despite_override : depends_within_file;
    const auto waiting = std::find_if(placed.begin(), placed.end(), [&](Placed& each) {
      return each.step.phase == Phase::kExpand && must_wait(each, depends);
    });
    if (waiting != placed.end()) {
      const std::optional<std::size_t> because = waiting->because;
      const std::string about = waiting->about;
      if (overridden) return refuse_override(operation, *because, about);
      if (refused_in_contract(operation, migration_.items[index])) return;
      placed.clear();
      for (Step& step : operation.plan(context(true))) {
        placed.push_back({std::move(step), index, because, about});
      }
    }
    judge_unswept(placed, operation, migration_.items[index]);
    judge_gap(placed, operation);
    judge_overtaking(placed, operation);
    if (migration_.migration->scope == core::Scope::kTenant) {
      judge_outside(placed, operation, migration_.items[index]);
      judge_other_schemas(placed, operation, migration_.items[index]);
    }
    for (Placed& each : placed) steps_.push_back(std::move(each));
  }

  /// What works only if its expand is expand.
  bool refused_in_contract(const Operation& operation, std::size_t item) {
    bool refused = false;
    operations::Judgement judgement = operation.judge(context(true));
    for (Hazard& hazard : judgement.hazards) {
      const bool known =
          std::any_of(result_.hazards.begin(), result_.hazards.end(), [&](const Hazard& other) {
            return other.id == hazard.id && other.where == hazard.where;
          });
      if (known || hazard.verdict != plan::Verdict::kRefused) continue;
      refused = !keep(std::move(hazard), operation, item) || refused;
    }
    return refused;
  }

  /// The steps of the migrations before this one, and of its operations so far.
  std::vector<const Step*> all_before() const {
    std::vector<const Step*> earlier;
    for (const Step& step : before_) earlier.push_back(&step);
    for (const Placed& each : steps_) earlier.push_back(&each.step);
    return earlier;
  }

  /// RULES.md 3: once for the operation, where any of its steps would meet such rows.
  void judge_unswept(const std::vector<Placed>& placed, const Operation& operation,
                     std::size_t item) {
    const std::vector<const Step*> earlier = all_before();
    for (const Placed& later : placed) {
      for (const Step* update : earlier) {
        const auto column = constrains_unswept(later.step, *update);
        const bool unknown_to_others =
            column && std::any_of(earlier.begin(), earlier.end(), [&](const Step* step) {
              return creates_relation(*step, column->name);
            });
        if (!column || unknown_to_others) continue;
        Hazard hazard = hazard_of(operation, "constraint-on-unswept-rows");
        hazard.effect = fmt::format(
            "The deployed application goes on writing rows after \"{}\" has passed. Nothing tells "
            "them from those that are done, so nobody fills {} in them, and the constraint fails.",
            update->title, describe(*column));
        hazard.remedy =
            "Give the UPDATE a condition that it makes false (WHERE column IS NULL), and Lockstep "
            "sweeps such rows before the constraint; or add the column with a `backfill` (YAML); "
            "or write phase = contract for the UPDATE.";
        keep(std::move(hazard), operation, item);
        return;
      }
    }
  }

  /// Said where it can be read before anything runs: what violates a constraint that is not there
  /// by then is found only by the steps that bring it back.
  void judge_gap(const std::vector<Placed>& placed, const Operation& operation) {
    std::vector<const Step*> earlier;
    for (const Placed& each : steps_) earlier.push_back(&each.step);
    for (const Placed& adding : placed) {
      for (const Step* dropping : earlier) {
        const auto constraint = constraint_gap(adding.step, *dropping);
        if (!constraint || unknown_before_contract(adding.step, constraint->name)) continue;
        result_.hazards.push_back(absent(*constraint, *dropping, adding.step, operation));
        return;
      }
      earlier.push_back(&adding.step);
    }
  }

  /// Whether nobody can write to the relation by the time of the step.
  bool unknown_before_contract(const Step& step, const core::QualifiedName& relation) const {
    return step.phase == Phase::kExpand &&
           std::any_of(steps_.begin(), steps_.end(),
                       [&](const Placed& each) { return creates_relation(each.step, relation); });
  }

  static Hazard absent(const plan::Touch& constraint, const Step& dropping, const Step& adding,
                       const Operation& operation) {
    Hazard hazard = hazard_of(operation, "constraint-absent-meanwhile");
    hazard.verdict = plan::Verdict::kExpanded;
    hazard.effect = fmt::format(
        "From \"{}\" in {} to \"{}\" in {} nothing keeps out what {} forbids; rows of that kind "
        "make {} fail.",
        dropping.title, core::to_string(dropping.phase), adding.title,
        core::to_string(adding.phase), describe(constraint),
        adding.phase == Phase::kContract ? "the contract phase" : "what adds it again");
    const bool changes_places =
        operation.name() == "add_check" || operation.name() == "add_foreign_key";
    hazard.remedy = fmt::format(
        "{}dd the new one under another name, and drop the old one in a later migration.",
        changes_places
            ? "Write its DROP directly before the ADD, phase = contract on both: they change "
              "places in one transaction. Where other statements have to stand between, a"
            : "A");
    return hazard;
  }

  /// RULES.md 4: the expand of one file comes before the contract of those before it. Nothing is
  /// blocked by that, but rows may end otherwise than one file after the other leaves them.
  void judge_overtaking(const std::vector<Placed>& placed, const Operation& operation) {
    const std::vector<const Step*> earlier = all_before();
    for (const Placed& each : placed) {
      for (const Step* overtaken : earlier) {
        const auto conflict = overtakes(each.step, *overtaken);
        if (!conflict) continue;
        Hazard hazard = hazard_of(operation, "runs-before-earlier-rows");
        hazard.verdict = plan::Verdict::kExpanded;
        tell_overtaking(hazard, each.step, *overtaken, *conflict);
        result_.hazards.push_back(std::move(hazard));
        return;
      }
    }
  }

  using Depends = std::optional<Conflict> (*)(const Step& later, const Step& earlier);

  bool must_wait(Placed& placed, Depends depends) const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].step.phase != Phase::kContract) continue;
      if (const auto conflict = depends(placed.step, steps_[i].step)) {
        placed.because = i;
        placed.about = describe(conflict->object);
        return true;
      }
    }
    return false;
  }

  /// Relations outside of the tenant, with the strongest lock on each.
  using Locked = std::map<catalog::QualifiedName, catalog::LockMode>;

  /// RULES.md 27: what lies outside of the tenant is changed once for each tenant, which is hardly
  /// ever meant; what is only locked there is said.
  void judge_outside(const std::vector<Placed>& placed, const Operation& operation,
                     std::size_t item) {
    Locked locked = locked_outside(placed);
    for (const Placed& each : placed) {
      const plan::Touch* touch = changes_outside(each.step);
      if (!touch) continue;
      keep(changed_outside(*touch, locked, operation), operation, item);
      locked.erase(touch->name);
      break;
    }
    for (const auto& [relation, mode] : locked) {
      Hazard hazard = hazard_of(operation, "locks-shared-table");
      hazard.verdict = plan::Verdict::kInstant;
      hazard.effect = fmt::format("Every tenant's turn takes {} on {}, which is not the tenant's.",
                                  catalog::to_string(mode), core::display(relation));
      hazard.remedy =
          "What is to happen once for all tenants belongs in a migration with scope = shared.";
      hazard.lock = plan::LockClaim{relation, mode};
      result_.hazards.push_back(std::move(hazard));
    }
  }

  /// RULES.md 27: so is what is only read there, unless its schema is declared as shared. Where
  /// something in a schema is changed, that has been said.
  void judge_other_schemas(const std::vector<Placed>& placed, const Operation& operation,
                           std::size_t item) {
    std::vector<core::QualifiedName> named = named_in_other_schemas(operation, catalog_);
    for (const Placed& each : placed) {
      for (const plan::Touch& touch : each.step.touches) {
        if (touch.how == plan::Touch::How::kNeeds || touch.kind == "references") continue;
        std::erase_if(named, [&](const auto& name) { return name.schema == touch.name.schema; });
      }
    }
    if (named.empty()) return;
    std::vector<std::string> names;
    for (const core::QualifiedName& name : named) names.push_back(core::display(name));
    Hazard hazard = hazard_of(operation, "uses-other-schema");
    hazard.effect = fmt::format(
        "Every tenant would use one and the same {}: {} is neither the tenant's own schema nor one "
        "of the shared ones.",
        fmt::join(names, ", "), named.front().schema);
    hazard.remedy = fmt::format(
        "If the tenant's own {} is meant, write it without a schema. If all tenants are to use "
        "this one, add {} to shared_schemas in lockstep.yaml, or allow it here with a reason.",
        named.front().name, named.front().schema);
    keep(std::move(hazard), operation, item);
  }

  static Locked locked_outside(const std::vector<Placed>& placed) {
    Locked shared;
    for (const Placed& each : placed) {
      for (const plan::LockClaim& claim : each.step.locks) {
        if (claim.relation.in_tenant() || claim.mode < catalog::LockMode::kRowExclusive) continue;
        const auto place = shared.emplace(claim.relation, claim.mode).first;
        place->second = std::max(place->second, claim.mode);
      }
    }
    return shared;
  }

  static Hazard changed_outside(const plan::Touch& touch, const Locked& locked,
                                const Operation& operation) {
    Hazard hazard = hazard_of(operation, "changes-shared-object");
    hazard.effect =
        fmt::format("Every tenant's turn {} {}, which lies outside of the tenant's schema.",
                    plan::to_string(touch.how), describe(touch));
    hazard.remedy = fmt::format(
        "What is meant once for all tenants belongs in a migration with scope = shared. If the "
        "tenant's own {} is meant, write it without a schema, and check that the tenant has it. "
        "What has to happen once for each tenant can be allowed with a reason.",
        touch.name.name.empty() ? "schema" : touch.name.name);
    if (const auto lock = locked.find(touch.name); lock != locked.end()) {
      hazard.lock = plan::LockClaim{lock->first, lock->second};
    }
    return hazard;
  }

  void refuse_override(const Operation& operation, std::size_t because, const std::string& about) {
    Hazard hazard = hazard_of(operation, "phase-override");
    hazard.effect = fmt::format(
        "It says phase = expand, but touches {}, which an earlier contract step "
        "of this file ({}) touches too.",
        about, steps_[because].step.title);
    hazard.remedy = "Remove the override, or write the earlier change with phase = expand as well.";
    result_.hazards.push_back(std::move(hazard));
  }

  void number() {
    std::vector<std::size_t> order;
    for (const Phase phase : {Phase::kExpand, Phase::kContract}) {
      for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (steps_[i].step.phase == phase) order.push_back(i);
      }
    }
    const std::string key = migration_.migration->id.key();
    for (std::size_t ordinal = 0; ordinal < order.size(); ++ordinal) {
      Step& step = steps_[order[ordinal]].step;
      step.id = fmt::format("{}.{}", key, ordinal + 1);
      step.migration = key;
    }
    for (const std::size_t i : order) explain(steps_[i]);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      remap_direct(i);
      remap_kept(i);
    }
    for (const std::size_t i : order) result_.steps.push_back(std::move(steps_[i].step));
  }

  void explain(Placed& placed) const {
    if (!placed.because) return;
    const Step& earlier = steps_[*placed.because].step;
    const std::string why = fmt::format("is contract because {} ({}) touches {} first", earlier.id,
                                        earlier.title, placed.about);
    placed.step.note += (placed.step.note.empty() ? "" : "; ") + why;
  }

  std::size_t first_of_its_operation(std::size_t at) const {
    const std::size_t operation = steps_[at].operation;
    while (at > 0 && steps_[at - 1].operation == operation) --at;
    return at;
  }

  void remap_kept(std::size_t at) {
    std::optional<plan::Keep>& keeps = steps_[at].step.keeps;
    if (!keeps) return;
    const std::size_t first = first_of_its_operation(at);
    for (std::string& together : keeps->together) {
      together = steps_.at(first + std::stoul(together) - 1).step.id;
    }
  }

  /// Ordinals within the operation become ids.
  void remap_direct(std::size_t at) {
    std::optional<plan::Direct>& direct = steps_[at].step.direct;
    if (!direct) return;
    const std::size_t first = first_of_its_operation(at);
    for (std::string& replaced : direct->replaces) {
      const Step& step = steps_.at(first + std::stoul(replaced) - 1).step;
      if (step.phase != steps_[at].step.phase) {
        direct.reset();
        return;
      }
      replaced = step.id;
    }
  }

  const Recognised& migration_;
  catalog::Catalog& catalog_;
  bool assume_;
  const std::vector<Step>& before_;
  std::vector<Placed> steps_;
  Folded result_;
};

}  // namespace

Folded fold(const Recognised& migration, catalog::Catalog& catalog, bool assume,
            const std::vector<Step>& before) {
  const CreationSchema scope(catalog, migration.migration->scope);
  return Folder(migration, catalog, assume, before).run();
}

void apply_only(const Recognised& migration, catalog::Catalog& catalog) {
  const CreationSchema scope(catalog, migration.migration->scope);
  for (const auto& operation : migration.operations) {
    operation->apply(catalog, Phase::kExpand);
    operation->apply(catalog, Phase::kContract);
  }
}

}  // namespace lockstep::planner
