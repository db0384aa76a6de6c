#include <array>

#include <fmt/format.h>

#include "detached_statement.h"
#include "lockstep/core/sha256.h"
#include "lockstep/core/sqlstate.h"
#include "message.h"
#include "step_runner.h"

namespace lockstep::execution {
namespace {

using database::DatabaseError;
using database::Intent;
using plan::ConcurrentBody;

/// The index as the catalog has it. Absent: oid 0.
struct IndexState {
  std::int64_t oid = 0;
  std::int64_t relfilenode = 0;
  bool valid = false;
  bool in_progress = false;  ///< some backend is building it
};

IndexState look(const StepContext& context, const ConcurrentBody& body) {
  const database::Result row = context.session->execute(fmt::format(
      "select c.oid, coalesce(pg_relation_filenode(c.oid), 0), coalesce(i.indisvalid and "
      "i.indislive, false),"
      " exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)"
      " from pg_class c left join pg_index i on i.indexrelid = c.oid where c.oid = to_regclass({})",
      context.session->quote_literal(context.render.name(body.index))));
  if (row.empty()) {
    return {};
  }
  return {std::stoll(row.at(0, 0)), std::stoll(row.at(0, 1)), row.at(0, 2) == "t",
          row.at(0, 3) == "t"};
}

/// PostgreSQL 14.0 to 14.3 build corrupt indexes concurrently.
bool corrupts(const catalog::ServerVersion& server) {
  return server.major() == 14 && server.minor() < 4;
}

/// A concurrent build waits for every older snapshot, in a mode that blocks nobody, so it runs
/// without timeouts. SET LOCAL has no way in, so the settings are the session's: set, read back,
/// and reset afterwards whatever happens (RULES.md 17).
class SessionSettings {
 public:
  SessionSettings(const StepContext& context, const plan::Step& step) : session_(context.session) {
    for (const char* name : kChanged) {
      before_.push_back(
          session_->execute(fmt::format("select current_setting('{}')", name)).at(0, 0));
    }
    session_->execute(fmt::format(
        "set lock_timeout = 0; set statement_timeout = 0; set client_connection_check_interval = 0;"
        "set search_path = {}; set application_name = {}",
        search_path(*session_, context.render.schema(), context.options.shared_schemas),
        session_->quote_literal(fmt::format("lockstep {} {}", step.id, context.render.schema()))));
    require(
        "select current_setting('lock_timeout') = '0' and current_setting('statement_timeout') = "
        "'0'");
  }
  SessionSettings(const SessionSettings&) = delete;
  SessionSettings& operator=(const SessionSettings&) = delete;
  ~SessionSettings() = default;

  /// Throws if the session is lost.
  void reset() {
    std::string calls;
    std::string question;
    for (std::size_t i = 0; i < kChanged.size(); ++i) {
      const std::string value = session_->quote_literal(before_[i]);
      calls += fmt::format("{}set_config('{}', {}, false)", i == 0 ? "" : ", ", kChanged[i], value);
      question +=
          fmt::format("{}current_setting('{}') = {}", i == 0 ? "" : " and ", kChanged[i], value);
    }
    session_->execute("select " + calls);
    require("select " + question);
  }

 private:
  void require(const std::string& question) {
    if (!session_->execute(question).as_bool()) {
      throw std::logic_error("a session's settings are not as they were set: " + question);
    }
  }

  static constexpr std::array<const char*, 5> kChanged = {"lock_timeout", "statement_timeout",
                                                          "client_connection_check_interval",
                                                          "search_path", "application_name"};

  std::shared_ptr<database::Session> session_;
  std::vector<std::string> before_;  ///< values of kChanged
};

class ConcurrentRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    StepItem& item = unit.first();
    const auto& body = std::get<ConcurrentBody>(item.step->body);
    if (corrupts(context.options.server)) {
      return Failed{{"", "PostgreSQL 14.0 to 14.3 may corrupt indexes that are built concurrently",
                     "update the server to 14.4 or later", ""}};
    }
    const std::string statement = context.render(body.sql);
    try {
      return body.kind == ConcurrentBody::Kind::kCreateIndex
                 ? create(context, item, body, statement)
                 : drop(context, item, body, statement);
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      return settle(context, error, statement);
    }
  }

 private:
  static Advance create(StepContext& context, StepItem& item, const ConcurrentBody& body,
                        const std::string& statement) {
    const std::string definition = core::sha256_hex(statement);
    const std::optional<Intent> intent = stored_intent(context, item);
    const bool ours = intent && intent->definition == definition;
    const IndexState found = look(context, body);
    if (found.oid != 0 && !ours) {
      return name_taken(context, body, statement);
    }
    if (found.oid != 0 && found.in_progress) {
      return Busy{
          Busy::Why::kElsewhere,
          fmt::format("index {} is being built by another session; it is adopted when it ends",
                      body.index.name),
          {}};
    }
    if (found.valid) {
      return done(context, item);
    }
    if (found.oid != 0) {
      drop_leftover(context, item, body);
    }
    begin(context, item, Intent{0, 0, definition, 0, {}});
    return build(context, item, body, statement);
  }

