#pragma once

#include <string>

namespace lockstep::cli {

/// Replaces a file's content in one step: readers see the old or the new text, never a part.
/// Creates its folder if that is one of the working directory. Throws core::InvalidInput.
void write_atomically(const std::string& path, const std::string& text);

/// Creates a file that must not exist; false if it does. Throws core::InvalidInput.
bool create_file(const std::string& path, const std::string& text);

/// Creates a folder and those above it; false if it exists. Throws core::InvalidInput.
bool create_folder(const std::string& path);

/// Everything on stdin.
std::string read_stdin();

}  // namespace lockstep::cli
