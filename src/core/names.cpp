#include "lockstep/core/names.h"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::core {

namespace {

std::string display_part(std::string_view part) {
  if (!part.empty() && part.find_first_of(".\"") == std::string_view::npos) {
    return std::string(part);
  }
  std::string quoted = "\"";
  for (const char c : part) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

/// Takes one part off the front of `text`; nothing if none is well formed there.
std::optional<std::string> take_part(std::string_view& text) {
  if (text.empty() || text.front() != '"') {
    const auto end = text.find('.');
    const auto part = text.substr(0, end);
    if (part.empty() || part.find('"') != std::string_view::npos) return std::nullopt;
    text.remove_prefix(part.size());
    return std::string(part);
  }
  std::string part;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (i + 1 == text.size() || text[i + 1] != '"') {
        text.remove_prefix(i + 1);
        return part;
      }
      ++i;
    }
    part += text[i];
  }
  return std::nullopt;
}

}  // namespace

std::string display(const QualifiedName& name) {
  auto own = display_part(name.name);
  if (name.in_tenant() || name.schema.empty()) return own;
  return display_part(name.schema) + "." + own;
}

std::optional<QualifiedName> from_display(std::string_view text) {
  auto rest = text;
  const auto first = take_part(rest);
  if (!first) return std::nullopt;
  QualifiedName name{std::string(kTenantSchema), *first};
  if (!rest.empty()) {
    rest.remove_prefix(1);
    const auto second = take_part(rest);
    if (!second) return std::nullopt;
    name = {*first, *second};
  }
  // Whatever is left over, or was written in another way than display() writes it.
  if (display(name) != text) return std::nullopt;
  return name;
}

}  // namespace lockstep::core
