#include "index_definition.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lockstep/core/sqlstate.h"
#include "message.h"

namespace lockstep::execution {
namespace {

// Nobody is kept waiting meanwhile: the table is read by name only, and the copy is our own.
constexpr milliseconds kTimeout{5000};

/// Reads the beginning of a statement word by word.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  /// Whether the next word is this one (given in lower case); then it is read.
  bool next_is(std::string_view word) {
    skip_spaces();
    const bool same = rest_.size() > word.size() && rest_[word.size()] == ' ' &&
                      std::equal(word.begin(), word.end(), rest_.begin(), [](char w, char c) {
                        return w == static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
                      });
    if (same) {
      rest_.remove_prefix(word.size());
    }
    return same;
  }

  /// Reads a name, quoted or not, qualified or not, as it is spelt.
  std::string_view name() {
    skip_spaces();
    const std::string_view from = rest_;
    part();
    while (!rest_.empty() && rest_.front() == '.') {
      rest_.remove_prefix(1);
      part();
    }
    return from.substr(0, from.size() - rest_.size());
  }

  std::string_view rest() const { return rest_; }

 private:
  void skip_spaces() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n\t"), rest_.size()));
  }

  void part() {
    if (rest_.empty() || rest_.front() != '"') {
      rest_.remove_prefix(std::min(rest_.find_first_of(" .(\n\t"), rest_.size()));
      return;
    }
    do {  // a doubled quote ends one piece and begins the next
      const std::size_t end = rest_.find('"', 1);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    } while (!rest_.empty() && rest_.front() == '"');
  }

  std::string_view rest_;
};

/// Of the index `oid` and the only one of the table `copy`: are they the same but for the table?
/// Columns are compared by name, as dropped ones shift their numbers. What only newer servers have
/// is asked for as JSON, where it may be absent.
std::string same_definition(const database::Session& session, std::int64_t oid,
                            const std::string& copy) {
  return fmt::format(
      "select count(*) = 2 and count(distinct definition) = 1 from (select jsonb_build_array("
      "c.relam, c.reloptions, i.indisunique, to_jsonb(i) -> 'indnullsnotdistinct', i.indnkeyatts,"
      " i.indclass::text, i.indcollation::text, i.indoption::text,"
      " pg_get_expr(i.indpred, i.indrelid), array(select pg_get_indexdef(i.indexrelid, k, false)"
      " from generate_series(1, i.indnatts::int) as k order by k),"
      " exists (select from pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', "
      "'u', 'x'))) as definition"
      " from pg_index i join pg_class c on c.oid = i.indexrelid"
      " where i.indexrelid = {} or i.indrelid = to_regclass({})) as both_of_them",
      oid, session.quote_literal(copy));
}

}  // namespace

std::optional<std::string> plain_build_on(std::string_view statement, std::string_view table) {
  Words words(statement);
  if (!words.next_is("create")) {
    return std::nullopt;
  }
  const bool unique = words.next_is("unique");
  if (!words.next_is("index") || !words.next_is("concurrently")) {
    return std::nullopt;
  }
  const std::string_view index = words.name();
  if (!words.next_is("on")) {
    return std::nullopt;
  }
  words.name();
  return fmt::format("create {}index {} on {}{}", unique ? "unique " : "", index, table,
                     words.rest());
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
          "GRANT TEMPORARY ON DATABASE to the role: what is left of an earlier build is compared "
          "with one on a temporary table");
    }
    return false;
  }
}

}  // namespace lockstep::execution
