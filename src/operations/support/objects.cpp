#include "support/objects.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/quote.h"
#include "support/yaml.h"

namespace lockstep::operations {

catalog::QualifiedName created_name(const catalog::Catalog& catalog,
                                    const catalog::QualifiedName& written) {
  if (!written.schema.empty()) return written;
  return {catalog.creation_schema, written.name};
}

catalog::QualifiedName place_of(const catalog::Catalog& catalog, std::string_view object_type,
                                const catalog::QualifiedName& written) {
  if (object_type == "SCHEMA" || object_type.ends_with(" IN SCHEMA")) return {written.name, {}};
  if (object_type == "FUNCTION" || object_type == "PROCEDURE" || object_type == "ROUTINE" ||
      object_type == "AGGREGATE") {
    const auto found = catalog.find_functions(written);
    return found.empty() ? created_name(catalog, written) : found.front()->name;
  }
  if (object_type == "TYPE" || object_type == "DOMAIN") {
    const catalog::Type* found = catalog.find_type(written);
    return found == nullptr ? created_name(catalog, written) : found->name;
  }
  if (object_type == "INDEX") {
    const auto found = catalog.find_index(written);
    if (found.index != nullptr) return {found.table->name.schema, found.index->name};
  }
  constexpr std::array<std::string_view, 10> kOfNoSchema{
      "DATABASE",    "ROLE",   "TABLESPACE",   "EXTENSION",    "LANGUAGE",
      "PUBLICATION", "SERVER", "SUBSCRIPTION", "LARGE OBJECT", "FOREIGN DATA WRAPPER"};
  if (std::find(kOfNoSchema.begin(), kOfNoSchema.end(), object_type) != kOfNoSchema.end()) {
    return {{}, written.name};
  }
  return catalog.qualify(written);
}

void judge_reads(Judge& judge, const std::vector<catalog::QualifiedName>& reads) {
  for (const catalog::QualifiedName& name : reads) {
    // A server newer than our table of names may have more of them.
    const bool may_be_newer = name.schema.empty() && name.name.rfind("pg_", 0) == 0;
    if (!is_system_catalog(name) && !may_be_newer) judge.relation(name);
  }
}

void judge_cascade(Judge& judge, bool cascade, const std::string& what) {
  if (!cascade) return;
  judge.refuse(
      "drop-cascade",
      fmt::format("CASCADE drops whatever depends on {}, in each tenant what that tenant has.",
                  what),
      "Drop what depends on it by name, in statements before this one, and write it without "
      "CASCADE.");
}

std::string create_view_again(const catalog::Relation& view) {
  const std::string options =
      view.options.empty() ? "" : fmt::format(" WITH ({})", fmt::join(view.options, ", "));
  return fmt::format("CREATE VIEW {}{} AS {}", sql::quote(view.name), options,
                     view.view_definition);
}

std::string_view if_exists_words(bool if_exists) {
  return if_exists ? "IF EXISTS " : "";
}

sql::Drop yaml_drop(text::Fields& fields, std::string object_type, core::Problems& problems) {
  sql::Drop drop;
  drop.object_type = std::move(object_type);
  drop.names = {yaml_name(fields, "name", problems)};
  drop.if_exists = fields.boolean("if_exists").value_or(false);
  return drop;
}

}  // namespace lockstep::operations
