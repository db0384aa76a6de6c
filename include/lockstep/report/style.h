#pragma once

#include <cstddef>
#include <string>

namespace lockstep::report {

/// How text for people is written. JSON and Markdown have no style.
struct Style {
  bool colour = false;
  std::size_t width = 100;  ///< columns of the terminal; long sentences are wrapped to it
  bool verbose = false;     ///< also what is harmless, and full lists
  /// The options that say which configuration, database and files: " --config x". Commands that a
  /// remedy names get them, so that a pasted one goes to the same place; plan and apply also
  /// `tenants`, " --tenants 'a*'", so that it reaches nobody else.
  std::string place = {};
  std::string tenants = {};
};

}  // namespace lockstep::report
