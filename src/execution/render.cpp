#include "render.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "lockstep/core/as_printed.h"
#include "lockstep/core/strings.h"

namespace lockstep::execution {
namespace {

/// What the author wrote in a comment or a body that takes no placeholder.
const std::string kAsWritten(core::kTenantSchema);

/// What a server has printed holds no placeholder, whatever it looks like.
const std::string kAsPrinted(core::kPlaceholderBegin);

/// How the forms inside of dollar-quoted bodies begin.
constexpr std::string_view kInBody = "${schema:body";

/// A $ could end the body.
bool fits_in_body(std::string_view schema) {
  return schema.find('$') == std::string_view::npos;
}

}  // namespace

Renderer::Renderer(const database::Session& session, std::string schema, database::TenantId tenant)
    : session_(session),
      schema_(std::move(schema)),
      number_(std::to_string(tenant)),
      identifier_(session.quote_identifier(schema_)),
      in_identifier_(core::doubled(schema_, '"')),
      in_literal_(core::doubled(schema_, '\'')) {}

std::string Renderer::operator()(std::string_view sql) const {
  if (sql.find("${schema") == std::string_view::npos) {
    return std::string(sql);
  }
  const std::pair<std::string_view, const std::string&> forms[] = {
      {core::kTenantSchema, identifier_},
      {core::kTenantSchemaInIdentifier, in_identifier_},
      {core::kTenantSchemaInLiteral, in_literal_},
      {core::kTenantSchemaInBody, identifier_},
      {core::kTenantSchemaInIdentifierInBody, in_identifier_},
      {core::kTenantSchemaInLiteralInBody, in_literal_},
      {core::kTenantNumber, number_},
      {core::kTenantSchemaVerbatim, kAsWritten},
      {core::kTenantSchemaBegin, kAsPrinted}};
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = sql.find("${schema"); at != std::string_view::npos;
       at = sql.find("${schema", begin)) {
    out += sql.substr(begin, at - begin);
    begin = at;
    for (const auto& form : forms) {
      if (sql.substr(at, form.first.size()) == form.first) {
        if (schema_.empty() && form.first != core::kTenantSchemaBegin &&
            form.first != core::kTenantNumber) {
          throw std::logic_error("a step of the shared scope names a tenant's schema: " +
                                 std::string(sql));
        }
        if (form.first.starts_with(kInBody) && !fits_in_body(schema_)) {
          throw std::logic_error("nobody looked whether this schema's name fits into a body: " +
                                 schema_);
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
  std::string last = name.name;
  if (const std::size_t at = last.find(core::kTenantNumber); at != std::string::npos) {
    last.replace(at, core::kTenantNumber.size(), number_);
  }
  return schema + "." + session_.quote_identifier(last);
}

bool can_be_rendered(const plan::Step& step, std::string_view schema) {
  const auto* body = std::get_if<plan::TransactionBody>(&step.body);
  if (body == nullptr || fits_in_body(schema)) {
    return true;
  }
  return std::none_of(body->sql.begin(), body->sql.end(), [](const std::string& statement) {
    return statement.find(kInBody) != std::string::npos;
  });
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
