#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockstep/core/problem.h"

namespace lockstep::text {

/// A YAML value with its position. The only door to YAML in the program. A value type; cheap to
/// copy.
class Node {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind() const noexcept { return kind_; }
  const core::SourceLocation& where() const noexcept { return where_; }

  const std::string& scalar() const noexcept { return scalar_; }
  bool quoted() const noexcept {
    return quoted_;
  }  ///< written in quotes: never a number or boolean
  const std::vector<Node>& items() const noexcept { return items_; }
  /// Entries in the order written; keys are unique (a duplicate is a Problem when parsing).
  struct Entry;
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  const Node* find(std::string_view key) const noexcept;

  /// What stands for a scalar; `path` has the keys above it, "add_column.table".
  using Change = std::function<std::string(std::string_view path, const Node& scalar)>;
  /// The same with every scalar's text replaced by what `change` gives for it. Keys stay.
  Node map_scalars(const Change& change) const;

 private:
  friend class NodeBuilder;
  Node map_scalars_below(const std::string& path, const Change& change) const;

  Kind kind_ = Kind::kNull;
  core::SourceLocation where_;
  std::string scalar_;
  bool quoted_ = false;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
};

struct Node::Entry {
  std::string key;
  core::SourceLocation key_where;
  Node value;
};

/// Parses one YAML document. On Problems the node is null. Aliases that would expand without bound,
/// several documents and duplicate keys are Problems.
Node parse_yaml(std::string_view text, const std::string& file, core::Problems& problems);

/// Strict reading of a map: every key must be asked for, every value must have its type. Put
/// Problems with positions; give defaults or nothing. Call finish() last: it reports unknown keys
/// (with the nearest known one).
class Fields {
 public:
  /// `what` is the thing in words for messages: "operation add_column".
  Fields(const Node& node, std::string what, core::Problems& problems);

  std::optional<std::string> text(std::string_view key);
  std::string required_text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<long> integer(std::string_view key);
  std::vector<std::string> texts(std::string_view key);  ///< a sequence, or one scalar
  std::vector<Node> nodes(std::string_view key);         ///< a sequence, or one node
  const Node* node(std::string_view key);                ///< any kind; nothing if absent
  const Node* required_node(std::string_view key);
  bool has(std::string_view key) const;
  core::SourceLocation where(std::string_view key) const;  ///< of the value, else of the map
  void problem(std::string_view key, const std::string& message, const std::string& remedy = {});
  void finish();

 private:
  const Node& node_;
  std::string what_;
  core::Problems& problems_;
  std::vector<std::string> asked_;
};

}  // namespace lockstep::text
