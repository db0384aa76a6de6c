#include "sql_text.h"

namespace lockstep::postgres {

std::string text_array(const database::Session& session, const std::vector<std::string>& values) {
  std::string array = "{";
  for (const std::string& value : values) {
    array += array.size() > 1 ? ",\"" : "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return session.quote_literal(array + "}") + "::text[]";
}

}  // namespace lockstep::postgres