  static Advance build(StepContext& context, StepItem& item, const ConcurrentBody& body,
                       const std::string& statement) {
    SessionSettings settings(context, *item.step);
    try {
      if (!run_or_leave(context.session, statement, context.stops.finish)) {
        context.session.reset();
        return Interrupted{};
      }
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      // An invalid unique index may already reject what the application writes: away with it, first
      // of all.
      drop_leftover(context, item, body);
      settings.reset();
      return settle(context, error, statement);
    }
    settings.reset();
    if (!look(context, body).valid || !effect_is_there(context, item)) {
      return Busy{
          Busy::Why::kElsewhere, fmt::format("index {} is not valid yet", body.index.name), {}};
    }
    return done(context, item);
  }

  /// The plan's own question, where it has one.
  static bool effect_is_there(const StepContext& context, const StepItem& item) {
    return item.step->done_when.empty() ||
           context.session->execute(context.render(item.step->done_when)).as_bool();
  }

  static Advance drop(StepContext& context, StepItem& item, const ConcurrentBody& body,
                      const std::string& statement) {
    const IndexState found = look(context, body);
    const std::optional<Intent> intent = stored_intent(context, item);
    // Gone, or another index has its name by now: what was to be dropped is dropped.
    const bool gone = intent ? found.oid != intent->index_oid : found.oid == 0;
    if (gone) {
      return done(context, item);
    }
    begin(context, item, Intent{found.oid, found.relfilenode, core::sha256_hex(statement), 0, {}});
    SessionSettings settings(context, *item.step);
    try {
      if (!run_or_leave(context.session, statement, context.stops.finish)) {
        context.session.reset();
        return Interrupted{};
      }
    } catch (const DatabaseError& error) {
      rethrow_unless_server(error);
      settings.reset();
      return settle(context, error, statement);
    }
    settings.reset();
    return done(context, item);
  }

  static std::optional<Intent> stored_intent(const StepContext& context, const StepItem& item) {
    if (item.attempt == 0) {
      return std::nullopt;
    }
    return context.ledger.intent(*context.session, context.tenant, item.step->id);
  }

  /// Commits what is about to be done, before it is.
  static void begin(StepContext& context, StepItem& item, const Intent& intent) {
    Message message(context, *item.step, milliseconds(0), milliseconds(0));
    message.prelude()
        .add(context.ledger.running_sql(*context.session, context.tenant, context.run,
                                        write_of(item)))
        .add(context.ledger.intent_sql(*context.session, context.tenant, item.step->id, intent));
    context.session->execute(message.text());
    context.prelude.clear();
    item.state = database::StepState::kRunning;
    ++item.attempt;
  }

  static Advance done(StepContext& context, const StepItem& item) {
    Message message(context, *item.step, milliseconds(0), milliseconds(0));
    message.prelude().add(context.ledger.done_sql(*context.session, context.tenant, context.run,
                                                  database::Via::kStaged, {write_of(item)}, "0"));
    context.session->execute(message.text());
    context.prelude.clear();
    return Done{};
  }

  /// Removes what a failed build left. Only called where our own intent claims the index.
  static void drop_leftover(StepContext& context, const StepItem& item,
                            const ConcurrentBody& body) {
    const IndexState left = look(context, body);
    if (left.oid == 0 || left.valid || left.in_progress) {
      return;
    }
    SessionSettings settings(context, *item.step);
    if (item.step->cleanup.empty()) {
      context.session->execute("drop index concurrently if exists " +
                               context.render.name(body.index));
    }
    for (const std::string& statement : item.step->cleanup) {
      context.session->execute(context.render(statement));
    }
    settings.reset();
  }

  static Failed name_taken(const StepContext& context, const ConcurrentBody& body,
                           const std::string& statement) {
    return Failed{{std::string(core::sqlstate::kDuplicateTable),
                   fmt::format("{} exists already, and this step did not make it",
                               context.render.name(body.index)),
                   "give the new index another name, or drop or rename the old one", statement}};
  }

  static Advance settle(const StepContext& context, const DatabaseError& error,
                        const std::string& statement) {
    if (error.is(core::sqlstate::kQueryCanceled) && context.stops.cancel.stop_requested()) {
      return Interrupted{};
    }
    if (core::sqlstate::is_transient(error.sqlstate())) {
      return Busy{Busy::Why::kElsewhere, error.what(), {}};
    }
    return Failed{failure_of(error, statement)};
  }
};

}  // namespace

std::unique_ptr<StepRunner> concurrent_runner() {
  return std::make_unique<ConcurrentRunner>();
}

}  // namespace lockstep::execution
