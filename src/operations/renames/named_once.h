#pragma once

#include <string>

#include <fmt/format.h>

#include "lockstep/sql/statement.h"
#include "support/renamed_object.h"

namespace lockstep::operations::rename_object {

/// What can have one name only. Each kind has its own ways to be known by it.
class NamedOnce : public RenamedObject {
 public:
  using RenamedObject::RenamedObject;

  std::string_view name() const noexcept override { return "rename_object"; }

 protected:
  std::string what(const catalog::QualifiedName& object) const {
    std::string kind;
    for (const char c : statement().object_type)
      kind += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return fmt::format("{} {}", kind, shown(object));
  }
};

OperationPtr rename_sequence(const sql::Rename& statement, const Origin& origin);
OperationPtr rename_trigger(const sql::Rename& statement, const Origin& origin);
/// A procedure too.
OperationPtr rename_function(const sql::Rename& statement, const Origin& origin);
/// A domain too.
OperationPtr rename_type(const sql::Rename& statement, const Origin& origin);
OperationPtr rename_enum_value(const sql::Rename& statement, const Origin& origin);

}  // namespace lockstep::operations::rename_object
