#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "lockstep/core/problem.h"

namespace lockstep::report {

using Json = nlohmann::ordered_json;

/// Two spaces' indent and a final line feed; bytes that are not UTF-8 are replaced.
inline std::string printed(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

inline Json to_json(const core::Problem& problem) {
  return {{"file", problem.where.file},
          {"line", problem.where.line},
          {"column", problem.where.column},
          {"message", problem.message},
          {"remedy", problem.remedy}};
}

inline Json to_json(const core::Problems& problems) {
  Json list = Json::array();
  for (const core::Problem& problem : problems) {
    list.push_back(to_json(problem));
  }
  return list;
}

}  // namespace lockstep::report
