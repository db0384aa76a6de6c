#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "lockstep/core/strings.h"
#include "lockstep/operations/registry.h"
#include "lockstep/planner/planner.h"
#include "lockstep/sql/parse.h"

namespace lockstep::planner {

using migration::Directive;
using migration::Item;
using migration::Migration;
using operations::Origin;

namespace {

const operations::HazardKind* hazard_kind(std::string_view id) {
  const auto kinds = operations::hazard_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(),
                   [&](const operations::HazardKind& kind) { return kind.id == id; });
  return found == kinds.end() ? nullptr : &*found;
}

void read_allow(const Directive& directive, Origin& origin, core::Problems& problems) {
  const operations::HazardKind* kind = hazard_kind(directive.value);
  if (!kind) {
    problems.push_back({directive.where, fmt::format("there is no hazard \"{}\"", directive.value),
                        operations::remedy_for_unknown_hazard(directive.value)});
  } else if (!kind->allowable) {
    problems.push_back({directive.where,
                        fmt::format("hazard {} cannot be allowed: {}", kind->id, kind->meaning),
                        "Follow the remedy that the hazard names."});
  } else {
    origin.allows.push_back({directive.value, directive.reason});
  }
}

/// "users:ShareLock, billing.plans:RowExclusiveLock"
void read_locks(const Directive& directive, Origin& origin, core::Problems& problems) {
  std::string_view rest = directive.value;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view claim = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t colon = std::min(claim.rfind(':'), claim.size());
    const auto mode =
        catalog::lock_mode_from(core::trimmed(claim.substr(std::min(colon + 1, claim.size()))));
    auto name = sql::parse_qualified_name(core::trimmed(claim.substr(0, colon)), directive.where);
    if (const auto* wrong = std::get_if<core::Problems>(&name)) {
      problems.insert(problems.end(), wrong->begin(), wrong->end());
    } else if (!mode) {
      problems.push_back({directive.where,
                          fmt::format("\"{}\" names no lock mode", core::trimmed(claim)),
                          "Write PostgreSQL's name, as in users:ShareLock."});
    } else {
      origin.declared_locks.push_back({std::get<core::QualifiedName>(name), *mode});
    }
  }
}

Origin origin_of(const Migration& migration, const Item& item, core::Problems& problems) {
  Origin origin;
  origin.migration = migration.id.key();
  origin.scope = migration.scope;
  if (const auto* statement = std::get_if<sql::Statement>(&item.source)) {
    origin.where = statement->where;
    origin.statement = statement->text;
  } else {
    const auto& entry = std::get<text::Node::Entry>(item.source);
    origin.where = entry.key_where;
    origin.statement = entry.key + ": " + operations::in_one_line(entry.value);
  }
  if (origin.where.file.empty()) origin.where.file = migration.file;
  for (const Directive& directive : item.directives) {
    if (directive.name == "phase") {
      origin.phase = directive.value == "contract" ? core::Phase::kContract : core::Phase::kExpand;
    } else if (directive.name == "allow") {
      read_allow(directive, origin, problems);
    } else if (directive.name == "locks") {
      read_locks(directive, origin, problems);
    }
  }
  return origin;
}

std::vector<operations::OperationPtr> operations_of(const Item& item, const Origin& origin,
                                                    core::Problems& problems) {
  if (const auto* statement = std::get_if<sql::Statement>(&item.source)) {
    return operations::recognise(*statement, origin, problems);
  }
  const auto& entry = std::get<text::Node::Entry>(item.source);
  const operations::OperationKind* kind = operations::find_operation(entry.key);
  if (!kind || !kind->from_yaml) {
    problems.push_back({entry.key_where, fmt::format("there is no operation \"{}\"", entry.key),
                        operations::remedy_for_unknown_operation(entry.key)});
    return {};
  }
  const std::size_t before = problems.size();
  std::vector<operations::OperationPtr> list = kind->from_yaml(entry.value, origin, problems);
  if (problems.size() != before) return {};
  return list;
}

