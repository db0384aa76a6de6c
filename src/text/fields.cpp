#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lockstep/text/nearest.h"
#include "lockstep/text/node.h"

namespace lockstep::text {
namespace {

std::string_view words_for(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a single value";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "something else";
}

}  // namespace

Fields::Fields(const Node& node, std::string what, core::Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node.kind() != Node::Kind::kMap) {
    problems_.push_back(
        {node.where(),
         fmt::format("{} needs a map of \"key: value\", here is {}", what_, words_for(node.kind())),
         {}});
  }
}

const Node* Fields::node(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
    asked_.emplace_back(key);
  }
  return node_.find(key);
}

bool Fields::has(std::string_view key) const {
  return node_.find(key) != nullptr;
}

core::SourceLocation Fields::where(std::string_view key) const {
  const Node* value = node_.find(key);
  return value != nullptr ? value->where() : node_.where();
}

void Fields::problem(std::string_view key, const std::string& message, const std::string& remedy) {
  problems_.push_back({where(key), message, remedy});
}

const Node* Fields::required_node(std::string_view key) {
  const Node* value = node(key);
  if (value == nullptr && node_.kind() == Node::Kind::kMap) {
    problem(key, fmt::format("{} needs \"{}\"", what_, key));
  }
  return value;
}

std::optional<std::string> Fields::text(std::string_view key) {
  const Node* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->kind() != Node::Kind::kScalar) {
    problem(key, fmt::format("\"{}\" of {} needs a single value, here is {}", key, what_,
                             words_for(value->kind())));
    return std::nullopt;
  }
  return value->scalar();
}

std::string Fields::required_text(std::string_view key) {
  if (required_node(key) == nullptr) {
    return {};
  }
  const auto value = text(key);
  if (value && value->empty()) {
    problem(key, fmt::format("\"{}\" of {} is empty", key, what_));
  }
  return value.value_or(std::string());
}

std::optional<bool> Fields::boolean(std::string_view key) {
  const Node* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->kind() == Node::Kind::kScalar && !value->quoted()) {
    if (value->scalar() == "true") {
      return true;
    }
    if (value->scalar() == "false") {
      return false;
    }
  }
  problem(key, fmt::format("\"{}\" of {} must be true or false", key, what_));
  return std::nullopt;
}

std::optional<long> Fields::integer(std::string_view key) {
  const Node* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->kind() == Node::Kind::kScalar && !value->quoted()) {
    const std::string& digits = value->scalar();
    long number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      return number;
    }
  }
  problem(key, fmt::format("\"{}\" of {} must be a whole number", key, what_));
  return std::nullopt;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  std::vector<std::string> result;
  for (const Node& item : nodes(key)) {
    if (item.kind() == Node::Kind::kScalar) {
      result.push_back(item.scalar());
    } else {
      problems_.push_back({item.where(),
                           fmt::format("\"{}\" of {} needs single values, here is {}", key, what_,
                                       words_for(item.kind())),
                           {}});
    }
  }
  return result;
}

std::vector<Node> Fields::nodes(std::string_view key) {
  const Node* value = node(key);
  if (value == nullptr) {
    return {};
  }
  if (value->kind() == Node::Kind::kSequence) {
    return value->items();
  }
  return {*value};
}

void Fields::finish() {
  for (const Node::Entry& entry : node_.entries()) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) == asked_.end()) {
      problems_.push_back({entry.key_where, fmt::format("{} has no key \"{}\"", what_, entry.key),
                           suggestion(entry.key, asked_)});
    }
  }
}

}  // namespace lockstep::text
