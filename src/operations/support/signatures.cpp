#include "support/signatures.h"

#include <variant>

#include "lockstep/sql/parse.h"
#include "support/types.h"

namespace lockstep::operations {

std::string signature_type(sql::TypeName type, const catalog::Catalog& catalog) {
  // char and interval are printed as they are written.
  const std::string array = type.array_dimensions > 0 ? "[]" : "";
  if (type.name.schema == "pg_catalog" && type.name.name == "bpchar") return "character" + array;
  if (type.name.schema == "pg_catalog" && type.name.name == "interval") return "interval" + array;
  type.modifiers.clear();
  return format_type(type, catalog);
}

std::vector<std::string> types_of(const std::vector<sql::TypeName>& types,
                                  const catalog::Catalog& catalog) {
  std::vector<std::string> names;
  for (const sql::TypeName& type : types) names.push_back(signature_type(type, catalog));
  return names;
}

std::vector<std::string> argument_types(const std::string& arguments,
                                        const catalog::Catalog& catalog) {
  // Only the parser can tell "n integer" from "double precision".
  const std::string text = "CREATE FUNCTION f(" + arguments + ") RETURNS void LANGUAGE sql AS ''";
  const sql::ParsedFile parsed = sql::parse(text, {});
  if (parsed.statements.size() != 1) return {arguments};
  const auto* function = std::get_if<sql::CreateFunction>(&parsed.statements.front().body);
  return function ? types_of(function->arguments, catalog) : std::vector<std::string>{arguments};
}

}  // namespace lockstep::operations
