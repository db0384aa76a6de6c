#include "index_definition.h"

#include <variant>

#include <fmt/format.h>

#include "lockstep/core/sqlstate.h"
#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "message.h"

namespace lockstep::execution {
namespace {

// Nobody is kept waiting meanwhile: the table is read by name only, and the copy is our own.
constexpr milliseconds kTimeout{5000};

/// Of the index `oid` and the only one of the table `copy`: are they the same but for the table?
/// Columns are compared by name, as dropped ones shift their numbers. What only newer servers have
/// is asked for as JSON, where it may be absent.
std::string same_definition(const database::Session& session, std::int64_t oid,
                            const std::string& copy) {
  return fmt::format(
      "select count(*) = 2 and count(distinct definition) = 1 from (select jsonb_build_array("
      "c.relam, c.reloptions, i.indisunique, to_jsonb(i) -> 'indnullsnotdistinct', i.indnkeyatts,"
      " i.indclass::text, i.indcollation::text, i.indoption::text,"
      " array(select a.attoptions::text from pg_attribute a where a.attrelid = i.indexrelid"
      " order by a.attnum),"
      " pg_get_expr(i.indpred, i.indrelid), array(select pg_get_indexdef(i.indexrelid, k, false)"
      " from generate_series(1, i.indnatts::int) as k order by k),"
      " exists (select from pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', "
      "'u', 'x'))) as definition"
      " from pg_index i join pg_class c on c.oid = i.indexrelid"
      " where i.indexrelid = {} or i.indrelid = to_regclass({})) as both_of_them",
      oid, session.quote_literal(copy));
}

}  // namespace

std::optional<std::string> plain_build_on(const std::string& statement, const std::string& table) {
  const sql::ParsedFile parsed = sql::parse(statement, {});
  if (!parsed.problems.empty() || parsed.statements.size() != 1) {
    return std::nullopt;
  }
  const auto* build = std::get_if<sql::CreateIndex>(&parsed.statements.front().body);
  if (build == nullptr || !build->concurrently || build->if_not_exists || !build->name) {
    return std::nullopt;
  }
  return fmt::format("create {}index {} on {} using {} {}", build->unique ? "unique " : "",
                     sql::quote_identifier(*build->name), table,
                     sql::quote_identifier(build->method), build->tail);
}

bool is_built_by(const StepContext& context, const plan::Step& step, std::int64_t oid,
                 const std::string& statement) {
  const auto& body = std::get<plan::ConcurrentBody>(step.body);
  const database::Session& session = *context.session;
  // By its own name, which expressions may say.
  const std::string copy = "pg_temp." + session.quote_identifier(body.table.name);
  const std::optional<std::string> build = plain_build_on(statement, copy);
  if (!build) {
    return false;
  }
  Message message(context, step, kTimeout, kTimeout);
  message
      .work(fmt::format("create temporary table {} (like {}) on commit drop",
                        session.quote_identifier(body.table.name), context.render.name(body.table)))
      .work(*build)
      .work(same_definition(session, oid, copy));
  try {
    return context.session->execute(message.text()).as_bool();
  } catch (const database::DatabaseError& error) {
    rethrow_unless_server(error);
    if (error.is_transient() || error.is(core::sqlstate::kQueryCanceled)) {
      throw;
    }
    if (error.is(core::sqlstate::kInsufficientPrivilege)) {
      throw database::DatabaseError(
          error.kind(), error.sqlstate(), error.what(), error.detail(),
          "GRANT TEMPORARY ON DATABASE to the role, and SELECT on the table: what is left of an "
          "earlier build is compared with one on a temporary table like it");
    }
    return false;
  }
}

}  // namespace lockstep::execution
