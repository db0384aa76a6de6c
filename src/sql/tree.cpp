#include "tree.h"

namespace lockstep::sql {

namespace {

bool is_position(const ProtobufCFieldDescriptor& field) {
  const std::string_view name = field.name;
  return name.ends_with("location") || name.ends_with("list_start") || name.ends_with("list_end");
}

std::size_t size_of(const ProtobufCFieldDescriptor& field) {
  switch (field.type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
      return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
      return sizeof(void*);
    case PROTOBUF_C_TYPE_BYTES:
      return sizeof(ProtobufCBinaryData);
    default:
      return 4;
  }
}

bool same_value(const ProtobufCFieldDescriptor& field, const char* left, const char* right) {
  if (field.type == PROTOBUF_C_TYPE_MESSAGE) {
    return same_tree(read_value<const ProtobufCMessage*>(left),
                     read_value<const ProtobufCMessage*>(right));
  }
  if (field.type == PROTOBUF_C_TYPE_STRING) {
    const auto* a = read_value<const char*>(left);
    const auto* b = read_value<const char*>(right);
    return std::string_view(a != nullptr ? a : "") == std::string_view(b != nullptr ? b : "");
  }
  return std::memcmp(left, right, size_of(field)) == 0;
}

bool same_field(const ProtobufCFieldDescriptor& field, const ProtobufCMessage& left,
                const ProtobufCMessage& right) {
  if (is_set(left, field) != is_set(right, field)) {
    return false;
  }
  if (!is_set(left, field)) {
    return true;
  }
  if (field.label != PROTOBUF_C_LABEL_REPEATED) {
    return same_value(field, reinterpret_cast<const char*>(&left) + field.offset,
                      reinterpret_cast<const char*>(&right) + field.offset);
  }
  const auto count = read_field<std::size_t>(left, field.quantifier_offset);
  if (count != read_field<std::size_t>(right, field.quantifier_offset)) {
    return false;
  }
  const auto* a = read_field<const char*>(left, field.offset);
  const auto* b = read_field<const char*>(right, field.offset);
  const std::size_t size = size_of(field);
  for (std::size_t i = 0; i < count; ++i) {
    if (!same_value(field, a + i * size, b + i * size)) {
      return false;
    }
  }
  return true;
}

const ProtobufCMessage* content_of(const ProtobufCMessage& node) {
  const ProtobufCMessage* result = nullptr;
  for_each_child(node, [&](const ProtobufCMessage& child, const auto&) { result = &child; });
  return result;
}

}  // namespace

std::variant<Tree, SyntaxError> parse_tree(const std::string& sql) {
  const PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(sql.c_str());
  std::variant<Tree, SyntaxError> result = SyntaxError{};
  if (parsed.error != nullptr) {
    result = SyntaxError{
        parsed.error->message,
        parsed.error->cursorpos > 0 ? static_cast<std::size_t>(parsed.error->cursorpos) : 0};
  } else if (auto* unpacked = pg_query__parse_result__unpack(
                 nullptr, parsed.parse_tree.len,
                 reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data))) {
    result = Tree(unpacked);
  } else {
    result = SyntaxError{"the parser's result cannot be read", 0};
  }
  pg_query_free_protobuf_parse_result(parsed);
  return result;
}

std::string_view kind_of(const ProtobufCMessage& message) {
  return message.descriptor->short_name;
}

std::string_view name_of(const ProtobufCEnumDescriptor& descriptor, int value) {
  const ProtobufCEnumValue* found = protobuf_c_enum_descriptor_get_value(&descriptor, value);
  return found != nullptr ? found->name : std::string_view{};
}

unsigned chosen_field(const ProtobufCMessage& node) {
  const ProtobufCMessageDescriptor& kind = *node.descriptor;
  const auto chosen = read_field<std::uint32_t>(node, kind.fields[0].quantifier_offset);
  const auto* field = protobuf_c_message_descriptor_get_field(&kind, chosen);
  return field != nullptr ? static_cast<unsigned>(field - kind.fields) : kind.n_fields;
}

bool same_tree(const ProtobufCMessage* left, const ProtobufCMessage* right) {
  if (left == nullptr || right == nullptr) {
    return left == right;
  }
  if (left->descriptor != right->descriptor) {
    return false;
  }
  if (left->descriptor == &pg_query__node__descriptor) {
    return same_tree(content_of(*left), content_of(*right));  // not each of some 240 kinds
  }
  for (unsigned i = 0; i < left->descriptor->n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = left->descriptor->fields[i];
    if (!is_position(field) && !same_field(field, *left, *right)) {
      return false;
    }
  }
  return true;
}

const ProtobufCMessage* content(const PgQuery__Node* node) {
  return node != nullptr ? content_of(node->base) : nullptr;
}

}  // namespace lockstep::sql
