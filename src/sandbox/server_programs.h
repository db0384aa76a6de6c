#pragma once

#include <filesystem>
#include <string>

namespace lockstep::sandbox {

/// The folder with initdb and postgres; see ClusterOptions::bin_dir for where it looks.
/// Throws std::runtime_error that says where it looked.
std::filesystem::path find_server_programs(const std::string& wanted);

/// "postgres (PostgreSQL) 15.18 (Debian ...)": tells data folders of different builds apart.
std::string version_text(const std::filesystem::path& bin_dir);

/// 15 of the above.
int major_version(const std::string& version_text);

}  // namespace lockstep::sandbox
