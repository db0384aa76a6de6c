#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lockstep/core/ids.h"

namespace lockstep::migration {

enum class Form { kSql, kYaml };

/// What a migration file's name says.
struct FileName {
  std::string stem;          ///< without folder and ending
  std::string digits;        ///< leading digits, empty where there are none
  std::string name;          ///< what follows them and one underscore, without the ending
  bool separated = false;    ///< that underscore is there
  std::optional<Form> form;  ///< nothing for another ending
};

/// `file` may be a path.
FileName split_file_name(std::string_view file);

}  // namespace lockstep::migration
