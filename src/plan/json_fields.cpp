#include "json_fields.h"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lockstep::plan {

namespace {

constexpr std::string_view kUnresolved = "\"\".";

std::optional<QualifiedName> name_from(std::string_view text) {
  if (text.empty()) return QualifiedName{};
  if (!text.starts_with(kUnresolved)) return core::from_display(text);
  auto name = core::from_display(text.substr(kUnresolved.size()));
  if (!name || !name->in_tenant()) return std::nullopt;
  name->schema.clear();
  return name;
}

}  // namespace

void Complaints::add(const JsonPath& path, const std::string& message) {
  const auto place = to_string(path);
  problems_.push_back({location_at(text_, offset_of(text_, path), file_),
                       place.empty() ? message : fmt::format("{} {}", place, message),
                       {}});
}

std::vector<Place> elements_of(const Place& place, Complaints& complaints) {
  std::vector<Place> elements;
  if (!place.value->is_array()) {
    complaints.add(place.path, "is no array");
    return elements;
  }
  elements.reserve(place.value->size());
  for (const auto& value : *place.value) {
    elements.push_back({&value, place.path});
    elements.back().path.emplace_back(elements.size() - 1);
  }
  return elements;
}

Fields::Fields(Place place, Complaints& complaints)
    : place_(std::move(place)), complaints_(&complaints), is_object_(place_.value->is_object()) {
  if (!is_object_) complaints.add(place_.path, "is no object");
}

bool Fields::has(const std::string& key) const {
  return is_object_ && place_.value->contains(key);
}

std::optional<Place> Fields::member(const std::string& key) {
  asked_.insert(key);
  if (!is_object_) return std::nullopt;
  auto path = place_.path;
  path.emplace_back(key);
  const auto found = place_.value->find(key);
  if (found == place_.value->end()) {
    complaints_->add(path, "is missing");
    return std::nullopt;
  }
  return Place{&*found, std::move(path)};
}

std::optional<Place> Fields::optional_member(const std::string& key) {
  return has(key) ? member(key) : std::nullopt;
}

std::optional<Place> Fields::nullable(const std::string& key) {
  auto found = member(key);
  if (found && found->value->is_null()) return std::nullopt;
  return found;
}

std::vector<Place> Fields::elements(const std::string& key) {
  const auto found = member(key);
  return found ? elements_of(*found, *complaints_) : std::vector<Place>();
}

std::vector<Place> Fields::optional_elements(const std::string& key) {
  return has(key) ? elements(key) : std::vector<Place>();
}

template <typename Accepts>
const Json* Fields::typed(const std::string& key, const char* type, const Accepts& accepts) {
  const auto found = member(key);
  if (!found) return nullptr;
  if (accepts(*found->value)) return found->value;
  complain(key, fmt::format("is no {}", type));
  return nullptr;
}

std::string Fields::text(const std::string& key) {
  const auto* value = typed(key, "string", [](const Json& json) { return json.is_string(); });
  return value == nullptr ? std::string() : value->get<std::string>();
}

std::vector<std::string> Fields::texts(const std::string& key) {
  std::vector<std::string> texts;
  for (const auto& element : elements(key)) {
    if (element.value->is_string()) {
      texts.push_back(element.value->get<std::string>());
    } else {
      complaints_->add(element.path, "is no string");
    }
  }
  return texts;
}

std::vector<std::string> Fields::optional_texts(const std::string& key) {
  return has(key) ? texts(key) : std::vector<std::string>();
}

bool Fields::flag(const std::string& key) {
  const auto* value = typed(key, "boolean", [](const Json& json) { return json.is_boolean(); });
  return value != nullptr && value->get<bool>();
}

bool Fields::flag_or(const std::string& key, bool otherwise) {
  return has(key) ? flag(key) : otherwise;
}

int Fields::integer(const std::string& key) {
  const auto* value = typed(key, "number that fits here", [](const Json& json) {
    return json.is_number_integer() && json <= std::numeric_limits<int>::max() &&
           json >= std::numeric_limits<int>::min();
  });
  return value == nullptr ? 0 : value->get<int>();
}

std::size_t Fields::count(const std::string& key) {
  const auto* value =
      typed(key, "whole number", [](const Json& json) { return json.is_number_unsigned(); });
  return value == nullptr ? 0 : value->get<std::size_t>();
}

double Fields::number(const std::string& key) {
  const auto* value = typed(key, "number", [](const Json& json) { return json.is_number(); });
  return value == nullptr ? 0 : value->get<double>();
}

QualifiedName Fields::name(const std::string& key) {
  const auto* value = typed(key, "name of a relation", [](const Json& json) {
    return json.is_string() && name_from(json.get_ref<const std::string&>()).has_value();
  });
  return value == nullptr ? QualifiedName{} : *name_from(value->get_ref<const std::string&>());
}

void Fields::complain(const std::string& key, const std::string& message) {
  auto path = place_.path;
  path.emplace_back(key);
  complaints_->add(path, message);
}

void Fields::finish() {
  if (!is_object_) return;
  for (const auto& [key, value] : place_.value->items()) {
    if (asked_.count(key) == 0) complain(key, "is not known");
  }
}

}  // namespace lockstep::plan
