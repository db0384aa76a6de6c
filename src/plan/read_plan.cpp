#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "json_reader.h"
#include "lockstep/core/error.h"

namespace lockstep::plan {

namespace {

constexpr std::array kScopes{core::Scope::kTenant, core::Scope::kShared};
constexpr std::array kVerdicts{Verdict::kExpanded, Verdict::kInstant, Verdict::kAllowed,
                               Verdict::kRefused};
constexpr std::string_view kStepsFormat = "lockstep.steps/1";
constexpr std::string_view kStoredByAnother =
    "A newer Lockstep stored these steps: go on with that one, or one newer still.";

Hazard read_hazard(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  Hazard hazard;
  hazard.id = fields.text("id");
  const auto stated_severity = fields.text("severity");
  hazard.migration = fields.text("migration");
  hazard.where.file = fields.text("file");
  hazard.where.line = fields.count("line");
  hazard.where.column = fields.count("column");
  hazard.statement = fields.text("statement");
  hazard.operation = fields.text("operation");
  if (const auto lock = fields.nullable("lock")) hazard.lock = read_lock(*lock, complaints);
  hazard.rewrite = fields.flag("rewrite");
  hazard.scan = fields.flag("scan");
  const auto stated_blocks = fields.texts("blocks");
  hazard.verdict = fields.one_of("verdict", kVerdicts);
  hazard.effect = fields.text("effect");
  hazard.remedy = fields.text("remedy");
  hazard.reason = fields.text("reason");
  fields.finish();
  // Both follow from other keys, and are there for those who only read JSON.
  if (stated_severity != severity(hazard.verdict)) {
    fields.complain("severity", "does not follow from the verdict");
  }
  if (stated_blocks != blocked_by(hazard.lock)) {
    fields.complain("blocks", "does not follow from the lock");
  }
  return hazard;
}

PlannedMigration read_migration(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  PlannedMigration migration;
  migration.version = fields.text("version");
  migration.name = fields.text("name");
  migration.file = fields.text("file");
  migration.scope = fields.one_of("scope", kScopes);
  migration.checksum = fields.text("checksum");
  fields.finish();
  return migration;
}

Cohort read_cohort(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  Cohort cohort;
  cohort.id = fields.text("id");
  cohort.scope = fields.one_of("scope", kScopes);
  cohort.fingerprint = fields.text("fingerprint");
  cohort.tenants = fields.texts("tenants");
  cohort.differs = fields.texts("differs");
  cohort.steps = read_steps(fields.elements("steps"), complaints);
  fields.finish();
  return cohort;
}

core::Problem read_reason(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  core::Problem reason;
  reason.where.file = fields.text("file");
  reason.where.line = fields.count("line");
  reason.where.column = fields.count("column");
  reason.message = fields.text("message");
  reason.remedy = fields.text("remedy");
  fields.finish();
  return reason;
}

RefusedTenants read_refused(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  RefusedTenants refused;
  refused.tenants = fields.texts("tenants");
  refused.differs = fields.texts("differs");
  for (const auto& reason : fields.elements("reasons")) {
    refused.reasons.push_back(read_reason(reason, complaints));
  }
  fields.finish();
  return refused;
}

HalfWayTenant read_half_way(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  HalfWayTenant tenant;
  tenant.tenant = fields.text("tenant");
  tenant.expand = fields.texts("expand");
  tenant.contract = fields.texts("contract");
  fields.finish();
  return tenant;
}

DatabaseIdentity read_database(const Place& place, Complaints& complaints) {
  Fields fields(place, complaints);
  DatabaseIdentity database;
  database.name = fields.text("name");
  database.system_identifier = fields.text("system_identifier");
  database.server_version = fields.integer("server_version");
  fields.finish();
  return database;
}

Plan read_plan(Fields& fields, Complaints& complaints) {
  Plan plan;
  plan.id = fields.text("id");
  plan.lockstep_version = fields.text("lockstep_version");
  if (const auto database = fields.member("database")) {
    plan.database = read_database(*database, complaints);
  }
  for (const auto& migration : fields.elements("migrations")) {
    plan.migrations.push_back(read_migration(migration, complaints));
  }
  for (const auto& hazard : fields.elements("hazards")) {
    plan.hazards.push_back(read_hazard(hazard, complaints));
  }
  for (const auto& cohort : fields.elements("cohorts")) {
    plan.cohorts.push_back(read_cohort(cohort, complaints));
  }
  for (const auto& refused : fields.optional_elements("refused")) {
    plan.refused.push_back(read_refused(refused, complaints));
  }
  for (const auto& tenant : fields.optional_elements("half_way")) {
    plan.half_way.push_back(read_half_way(tenant, complaints));
  }
  fields.finish();
  return plan;
}

/// A key that comes twice would show its reviewer one value and run the other.
class RepeatedKeys {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      auto key = parsed.get<std::string>();
      if (!keys_.back().insert(key).second) repeated_.insert(std::move(key));
    }
    return true;
  }