Recognised recognise_one(const Migration& migration, core::Problems& problems) {
  Recognised result;
  result.migration = &migration;
  core::Problems found;
  for (std::size_t i = 0; i < migration.items.size(); ++i) {
    const Item& item = migration.items[i];
    const Origin origin = origin_of(migration, item, found);
    for (auto& operation : operations_of(item, origin, found)) {
      result.operations.push_back(std::move(operation));
      result.items.push_back(i);
    }
  }
  operations::join_statements(result.operations, result.items);
  // A file's directive stands on each of its items; what is wrong with it is said once.
  for (core::Problem& problem : found) {
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) {
      problems.push_back(std::move(problem));
    }
  }
  return result;
}

// --- order of repeatables -----------------------------------------------------------------------

struct Uses {
  std::set<std::string> defines;
  std::set<std::string> reads;
};

void add_names(std::set<std::string>& names, const std::vector<core::QualifiedName>& more) {
  for (const core::QualifiedName& name : more) names.insert(name.name);
}

Uses uses_of(const Migration& migration) {
  Uses uses;
  for (const Item& item : migration.items) {
    const auto* statement = std::get_if<sql::Statement>(&item.source);
    if (!statement) continue;
    if (const auto* view = std::get_if<sql::CreateView>(&statement->body)) {
      uses.defines.insert(view->name.name);
      add_names(uses.reads, view->reads);
      add_names(uses.reads, view->functions);
    } else if (const auto* function = std::get_if<sql::CreateFunction>(&statement->body)) {
      uses.defines.insert(function->name.name);
      add_names(uses.reads, function->reads);
      add_names(uses.reads, function->calls);
    } else if (const auto* table = std::get_if<sql::CreateTableAs>(&statement->body)) {
      uses.defines.insert(table->name.name);
      add_names(uses.reads, table->reads);
    } else if (const auto* trigger = std::get_if<sql::CreateTrigger>(&statement->body)) {
      uses.reads.insert(trigger->function.name);
      uses.reads.insert(trigger->table.name);
    }
  }
  return uses;
}

bool needs(const Uses& one, const Uses& other) {
  return std::any_of(other.defines.begin(), other.defines.end(),
                     [&](const std::string& name) { return one.reads.count(name) > 0; });
}

/// RULES.md 6: what a repeatable reads comes before it; otherwise, and in a circle, by name.
std::vector<std::size_t> dependency_order(const std::vector<Uses>& uses) {
  std::vector<std::size_t> order;
  std::vector<bool> placed(uses.size(), false);
  while (order.size() < uses.size()) {
    std::optional<std::size_t> next;
    for (std::size_t i = 0; i < uses.size() && !next; ++i) {
      if (placed[i]) continue;
      bool free = true;
      for (std::size_t j = 0; j < uses.size(); ++j) {
        if (j != i && !placed[j] && needs(uses[i], uses[j])) free = false;
      }
      if (free) next = i;
    }
    if (!next) {
      next =
          static_cast<std::size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin());
    }
    placed[*next] = true;
    order.push_back(*next);
  }
  return order;
}

}  // namespace

std::vector<Recognised> recognise(const std::vector<Migration>& migrations,
                                  core::Problems& problems) {
  std::vector<Recognised> result;
  std::vector<const Migration*> repeatables;
  std::vector<Uses> uses;
  for (const Migration& migration : migrations) {
    if (migration.repeatable()) {
      repeatables.push_back(&migration);
      uses.push_back(uses_of(migration));
    } else {
      result.push_back(recognise_one(migration, problems));
    }
  }
  for (const std::size_t i : dependency_order(uses)) {
    result.push_back(recognise_one(*repeatables[i], problems));
  }
  return result;
}

catalog::CatalogRequest request_for(const Recognised& migration) {
  catalog::CatalogRequest request;
  for (const auto& operation : migration.operations) operation->request(request);
  return request;
}

catalog::CatalogRequest request_for(const std::vector<Recognised>& migrations) {
  catalog::CatalogRequest request;
  for (const Recognised& migration : migrations) request.merge(request_for(migration));
  return request;
}

}  // namespace lockstep::planner
