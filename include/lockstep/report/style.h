#pragma once

#include <cstddef>

namespace lockstep::report {

/// How text for people is written. JSON and Markdown have no style.
struct Style {
  bool colour = false;
  std::size_t width = 100;  ///< columns of the terminal; long sentences are wrapped to it
  bool verbose = false;     ///< also what is harmless, and full lists
};

}  // namespace lockstep::report
