#include "support/object_users.h"

#include <algorithm>

#include <fmt/format.h>

#include "support/judge.h"

namespace lockstep::operations {

using catalog::ObjectUser;

namespace {

std::string in_words(const ObjectUser& user) {
  const std::string name = shown(user.user);
  if (user.kind == "default") return fmt::format("the default of {}.{}", name, user.part);
  if (user.kind == "identity") return fmt::format("the identity of {}.{}", name, user.part);
  if (user.kind == "column") return fmt::format("{}.{}", name, user.part);
  if (user.kind == "generated column") return fmt::format("the generated {}.{}", name, user.part);
  if (user.kind == "function") return fmt::format("function {}({})", name, user.part);
  if (user.kind == "other") return user.part;
  if (user.part.empty()) return fmt::format("{} {}", user.kind, name);
  return fmt::format("{} {} on {}", user.kind, user.part, name);
}

}  // namespace

std::vector<std::string> users_of(const catalog::Catalog& catalog, std::string_view object_kind,
                                  const catalog::QualifiedName& object,
                                  std::string_view signature) {
  std::vector<std::string> names;
  for (const ObjectUser& user : catalog.users) {
    const bool of_it =
        user.object_kind == object_kind && user.object == object && user.signature == signature;
    if (of_it && catalog.still_uses(user)) append_new(names, {in_words(user)});
  }
  return names;
}

void append_new(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

}  // namespace lockstep::operations
