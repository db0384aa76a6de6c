#include "render.h"

#include <stdexcept>
#include <utility>

namespace lockstep::execution {
namespace {

/// What the author wrote in a comment or a body that takes no placeholder.
const std::string kAsWritten(core::kTenantSchema);

std::string doubled(std::string_view text, char quote) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == quote) {
      out += c;
    }
  }
  return out;
}

}  // namespace

Renderer::Renderer(const database::Session& session, std::string schema)
    : session_(session),
      schema_(std::move(schema)),
      identifier_(session.quote_identifier(schema_)),
      in_identifier_(doubled(schema_, '"')),
      in_literal_(doubled(schema_, '\'')) {}

std::string Renderer::operator()(std::string_view sql) const {
  const std::pair<std::string_view, const std::string&> forms[] = {
      {core::kTenantSchema, identifier_},
      {core::kTenantSchemaInIdentifier, in_identifier_},
      {core::kTenantSchemaInLiteral, in_literal_},
      {core::kTenantSchemaVerbatim, kAsWritten}};
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = sql.find("${schema"); at != std::string_view::npos;
       at = sql.find("${schema", begin)) {
    out += sql.substr(begin, at - begin);
    begin = at;
    for (const auto& form : forms) {
      if (sql.substr(at, form.first.size()) == form.first) {
        if (schema_.empty()) {
          throw std::logic_error("a step of the shared scope names a tenant's schema: " +
                                 std::string(sql));
        }
        out += form.second;
        begin = at + form.first.size();
        break;
      }
    }
    if (begin == at) {  // "${schema_name}" and the like belong to somebody else
      out += sql[begin++];
    }
  }
  out += sql.substr(begin);
  return out;
}

std::string Renderer::name(const core::QualifiedName& name) const {
  const std::string schema =
      name.in_tenant() ? identifier_ : session_.quote_identifier(name.schema);
  return schema + "." + session_.quote_identifier(name.name);
}

std::string search_path(const database::Session& session, const std::string& tenant,
                        const std::vector<std::string>& shared_schemas) {
  std::string path;
  if (!tenant.empty()) {
    path = session.quote_identifier(tenant) + ", ";
  }
  for (const std::string& schema : shared_schemas) {
    path += session.quote_identifier(schema) + ", ";
  }
  return path + "pg_temp";
}

}  // namespace lockstep::execution
