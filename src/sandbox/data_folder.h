#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "process.h"

namespace lockstep::sandbox {

/// Makes a new data folder by initdb, or by copying the one that `template_folder` (if any) keeps
/// for this version. Throws std::runtime_error.
void make_data_folder(const std::filesystem::path& data, const std::filesystem::path& bin_dir,
                      const std::string& version_text, const std::optional<UserId>& owner,
                      const std::filesystem::path& template_folder);

}  // namespace lockstep::sandbox
