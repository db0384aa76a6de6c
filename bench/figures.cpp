#include "figures.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::bench {

Figures figures(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

std::string to_string(const Figures& figures, const std::string& unit) {
  return fmt::format("{:.2f}{} ({:.2f} to {:.2f})", figures.median, unit, figures.smallest,
                     figures.largest);
}

}  // namespace lockstep::bench
