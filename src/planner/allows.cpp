#include "allows.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace lockstep::planner {

using migration::Directive;
using migration::Item;

core::Problems unused_allows(const Recognised& migration, const std::set<UsedAllow>& used) {
  std::vector<std::pair<const Directive*, bool>> allows;
  const std::vector<Item>& items = migration.migration->items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const Directive& directive : items[i].directives) {
      if (directive.name != "allow") continue;
      const bool is_used = used.count({i, directive.value}) > 0;
      // A file's directive stands on each of its items.
      const auto same = std::find_if(allows.begin(), allows.end(), [&](const auto& each) {
        return each.first->where == directive.where && each.first->value == directive.value;
      });
      if (same == allows.end()) {
        allows.emplace_back(&directive, is_used);
      } else {
        same->second = same->second || is_used;
      }
    }
  }
  core::Problems problems;
  for (const auto& [directive, is_used] : allows) {
    if (is_used) continue;
    problems.push_back(
        {directive->where,
         fmt::format("allow = {} permits nothing: no statement it stands for has that hazard",
                     directive->value),
         "Remove it, or put it above the statement it is for."});
  }
  return problems;
}

}  // namespace lockstep::planner
