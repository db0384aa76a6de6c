#pragma once

#include <string>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::postgres {

/// '{"a","b"}'::text[]. One literal, as the server parses ten thousand of them much more slowly.
std::string text_array(const database::Session& session, const std::vector<std::string>& values);
/// array[1,2]::integer[] (or another type).
template <typename Number>
std::string number_array(const std::vector<Number>& values, const std::string& type) {
  std::string out = "array[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += (i == 0 ? "" : ",") + std::to_string(values[i]);
  }
  return out + "]::" + type + "[]";
}

}  // namespace lockstep::postgres
