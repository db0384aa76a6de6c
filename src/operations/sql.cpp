#include "sql.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/catalog/lock_mode.h"
#include "lockstep/sql/parse.h"
#include "sequences/steps.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/text.h"
#include "support/yaml.h"

namespace lockstep::operations::raw_sql {

using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

struct Parameters {
  std::vector<std::string> up;
  std::vector<std::string> down;
  std::vector<QualifiedName> reads;
  std::vector<QualifiedName> functions;
};

/// What it would change outlives the step, on a connection that serves other tenants.
bool belongs_to_the_runner(const QualifiedName& function) {
  constexpr std::array<std::string_view, 5> kNames{"pg_advisory_unlock_all", "pg_advisory_unlock",
                                                   "pg_advisory_lock", "set_config",
                                                   "pg_terminate_backend"};
  return std::find(kNames.begin(), kNames.end(), function.name) != kNames.end();
}

class RawSql final : public Operation {
 public:
  RawSql(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return "sql"; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.reads.begin(), parameters_.reads.end());
    for (const plan::LockClaim& claim : origin().declared_locks)
      request.relations.insert(claim.relation);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    for (const plan::LockClaim& claim : origin().declared_locks) {
      judge_reads(judge, {claim.relation});
    }
    const auto forbidden = std::find_if(parameters_.functions.begin(), parameters_.functions.end(),
                                        belongs_to_the_runner);
    if (forbidden != parameters_.functions.end()) {
      judge.refuse(
          "session-control",
          fmt::format(
              "{}() changes the session, which belongs to Lockstep: its locks and settings decide "
              "which tenant a step runs in.",
              forbidden->name),
          "Remove the call.");
      return judge.take();
    }
    judge.refuse("opaque-statement",
                 "What it locks, changes and for how long cannot be known from its text.",
                 "Write what it does as plain statements. If it must be code, allow it with a "
                 "reason and declare its locks; it then runs alone in its step, in contract unless "
                 "the phase is written, within max_hold unless its locks block no writer.");
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    std::vector<plan::LockClaim> locks;
    std::vector<plan::Touch> touches;
    for (const plan::LockClaim& claim : origin().declared_locks) {
      const QualifiedName relation = context.catalog.qualify(claim.relation);
      locks.push_back({relation, claim.mode});
      touches.push_back(touch_relation(
          catalog::blocks_writes(claim.mode) ? How::kChanges : How::kNeeds, relation));
      if (writes_rows(claim.mode) && relation.in_tenant()) append_effects(touches, relation);
    }
    for (const QualifiedName& read : parameters_.reads) {
      if (const Relation* relation = context.catalog.find(read)) {
        touches.push_back(touch_relation(How::kNeeds, relation->name));
      }
    }
    Step step = make.transaction(Phase::kContract, fmt::format("run {}", shortened()),
                                 parameters_.up, locks, undo(), std::move(touches));
    auto& body = std::get<plan::TransactionBody>(step.body);
    body.alone = true;
    // Declared to hurt nobody, it may take its time; else, and where nothing is declared, which
    // means that it may lock anything, max_hold bounds it.
    body.long_running = !locks.empty() &&
                        std::none_of(locks.begin(), locks.end(), [](const plan::LockClaim& claim) {
                          return catalog::blocks_writes(claim.mode);
                        });
    step.irreversible = parameters_.down.empty();
    step.note = step.locks.empty()
                    ? "locks what nobody knows, so it has max_hold for its work; declared locks "
                      "that block no writer lift that limit"
                    : "its locks are the author's word";
    std::vector<Step> steps;
    steps.push_back(std::move(step));
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase) const override { catalog.after_opaque_code = true; }

  std::string describe() const override {
    std::vector<std::string> locks;
    for (const plan::LockClaim& claim : origin().declared_locks) {
      locks.push_back(fmt::format("{}:{}", shown(claim.relation), catalog::to_string(claim.mode)));
    }
    return fmt::format(
        "sql up={}{}{}", one_line(fmt::format("{}", fmt::join(parameters_.up, "; "))),
        parameters_.down.empty()
            ? ""
            : " down=" + one_line(fmt::format("{}", fmt::join(parameters_.down, "; "))),
        locks.empty() ? "" : fmt::format(" locks=({})", fmt::join(locks, ", ")));
  }

