#include "file_name.h"

#include <algorithm>

namespace lockstep::migration {
namespace {

std::optional<Form> form_of(std::string_view ending) {
  if (ending == ".sql") {
    return Form::kSql;
  }
  if (ending == ".yaml" || ending == ".yml") {
    return Form::kYaml;
  }
  return std::nullopt;
}

}  // namespace

FileName split_file_name(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  std::string_view base = slash == std::string_view::npos ? file : file.substr(slash + 1);
  FileName result;
  const std::size_t dot = base.rfind('.');
  if (dot != std::string_view::npos) {
    result.form = form_of(base.substr(dot));
    base = base.substr(0, dot);
  }
  result.stem = base;
  const std::size_t digits = std::min(base.find_first_not_of("0123456789"), base.size());
  result.digits = base.substr(0, digits);
  base.remove_prefix(digits);
  if (!result.digits.empty() && !base.empty() && base.front() == '_') {
    result.separated = true;
    base.remove_prefix(1);
  }
  result.name = base;
  return result;
}

}  // namespace lockstep::migration
