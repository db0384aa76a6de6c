#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "concurrent_settings.h"
#include "index_definition.h"
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
  bool fits = false;         ///< on the table, and unique, as the step says
};

IndexState look(const StepContext& context, const ConcurrentBody& body) {
  const database::Result row = context.session->execute(fmt::format(
      "select c.oid, coalesce(pg_relation_filenode(c.oid), 0), coalesce(i.indisvalid and "
      "i.indislive, false),"
      " exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid),"
      " coalesce(i.indrelid = to_regclass({}) and i.indisunique = {}, false)"
      " from pg_class c left join pg_index i on i.indexrelid = c.oid where c.oid = to_regclass({})",
      context.session->quote_literal(context.render.name(body.table)), body.unique,
      context.session->quote_literal(context.render.name(body.index))));
  if (row.empty()) {
    return {};
  }
  return {std::stoll(row.at(0, 0)), std::stoll(row.at(0, 1)), row.at(0, 2) == "t",
          row.at(0, 3) == "t", row.at(0, 4) == "t"};
}

/// PostgreSQL 14.0 to 14.3 build corrupt indexes concurrently.
bool corrupts(const catalog::ServerVersion& server) {
  return server.major() == 14 && server.minor() < 4;
}

class ConcurrentRunner final : public StepRunner {
 public:
  Advance advance(StepContext& context, const Unit& unit) override {
    StepItem& item = unit.first();
    const auto& body = std::get<ConcurrentBody>(item.step->body);
    if (body.kind != ConcurrentBody::Kind::kDetachPartition && corrupts(context.options.server)) {
      return Failed{{"", "PostgreSQL 14.0 to 14.3 may corrupt indexes that are built concurrently",
                     "update the server to 14.4 or later", ""}};
    }
    const std::string statement = context.render(body.sql);
    try {
      switch (body.kind) {
        case ConcurrentBody::Kind::kCreateIndex:
          return create(context, item, body, statement);
        case ConcurrentBody::Kind::kDropIndex:
          return drop(context, item, body, statement);
        case ConcurrentBody::Kind::kDetachPartition:
          return detach(context, item, body, statement);
        case ConcurrentBody::Kind::kReindex:
          return reindex(context, item, body, statement);
      }
      throw std::logic_error("a concurrent statement of no kind");
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
    const IndexState found = look(context, body);
    // On the way back: the drop of this very index was begun, and not, or only half, done.
    const bool never_dropped =
        context.way == Way::kBack && found.oid != 0 && intent && intent->index_oid == found.oid;
    if (never_dropped) {
      return found.valid ? done(context, item) : build(context, item, body, statement);
    }
    const bool ours = intent && intent->definition == definition;
    if (found.oid != 0 && !ours) {
      return name_taken(context, body, "this step did not make it", statement);
    }
    // Ours was begun under this name; but somebody may have made another one of what it left.
    if (found.oid != 0 && !(found.fits && is_built_by(context, *item.step, found.oid, statement))) {
      return name_taken(context, body, "is not the index that this step builds", statement);
    }
    if (found.oid != 0 && found.in_progress) {
      return Busy{
          Busy::Why::kElsewhere,
          fmt::format("index {} is being built by another session; it is adopted when it ends",
                      body.index.name),
          {}};
    }
    if (found.valid && effect_is_there(context, item)) {
      return done(context, item);
    }
    return build(context, item, body, statement);
  }

  static Advance build(StepContext& context, StepItem& item, const ConcurrentBody& body,
                       const std::string& statement) {
    const Ended ended = under_settings(context, *item.step, [&] {
      Ended dropped = drop_leftover(context, item, body);
      if (dropped.left || dropped.error) {
        return dropped;
      }
      begin(context, item, Intent{0, 0, core::sha256_hex(statement), 0, {}});
      Ended built = run_watched(context, *item.step, statement);
      if (built.error) {
        clear_away(context, item, body, built);
      }
      return built;
    });
    if (ended.left) {
      return Interrupted{};
    }
    if (ended.error) {
      return settle(context, ended, statement);
    }
    if (!look(context, body).valid || !effect_is_there(context, item)) {
      return Busy{
          Busy::Why::kElsewhere, fmt::format("index {} is not valid yet", body.index.name), {}};
    }
    return done(context, item);
  }

  /// After a build that failed. An invalid unique index may already reject what the application
  /// writes: away with it, first of all. Then nothing by its name is ours any more.
  static void clear_away(const StepContext& context, const StepItem& item,
                         const ConcurrentBody& body, Ended& failed) {
    if (!failed.error->is(core::sqlstate::kDuplicateTable)) {
      const Ended dropped = drop_leftover(context, item, body);
      failed.left = dropped.left;
      if (dropped.error) {
        failed.leftover = dropped.gave_up ? "it waited for " + to_string(*dropped.gave_up)
                                          : std::string(dropped.error->what());
      }
      if (dropped.left || dropped.error) {
        return;  // the intent still claims it, for the next attempt
      }
    }
    Message message(context, *item.step, milliseconds(0), milliseconds(0));
    message.add(context.ledger.intent_sql(*context.session, context.tenant, item.step->id,
                                          Intent{0, 0, {}, 0, {}}));
    context.session->execute(message.text());
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
    // An intent without an index is that of a build: this drop has not begun.
    const bool begun = intent && intent->index_oid != 0;
    // Gone, or another index has its name by now: what was to be dropped is dropped.
    const bool gone = begun ? found.oid != intent->index_oid : found.oid == 0;
    if (gone) {
      return done(context, item);
    }
    std::string claim = core::sha256_hex(statement);
    if (context.way == Way::kBack) {
      // If the way back is left half way, the build claims what is left of its index.
      const std::string build = context.render(std::get<ConcurrentBody>(item.undoes->body).sql);
      claim = core::sha256_hex(build);
      if (!begun && item.state != database::StepState::kDone &&
          !(intent && intent->definition == claim)) {
        return done(context, item);  // the build failed, and left nothing; this is somebody else's
      }
      if (!begun && !(found.fits && is_built_by(context, *item.undoes, found.oid, build))) {
        return not_its_own(context, body, statement);
      }
    }
    begin(context, item, Intent{found.oid, found.relfilenode, claim, 0, {}});
    const Ended ended = under_settings(context, *item.step,
                                       [&] { return run_watched(context, *item.step, statement); });
    if (ended.left) {
      return Interrupted{};
    }
    return ended.error ? settle(context, ended, statement) : done(context, item);
  }

  /// In two transactions: after the first the partition is about to leave, and no query reads it
  /// any more by way of its table; the second waits for the older ones. Interrupted in between,
  /// only FINALIZE, which the step has for its cleanup, can end it.
  static Advance detach(StepContext& context, StepItem& item, const ConcurrentBody& body,
                        const std::string& statement) {
    const std::optional<bool> pending = pending_detach(context, body);
    if (!pending) {
      return done(context, item);
    }
    begin(context, item, Intent{0, 0, core::sha256_hex(statement), 0, {}});
    const std::string finish =
        item.step->cleanup.empty() ? statement : context.render(item.step->cleanup.front());
    const std::string& next = *pending ? finish : statement;
    const Ended ended =
        under_settings(context, *item.step, [&] { return run_watched(context, *item.step, next); });
    if (ended.left) {
      return Interrupted{};
    }
    if (ended.error) {
      return settle(context, ended, next);
    }
    return effect_is_there(context, item)
               ? done(context, item)
               : Advance{Busy{Busy::Why::kElsewhere,
                              fmt::format("{} is not detached yet", body.index.name),
                              {}}};
  }

  /// A new index takes the name of the old one: that its oid is another one tells that it was done,
  /// and nothing else does.
  static Advance reindex(StepContext& context, StepItem& item, const ConcurrentBody& body,
                         const std::string& statement) {
    const IndexState found = look(context, body);
    const std::optional<Intent> intent = stored_intent(context, item);
    if (context.way == Way::kBack && !must_go_back(context, item, body, intent, found)) {
      return intent ? clear_up(context, item, body) : done(context, item);
    }
    if (found.oid == 0) {
      return Failed{{std::string(core::sqlstate::kUndefinedTable),
                     fmt::format("there is no index {}", context.render.name(body.index)),
                     "create it", statement}};
    }
    const std::string claim = core::sha256_hex(statement);
    const bool begun = intent && intent->definition == claim && intent->index_oid != 0;
    if (begun && found.valid && found.oid != intent->index_oid) {
      return clear_up(context, item, body);
    }
    const Ended ended = under_settings(context, *item.step, [&] {
      // What is left of an earlier try is ours only where there was one.
      Ended cleared = begun ? drop_leftovers(context, item, body) : Ended{};
      if (cleared.left || cleared.error) {
        return cleared;
      }
      begin(context, item, Intent{found.oid, found.relfilenode, claim, 0, {}});
      Ended built = run_watched(context, *item.step, statement);
      if (built.error) {
        // An invalid unique index may already reject what the application writes.
        const Ended dropped = drop_leftovers(context, item, body);
        built.left = dropped.left;
        built.leftover = dropped.leftover;  // the intent still claims it, for the next attempt
      }
      return built;
    });
    if (ended.left) {
      return Interrupted{};
    }
    const IndexState built = look(context, body);
    const bool is_built = built.valid && built.oid != found.oid;
    if (ended.error && !(is_built && ended.leftover.empty())) {
      return settle(context, ended, statement);
    }
    return is_built ? done(context, item)
                    : Advance{Busy{Busy::Why::kElsewhere,
                                   fmt::format("index {} is not built again yet", body.index.name),
                                   {}}};
  }

  /// On the way back: whether the index was built where its step wanted it, and is not back yet.
  static bool must_go_back(const StepContext& context, const StepItem& item,
                           const ConcurrentBody& body, const std::optional<Intent>& intent,
                           const IndexState& found) {
    if (body.sql.empty() || found.oid == 0) {
      return false;
    }
    const bool moved = intent && intent->index_oid != 0 && intent->index_oid != found.oid;
    const bool is_going =
        intent && intent->definition == core::sha256_hex(context.render(body.sql));
    return item.state == database::StepState::kDone || moved || is_going;
  }

  /// The index is as it should be: what a try has left is dropped.
  static Advance clear_up(StepContext& context, StepItem& item, const ConcurrentBody& body) {
    if (!leftovers(context, body).empty()) {
      const Ended ended =
          under_settings(context, *item.step, [&] { return drop_leftovers(context, item, body); });
      if (ended.left) {
        return Interrupted{};
      }
      if (ended.error) {
        return settle(context, ended, "drop index concurrently");
      }
    }
    return done(context, item);
  }

  /// Only called where our own intent claims them. Under the settings of a concurrent build.
  static Ended drop_leftovers(const StepContext& context, const StepItem& item,
                              const ConcurrentBody& body) {
    for (const std::string& leftover : leftovers(context, body)) {
      Ended ended = run_watched(context, *item.step, "drop index concurrently " + leftover);
      if (ended.error) {
        ended.leftover = ended.gave_up ? "it waited for " + to_string(*ended.gave_up)
                                       : std::string(ended.error->what());
      }
      if (ended.left || ended.error) {
        return ended;
      }
    }
    return {};
  }

  /// The invalid indexes that PostgreSQL leaves of a REINDEX CONCURRENTLY that was interrupted, by
  /// the names that it gives them. While one runs, its session locks them.
  static std::vector<std::string> leftovers(const StepContext& context,
                                            const ConcurrentBody& body) {
    const database::Result rows = context.session->execute(fmt::format(
        "select format('%I.%I', n.nspname, c.relname) from pg_index i"
        " join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace"
        " join pg_index own on own.indexrelid = to_regclass({0}) and own.indrelid = i.indrelid"
        " and own.indkey::text = i.indkey::text and own.indclass::text = i.indclass::text,"
        " lateral (select regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') as name) base"
        " where not i.indisvalid and base.name <> c.relname"
        // A name that would be too long is cut, between characters of up to four bytes.
        " and (base.name = {1} or octet_length(c.relname) >= 60 and starts_with({1}, base.name))"
        " and not exists (select from pg_locks l where l.relation = i.indexrelid"
        " and l.mode = 'ShareUpdateExclusiveLock' and l.database = (select d.oid from pg_database d"
        " where d.datname = current_database()))",
        context.session->quote_literal(context.render.name(body.index)),
        context.session->quote_literal(body.index.name)));
    std::vector<std::string> names;
    for (std::size_t row = 0; row < rows.rows.size(); ++row) {
      names.push_back(rows.at(row, 0));
    }
    return names;
  }

  /// Whether it has begun to leave its table. Nothing: it is no partition of it.
  static std::optional<bool> pending_detach(const StepContext& context,
                                            const ConcurrentBody& body) {
    const database::Result row = context.session->execute(fmt::format(
        "select inhdetachpending from pg_inherits where inhrelid = to_regclass({}) and inhparent = "
        "to_regclass({})",
        context.session->quote_literal(context.render.name(body.index)),
        context.session->quote_literal(context.render.name(body.table))));
    if (row.empty()) {
      return std::nullopt;
    }
    return row.as_bool();
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
        .add(begun_sql(context, item))
        .add(context.ledger.intent_sql(*context.session, context.tenant, item.step->id, intent));
    context.session->execute(message.text());
    context.prelude.clear();
    item.state = database::StepState::kRunning;
    ++item.attempt;
  }

  static Advance done(StepContext& context, const StepItem& item) {
    Message message(context, *item.step, milliseconds(0), milliseconds(0));
    message.prelude().add(settled_sql(context, database::Via::kStaged, {write_of(item)}));
    context.session->execute(message.text());
    context.prelude.clear();
    return Done{};
  }

  /// Removes what a failed build left. Only called where our own intent claims the index.
  static Ended drop_leftover(const StepContext& context, const StepItem& item,
                             const ConcurrentBody& body) {
    const IndexState left = look(context, body);
    if (left.oid == 0 || left.valid || left.in_progress || !left.fits) {
      return {};
    }
    std::vector<std::string> statements;
    for (const std::string& statement : item.step->cleanup) {
      statements.push_back(context.render(statement));
    }
    if (statements.empty()) {
      statements.push_back("drop index concurrently if exists " + context.render.name(body.index));
    }
    for (const std::string& statement : statements) {
      Ended ended = run_watched(context, *item.step, statement);
      if (ended.left || ended.error) {
        return ended;
      }
    }
    return {};
  }

  static Failed name_taken(const StepContext& context, const ConcurrentBody& body,
                           std::string_view why, const std::string& statement) {
    return Failed{{std::string(core::sqlstate::kDuplicateTable),
                   fmt::format("{} exists already, and {}", context.render.name(body.index), why),
                   "drop or rename it", statement}};
  }

  static Failed not_its_own(const StepContext& context, const ConcurrentBody& body,
                            const std::string& statement) {
    const std::string index = context.render.name(body.index);
    return Failed{{std::string(core::sqlstate::kDuplicateTable),
                   fmt::format("{} is not the index that this step has built, or that cannot be "
                               "told",
                               index),
                   fmt::format("if it may go: DROP INDEX CONCURRENTLY {}; else rename it; then "
                               "roll back again",
                               index),
                   statement}};
  }

  static Advance settle(const StepContext& context, const Ended& ended,
                        const std::string& statement) {
    Advance advance = settle(context, *ended.error, statement);
    if (ended.gave_up) {
      database::Failure failure = failure_of(*ended.error, statement);
      failure.sqlstate = std::string(core::sqlstate::kLockNotAvailable);
      failure.message = "gave up: it waited for " + to_string(*ended.gave_up);
      failure.hint = remedy_against(*ended.gave_up) + "; or run again when it is over";
      advance = GaveUp{std::move(failure)};
    }
    const std::string leftover =
        ended.leftover.empty() ? std::string() : "; its leftover is still there: " + ended.leftover;
    if (auto* failed = std::get_if<Failed>(&advance)) {
      failed->failure.message += leftover;
    } else if (auto* gave_up = std::get_if<GaveUp>(&advance)) {
      gave_up->failure.message += leftover;
    }
    return advance;
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
