#include "support/parameters.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"

namespace lockstep::operations {

using sql::StorageParameter;

namespace {

/// "fillfactor" of "fillfactor=70".
std::string name_of(const std::string& option) {
  return option.substr(0, option.find('='));
}

std::string literal(const std::string& value) {
  const bool number =
      !value.empty() && value.find_first_not_of("-.0123456789") == std::string::npos;
  return number ? value : sql::quote_literal(value);
}

}  // namespace

std::vector<std::string> parameter_names(const std::vector<StorageParameter>& parameters) {
  std::vector<std::string> names;
  for (const StorageParameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::vector<std::string> parameter_texts(const std::vector<StorageParameter>& parameters) {
  std::vector<std::string> options;
  for (const StorageParameter& parameter : parameters) {
    options.push_back(parameter.name + "=" + parameter.value);
  }
  return options;
}

std::string set_clause(const std::vector<std::string>& options) {
  std::vector<std::string> parts;
  for (const std::string& option : options) {
    const std::string name = name_of(option);
    const std::string value = option.substr(std::min(name.size() + 1, option.size()));
    parts.push_back(fmt::format("{} = {}", sql::quote_identifier(name), literal(value)));
  }
  return fmt::format("SET ({})", fmt::join(parts, ", "));
}

std::string reset_clause(const std::vector<std::string>& options) {
  std::vector<std::string> names;
  for (const std::string& option : options) names.push_back(sql::quote_identifier(name_of(option)));
  return fmt::format("RESET ({})", fmt::join(names, ", "));
}

std::vector<std::string> options_after(std::vector<std::string> options, bool reset,
                                       const std::vector<StorageParameter>& parameters) {
  const std::vector<std::string> all = parameter_names(parameters);
  std::erase_if(options, [&](const std::string& option) {
    return std::find(all.begin(), all.end(), name_of(option)) != all.end();
  });
  if (reset) return options;
  const std::vector<std::string> set = parameter_texts(parameters);
  options.insert(options.end(), set.begin(), set.end());
  return options;
}

std::vector<std::string> clauses_back(const std::vector<std::string>& former,
                                      const std::vector<std::string>& later) {
  std::vector<std::string> clauses;
  if (!later.empty()) clauses.push_back(reset_clause(later));
  if (!former.empty()) clauses.push_back(set_clause(former));
  return clauses;
}

}  // namespace lockstep::operations
