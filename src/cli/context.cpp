#include "context.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "lockstep/core/error.h"

namespace lockstep::cli {

void sort_by_place(core::Problems& problems) {
  const auto place = [](const core::Problem& problem) {
    return std::make_tuple(problem.where.file.empty(), std::cref(problem.where.file),
                           problem.where.line, problem.where.column);
  };
  std::stable_sort(
      problems.begin(), problems.end(),
      [&](const core::Problem& a, const core::Problem& b) { return place(a) < place(b); });
}

config::Options load_options(const Context& context, bool needs_database) {
  config::Loaded loaded =
      config::load({context.files, context.environment, context.flags, needs_database});
  if (!loaded.problems.empty()) {
    sort_by_place(loaded.problems);
    throw core::InvalidInput(std::move(loaded.problems));
  }
  if (!loaded.options.file.empty()) {
    context.output.log().debug("configuration read from " + loaded.options.file);
  }
  return std::move(loaded.options);
}

}  // namespace lockstep::cli
