#include "tests/scenarios/tenant.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "lockstep/core/as_printed.h"
#include "lockstep/core/names.h"
#include "lockstep/sql/parse.h"

namespace lockstep::test {

namespace {

std::string replace_all(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string doubled(const std::string& text, char quote) {
  return replace_all(text, std::string(1, quote), std::string(2, quote));
}

}  // namespace

Tenant::Tenant(TestDatabase& database, std::string schema)
    : database_(database), schema_(std::move(schema)) {}

void Tenant::build(const std::string& start) {
  if (!session_) session_ = connect();
  session_->execute("ROLLBACK");
  former.clear();
  run("SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schema} CASCADE;"
      "DROP SCHEMA IF EXISTS shared CASCADE; CREATE SCHEMA ${schema}; CREATE SCHEMA shared;"
      "DROP SCHEMA IF EXISTS lockstep_grace CASCADE; CREATE SCHEMA lockstep_grace;"
      "RESET client_min_messages");
  session_->execute(start);
  session_->take_notices();
}

std::unique_ptr<database::Session> Tenant::connect() {
  auto session = database_.connect();
  session->execute(fmt::format("SET search_path = {}, shared, pg_temp; SET lock_timeout = '10s'",
                               session->quote_identifier(schema_)));
  return session;
}

std::string Tenant::render(std::string_view planned) const {
  std::string text(planned);
  text = replace_all(text, core::kTenantSchema, session_->quote_identifier(schema_));
  text = replace_all(text, core::kTenantSchemaInIdentifier, doubled(schema_, '"'));
  text = replace_all(text, core::kTenantSchemaInLiteral, doubled(schema_, '\''));
  text = replace_all(text, core::kTenantSchemaInBody, session_->quote_identifier(schema_));
  text = replace_all(text, core::kTenantSchemaInIdentifierInBody, doubled(schema_, '"'));
  text = replace_all(text, core::kTenantSchemaInLiteralInBody, doubled(schema_, '\''));
  text = replace_all(text, core::kTenantNumber, "1");
  text = replace_all(text, core::kTenantSchemaVerbatim, std::string(core::kTenantSchema));
  return replace_all(text, core::kTenantSchemaBegin, std::string(core::kPlaceholderBegin));
}

database::Result Tenant::run(std::string_view planned) {
  return session_->execute(render(planned));
}

void Tenant::run_as_written(const std::string& statements) {
  const sql::ParsedFile parsed = sql::parse(statements, {});
  for (const core::Problem& problem : parsed.problems) throw std::runtime_error(to_string(problem));
  for (const sql::Statement& statement : parsed.statements) run(statement.text);
}

}  // namespace lockstep::test