 private:
  /// What takes such a lock may write, and it is the author's word.
  static bool writes_rows(LockMode mode) {
    return mode == LockMode::kRowExclusive || mode >= LockMode::kShareRowExclusive;
  }

  static void append_effects(std::vector<plan::Touch>& touches, const QualifiedName& relation) {
    touches.push_back(touch_rows(relation));
    touches.push_back(touch_triggers(How::kNeeds, relation));
    touches.push_back(touch_references(How::kNeeds, relation));
    touches.push_back(touch_defaults(How::kNeeds, relation));
  }

  std::string shortened() const {
    constexpr std::size_t kLength = 60;
    const std::string line = one_line(fmt::format("{}", fmt::join(parameters_.up, "; ")));
    return line.size() <= kLength ? line : line.substr(0, line.find_last_of(' ', kLength)) + " ...";
  }

  plan::Undo undo() const {
    if (parameters_.down.empty()) return undo_none("whatever it has changed");
    return {plan::UndoGives::kStructureOnly, parameters_.down, false,
            "what `down` does not restore"};
  }

  Parameters parameters_;
};

/// The statements of `up` or `down`. Transactions and settings are the runner's.
std::vector<std::string> statements(text::Fields& fields, std::string_view key, Parameters* reads,
                                    core::Problems& problems) {
  std::vector<std::string> texts;
  const std::optional<std::string> written = fields.text(key);
  if (!written) return texts;
  const core::SourceLocation where = fields.where(key);
  sql::ParsedFile parsed = sql::parse(*written, {where.file, true});
  for (core::Problem& problem : parsed.problems) {
    problem.where = where;
    problems.push_back(std::move(problem));
  }
  for (sql::Statement& statement : parsed.statements) {
    if (std::holds_alternative<sql::TransactionControl>(statement.body) ||
        std::holds_alternative<sql::SessionControl>(statement.body)) {
      fields.problem(key,
                     fmt::format("{}: transactions and settings are Lockstep's", statement.text),
                     "Remove it.");
    }
    if (const auto* opaque = std::get_if<sql::OpaqueCode>(&statement.body); opaque && reads) {
      reads->reads.insert(reads->reads.end(), opaque->reads.begin(), opaque->reads.end());
      reads->functions.insert(reads->functions.end(), opaque->functions.begin(),
                              opaque->functions.end());
    }
    texts.push_back(std::move(statement.text));
  }
  return texts;
}

void read_locks(const text::Node& node, Origin& origin, core::Problems& problems) {
  for (const text::Node::Entry& entry : node.entries()) {
    const std::optional<LockMode> mode = catalog::lock_mode_from(entry.value.scalar());
    if (!mode) {
      problems.push_back({entry.value.where(),
                          fmt::format("\"{}\" is no lock mode", entry.value.scalar()),
                          "Write it as pg_locks shows it, ShareLock for instance."});
      continue;
    }
    origin.declared_locks.push_back({parse_name(entry.key, entry.key_where, problems), *mode});
  }
}

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text, const sql::OpaqueCode& statement,
                                         const Origin& origin) {
  return one(std::make_unique<RawSql>(Parameters{{text}, {}, statement.reads, statement.functions},
                                      origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation sql", problems);
  Parameters read;
  Origin own = origin;
  fields.required_text("up");
  read.up = statements(fields, "up", &read, problems);
  read.down = statements(fields, "down", nullptr, problems);
  if (const text::Node* locks = fields.node("locks")) read_locks(*locks, own, problems);
  if (const auto reason = fields.text("reason"))
    own.allows.push_back({"opaque-statement", *reason});
  fields.finish();
  if (read.up.empty()) return {};
  return one(std::make_unique<RawSql>(std::move(read), std::move(own)));
}

}  // namespace lockstep::operations::raw_sql
