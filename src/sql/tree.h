#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "grammar.h"
#include "scan.h"

namespace lockstep::sql {

/// A parser's result, which owns its nodes.
class Tree {
 public:
  explicit Tree(PgQuery__ParseResult* result) : result_(result) {}

  std::size_t size() const { return result_->n_stmts; }
  const PgQuery__RawStmt& operator[](std::size_t i) const { return *result_->stmts[i]; }

 private:
  struct Free {
    void operator()(PgQuery__ParseResult* result) const {
      pg_query__parse_result__free_unpacked(result, nullptr);
    }
  };
  std::unique_ptr<PgQuery__ParseResult, Free> result_;
};

/// Needs a big stack (big_stack.h), and text within the limits of find_too_deep.
std::variant<Tree, SyntaxError> parse_tree(const std::string& sql);

// --- nodes by their descriptors, for what is the same for all kinds ------------------------------

/// The node's kind as the grammar calls it: "CreateStmt", "A_Const".
std::string_view kind_of(const ProtobufCMessage& message);

/// An enumerator's name as PostgreSQL has it: "AT_SetStorage", "OBJECT_TABLE"; empty if unknown.
std::string_view name_of(const ProtobufCEnumDescriptor& descriptor, int value);

/// Equal in all but the positions in the text.
bool same_tree(const ProtobufCMessage* left, const ProtobufCMessage* right);

template <class T>
T read_value(const char* bytes) {
  T value;
  // Where T is a pointer, the pointer is what is read.
  std::memcpy(&value, bytes, sizeof(T));  // NOLINT(bugprone-sizeof-expression)
  return value;
}

template <class T>
T read_field(const ProtobufCMessage& message, unsigned offset) {
  return read_value<T>(reinterpret_cast<const char*>(&message) + offset);
}

inline bool is_set(const ProtobufCMessage& message, const ProtobufCFieldDescriptor& field) {
  return (field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
         read_field<std::uint32_t>(message, field.quantifier_offset) == field.id;
}

/// The index of the field that a Node holds; past the last if it holds none.
unsigned chosen_field(const ProtobufCMessage& node);

/// Calls visit(child, field) for each node directly below, in the grammar's order.
template <class Visit>
void for_each_child(const ProtobufCMessage& message, const Visit& visit) {
  const ProtobufCMessageDescriptor& kind = *message.descriptor;
  // Node is one of some 240 kinds; the others need no look.
  const unsigned only =
      &kind == &pg_query__node__descriptor ? chosen_field(message) : kind.n_fields;
  for (unsigned i = only < kind.n_fields ? only : 0; i < std::min(kind.n_fields, only + 1); ++i) {
    const ProtobufCFieldDescriptor& field = kind.fields[i];
    if (field.type != PROTOBUF_C_TYPE_MESSAGE || !is_set(message, field)) {
      continue;
    }
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
      const auto count = read_field<std::size_t>(message, field.quantifier_offset);
      const auto* const* children =
          read_field<const ProtobufCMessage* const*>(message, field.offset);
      for (std::size_t child = 0; child < count; ++child) {
        visit(*children[child], field);
      }
    } else if (const auto* child = read_field<const ProtobufCMessage*>(message, field.offset)) {
      visit(*child, field);
    }
  }
}

/// The message as the node kind T, if it is one: as<PgQuery__RangeVar>(m, pg_query__..descriptor).
template <class T>
const T* as(const ProtobufCMessage& message, const ProtobufCMessageDescriptor& descriptor) {
  return message.descriptor == &descriptor ? reinterpret_cast<const T*>(&message) : nullptr;
}

/// What a Node holds; null if nothing.
const ProtobufCMessage* content(const PgQuery__Node* node);

}  // namespace lockstep::sql
