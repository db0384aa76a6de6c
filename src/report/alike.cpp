#include "alike.h"

#include <algorithm>
#include <cctype>

namespace lockstep::report {
namespace {

bool continues_a_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80U || std::isalnum(byte) != 0 || c == '_' || c == '$';
}

}  // namespace

std::string without_tenant(std::string_view text, std::string_view tenant) {
  if (tenant.empty()) {
    return std::string(text);
  }
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(tenant); at != std::string_view::npos;
       at = text.find(tenant, std::max(begin, at + 1))) {
    const std::size_t end = at + tenant.size();
    const bool alone = (at == 0 || !continues_a_name(text[at - 1])) &&
                       (end == text.size() || !continues_a_name(text[end]));
    if (alone) {
      result += text.substr(begin, at - begin);
      result += "${schema}";
      begin = end;
    }
  }
  return result + std::string(text.substr(begin));
}

}  // namespace lockstep::report
