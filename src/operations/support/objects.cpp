#include "support/objects.h"

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

void judge_reads(Judge& judge, const std::vector<catalog::QualifiedName>& reads) {
  for (const catalog::QualifiedName& name : reads) {
    const bool system = name.schema == "pg_catalog" || name.schema == "information_schema" ||
                        (name.schema.empty() && name.name.rfind("pg_", 0) == 0);
    if (!system) judge.relation(name);
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
