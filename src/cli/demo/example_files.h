#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockstep/core/file_reader.h"

namespace lockstep::cli::demo {

/// The example application's migrations (the repository's migrations/), built into the program, up
/// to a version. The folder they appear in is "migrations".
class ExampleFiles final : public core::FileReader {
 public:
  /// `up_to`: files of this number and below, without repeatables; empty: all.
  explicit ExampleFiles(std::string up_to = {});

  std::optional<std::string> read(const std::string& path) const override;
  std::optional<std::vector<std::string>> list(const std::string& folder) const override;

 private:
  std::vector<std::pair<std::string, std::string>> files_;  ///< path, content
};

/// The same changes from a version on as a tool would run them that knows nothing of locks: each
/// file's plain SQL.
std::vector<std::pair<std::string, std::string>> naive_scripts(const std::string& after);

}  // namespace lockstep::cli::demo