  const std::set<std::string>& repeated() const noexcept { return repeated_; }

 private:
  std::vector<std::set<std::string>> keys_;
  std::set<std::string> repeated_;
};

/// The parser's own words are about JSON; whoever reads this has a file that was cut or edited.
core::Problem not_whole(core::SourceLocation where) {
  const auto remedy = where.file.empty()
                          ? std::string()
                          : fmt::format("Write it again: lockstep plan --out {}", where.file);
  return {std::move(where), "here the file stops being a plan: it was cut off or edited", remedy};
}

/// A document of one of our formats.
class Document {
 public:
  Document(std::string_view text, const std::string& file)
      : text_(text), file_(file), complaints_(text, file) {}

  /// Parses and looks at the key "format"; false, with complaints, if it is not that format.
  bool open(std::string_view format) {
    RepeatedKeys keys;
    try {
      tree_ = Json::parse(text_, std::ref(keys));
    } catch (const Json::parse_error& error) {
      // The parser counts the bytes it has read, the offending one included.
      const auto offset = error.byte == 0 ? 0 : error.byte - 1;
      problems_.push_back(not_whole(location_at(text_, offset, file_)));
      return false;
    } catch (const Json::exception&) {
      problems_.push_back(not_whole({.file = file_}));  // 1e999
      return false;
    }
    for (const auto& key : keys.repeated()) {
      complaints_.add({}, fmt::format(R"(has the key "{}" twice in one object)", key));
    }
    Fields fields({&tree_, {}}, complaints_);
    const auto found = fields.text("format");
    if (complaints_.empty() && found != format) {
      fields.complain("format", fmt::format(R"(is "{}", not "{}")", found, format));
    }
    return complaints_.empty();
  }

  Place top() const { return {&tree_, {}}; }
  Complaints& complaints() noexcept { return complaints_; }

  core::Problems problems() const {
    auto all = problems_;
    all.insert(all.end(), complaints_.problems().begin(), complaints_.problems().end());
    return all;
  }

 private:
  std::string_view text_;
  std::string file_;
  Json tree_;
  core::Problems problems_;
  Complaints complaints_;
};

}  // namespace

std::variant<Plan, core::Problems> from_json(std::string_view text, const std::string& file) {
  Document document(text, file);
  if (!document.open(Plan::kFormat)) return document.problems();
  Fields fields(document.top(), document.complaints());
  static_cast<void>(fields.text("format"));
  auto plan = read_plan(fields, document.complaints());
  if (document.complaints().empty() && plan.id != content_id(*document.top().value)) {
    return core::Problems{
        {location_at(text, offset_of(text, {"id"}), file),
         "id is not that of the plan's content: the file was changed after it was written",
         "Write it again: lockstep plan --out " + file}};
  }
  if (!document.complaints().empty()) return document.problems();
  return plan;
}

std::string steps_to_json(const std::vector<Step>& steps) {
  return text_of(
      Json::object({{"format", kStepsFormat}, {"steps", without_estimates(steps_tree(steps))}}),
      -1);
}

std::vector<Step> steps_from_json(std::string_view text) {
  Document document(text, "stored steps");
  std::vector<Step> steps;
  if (document.open(kStepsFormat)) {
    Fields fields(document.top(), document.complaints());
    static_cast<void>(fields.text("format"));
    steps = read_steps(fields.elements("steps"), document.complaints());
    fields.finish();
  }
  if (auto problems = document.problems(); !problems.empty()) {
    for (core::Problem& problem : problems) problem.remedy = kStoredByAnother;
    throw core::InvalidInput(std::move(problems));
  }
  return steps;
}

}  // namespace lockstep::plan
