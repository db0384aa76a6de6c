#pragma once

#include <string>
#include <vector>

namespace lockstep::bench {

/// Median, smallest and largest of some rounds.
struct Figures {
  double median = 0;
  double smallest = 0;
  double largest = 0;
};
Figures figures(std::vector<double> values);

/// "1.24 (1.20 to 1.31)"
std::string to_string(const Figures& figures, const std::string& unit = "");

}  // namespace lockstep::bench
