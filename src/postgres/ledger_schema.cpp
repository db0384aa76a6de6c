#include "ledger_schema.h"

#include <array>
#include <string_view>
#include <utility>

#include "ledger_functions.h"
#include "lockstep/core/migration_key.h"

namespace lockstep::postgres {
namespace {

// Tables that every step of every tenant writes (tenant_migration, step) have no foreign keys: each
// would cost a lookup a row and a row lock on a parent that all workers share. They are written by
// the functions below only, which check the same (keep_text locks where a text must stay as it is).
// docs/ledger.md describes every table.
constexpr std::string_view kTables = R"sql(
create table @ledger@.meta (
  only_row          boolean primary key default true check (only_row),
  schema_version    integer not null,
  system_identifier text not null,
  database_oid      oid not null,
  created           timestamptz not null default clock_timestamp(),
  upgraded          timestamptz not null default clock_timestamp());

create table @ledger@.run (
  id               bigint generated always as identity primary key,
  started          timestamptz not null default clock_timestamp(),
  ended            timestamptz,
  outcome          text,
  command          text not null,
  phase            text not null,
  plan             text not null,
  host             text not null,
  os_user          text not null,
  database_user    text not null default session_user,
  backend_pid      integer not null default pg_backend_pid(),
  lockstep_version text not null,
  check ((ended is null) = (outcome is null)));

create table @ledger@.migration (
  key        text primary key,
  name       text not null,
  scope      text not null check (scope in ('tenant', 'shared')),
  checksum   text not null,
  source     text not null,
  first_seen timestamptz not null default clock_timestamp(),
  replaced   timestamptz);

create table @ledger@.step_list (
  hash   text primary key,
  steps  text not null,
  stored timestamptz not null default clock_timestamp(),
  check (hash = encode(sha256(convert_to(steps, 'UTF8')), 'hex')));

create table @ledger@.tenant (
  id         integer generated always as identity primary key,
  schema_oid oid unique,
  name       text not null,
  first_seen timestamptz not null default clock_timestamp(),
  check (schema_oid is null or (schema_oid = 0) = (name = '')));
create index tenant_name on @ledger@.tenant (name);

create table @ledger@.tenant_migration (
  tenant        integer not null,
  migration     text not null,
  state         text not null,
  checksum      text not null,
  step_list     text,
  expand_left   smallint not null default 0 check (expand_left >= 0),
  contract_left smallint not null default 0 check (contract_left >= 0),
  run           bigint not null,
  started       timestamptz not null default clock_timestamp(),
  expanded      timestamptz,
  finished      timestamptz,
  primary key (tenant, migration),
  constraint state_tells_what_is_left check (case state
    when 'running'  then expand_left > 0
    when 'expanded' then expand_left = 0 and contract_left > 0
    when 'done'     then expand_left = 0 and contract_left = 0
    when 'baseline' then expand_left = 0 and contract_left = 0
    else false end),
  constraint only_a_baseline_has_no_steps check ((state = 'baseline') = (step_list is null)),
  constraint finished_when_nothing_is_left
    check ((finished is null) = (state in ('running', 'expanded'))));
create index tenant_migration_migration on @ledger@.tenant_migration (migration);

create table @ledger@.step (
  tenant    integer not null,
  step      text not null,
  migration text not null,
  ordinal   smallint not null check (ordinal > 0),
  phase     text not null check (phase in ('expand', 'contract')),
  kind      text not null check (kind in ('transaction', 'concurrent', 'backfill', 'check', 'gate')),
  state     text not null check (state in ('running', 'done', 'failed', 'blocked')),
  attempt   integer not null check (attempt > 0),
  via       text not null check (via in ('staged', 'direct')),
  run       bigint not null,
  started   timestamptz not null default clock_timestamp(),
  finished  timestamptz,
  rows      bigint not null default 0 check (rows >= 0),
  sqlstate  text,
  message   text,
  hint      text,
  statement text,
  primary key (tenant, step),
  constraint running_until_finished check ((state = 'running') = (finished is null)),
  constraint a_reason_for_failure check ((state in ('failed', 'blocked')) = (message is not null)),
  constraint direct_is_done check (via = 'staged' or state = 'done'));
create index step_open on @ledger@.step (tenant) where state <> 'done';

-- Apart from step, with room on each page, so that a backfill's many updates stay HOT.
create table @ledger@.checkpoint (
  tenant      integer not null,
  step        text not null,
  version     bigint not null check (version > 0),
  cursor      jsonb not null check (jsonb_typeof(cursor) = 'array'),
  bound       jsonb not null check (jsonb_typeof(bound) = 'array'),
  relfilenode bigint not null,
  pass        integer not null check (pass >= 0),
  rows        bigint not null check (rows >= 0),
  updated     timestamptz not null default clock_timestamp(),
  primary key (tenant, step),
  foreign key (tenant, step) references @ledger@.step on delete cascade)
  with (fillfactor = 40);

create table @ledger@.intent (
  tenant        integer not null,
  step          text not null,
  index_oid     oid not null,
  relfilenode   bigint not null,
  definition    text not null,
  backend_pid   integer not null,
  backend_start timestamptz not null,
  stored        timestamptz not null default clock_timestamp(),
  primary key (tenant, step),
  foreign key (tenant, step) references @ledger@.step on delete cascade);

create table @ledger@.event (
  id        bigint generated always as identity primary key,
  at        timestamptz not null default clock_timestamp(),
  run       bigint not null,
  tenant    integer,
  migration text not null,
  step      text,
  kind      text not null
    check (kind in ('failed', 'blocked', 'superseded', 'baseline', 'repaired', 'forgotten')),
  attempt   integer not null default 0,
  rows      bigint not null default 0,
  sqlstate  text,
  message   text,
  hint      text,
  statement text);
create index event_at on @ledger@.event (at);
)sql";

// One row for each tenant that was left half way; rewritten as a whole, so without checks of its
// parts.
constexpr std::string_view kStructures = R"sql(
create table @ledger@.structure (
  tenant      integer primary key,
  fingerprint text not null,
  basis       text not null,
  mark        text not null,
  recorded    timestamptz not null default clock_timestamp());

create function @ledger@.progress_mark(p_tenant integer) returns text language sql stable as $body$
  select format('%s.%s.%s', count(*), coalesce(sum(s.attempt), 0), coalesce(max(s.run), 0))
    from @ledger@.step s
   where s.tenant in (p_tenant, (select id from @ledger@.tenant where schema_oid = 0))
$body$;
)sql";

// What takes a step back replaces no row of another: a step that is undone is as if it had never
// been begun, and history keeps that it was.
constexpr std::string_view kFormer = R"sql(
alter table @ledger@.event drop constraint event_kind_check;
alter table @ledger@.event add constraint event_kind_check
  check (kind in ('failed', 'blocked', 'superseded', 'baseline', 'repaired', 'forgotten', 'undone',
                  'undo-failed', 'rolled-back'));

create table @ledger@.former (
  tenant     integer not null,
  step       text not null,
  statements text[] not null,
  primary key (tenant, step),
  foreign key (tenant, step) references @ledger@.step on delete cascade);
)sql";

// A role may not see since when a backend lives that another role has opened, as ours has where the
// session's role was set afterwards. What was known before is in a setting of the session, and
// where even that was not to be seen, nothing is.
constexpr std::string_view kBackendStart = R"sql(
alter table @ledger@.intent alter column backend_start drop not null;

create or replace function @ledger@.intend(p_tenant integer, p_step text, p_index_oid oid,
                                           p_relfilenode bigint, p_definition text)
returns void language sql as $body$
  select @ledger@.keep_text(p_tenant, array[migration]) from @ledger@.step
   where tenant = p_tenant and step = p_step and p_definition <> '';
  insert into @ledger@.intent
         (tenant, step, index_oid, relfilenode, definition, backend_pid, backend_start)
    select p_tenant, p_step, p_index_oid, p_relfilenode, p_definition, pg_backend_pid(),
           coalesce((select backend_start from pg_stat_get_activity(pg_backend_pid())),
                    to_timestamp(nullif(current_setting('lockstep.backend_start', true), '')::float8))
  on conflict (tenant, step) do update
     set index_oid = excluded.index_oid, relfilenode = excluded.relfilenode,
         definition = excluded.definition, backend_pid = excluded.backend_pid,
         backend_start = excluded.backend_start, stored = excluded.stored
$body$;
)sql";

constexpr std::string_view kPauses = R"sql(
create table @ledger@.pause (
  only_row      boolean primary key default true check (only_row),
  since         timestamptz not null default clock_timestamp(),
  host          text not null,
  os_user       text not null,
  database_user text not null default session_user,
  reason        text not null);
)sql";

// Backfills that go in strides: what they are in the middle of. The write of a checkpoint knows it.
constexpr std::string_view kChunks = R"sql(
alter table @ledger@.checkpoint add column chunk jsonb
  constraint a_chunk_is_whole check (chunk is null or (
    jsonb_typeof(chunk -> 'end') = 'array' and jsonb_typeof(chunk -> 'at') = 'array'
    and (chunk ->> 'stride')::integer between 0 and (chunk ->> 'strides')::integer - 1));

drop function @ledger@.checkpoint(integer, text, bigint, jsonb, jsonb, bigint, integer, bigint);
create function @ledger@.checkpoint(p_tenant integer, p_step text, p_version bigint, p_cursor jsonb,
                                    p_bound jsonb, p_relfilenode bigint, p_pass integer, p_rows bigint,
                                    p_chunk jsonb)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  if p_rows > 0 and not exists (select from @ledger@.checkpoint
                                 where tenant = p_tenant and step = p_step and rows > 0) then
    perform @ledger@.keep_text(p_tenant, array(select migration from @ledger@.step
                                                where tenant = p_tenant and step = p_step));
  end if;
  if p_version = 0 then
    insert into @ledger@.checkpoint (tenant, step, version, cursor, bound, relfilenode, pass, rows, chunk)
      values (p_tenant, p_step, 1, p_cursor, p_bound, p_relfilenode, p_pass, p_rows, p_chunk)
      on conflict do nothing;
  else
    update @ledger@.checkpoint
       set version = p_version + 1, cursor = p_cursor, bound = p_bound, relfilenode = p_relfilenode,
           pass = p_pass, rows = p_rows, chunk = p_chunk, updated = clock_timestamp()
     where tenant = p_tenant and step = p_step and version = p_version;
  end if;
  get diagnostics n = row_count;
  if n <> 1 then
    perform @ledger@.conflict(p_tenant, 'checkpoint of ' || p_step);
  end if;
end $body$;
)sql";

// Locking a row that all workers share costs as much as a step does: each lock writes the row anew.
// An advisory lock for its key writes nothing.
constexpr std::string_view kTextLocks = R"sql(
create function @ledger@.text_lock(p_migration text) returns bigint language sql immutable as $body$
  select hashtextextended('lockstep text ' || p_migration, 0)
$body$;

-- Called before something of these migrations stands in the tenant: from here to the end of the
-- transaction nobody records another text of them (who does calls change_texts).
create or replace function @ledger@.keep_text(p_tenant integer, p_migrations text[]) returns void
language plpgsql as $body$
begin
  perform pg_advisory_xact_lock_shared(@ledger@.text_lock(u.key)) from unnest(p_migrations) as u (key)
    where u.key not like '@repeatable@%';
  if exists (select from @ledger@.tenant_migration t join @ledger@.migration m on m.key = t.migration
              where t.tenant = p_tenant and t.migration = any (p_migrations)
                and m.checksum <> t.checksum and m.key not like '@repeatable@%') then
    raise exception 'another run recorded another text of %',
        (select string_agg(m.key, ', ' order by m.key)
           from @ledger@.tenant_migration t join @ledger@.migration m on m.key = t.migration
          where t.tenant = p_tenant and t.migration = any (p_migrations)
            and m.checksum <> t.checksum and m.key not like '@repeatable@%')
      using errcode = 'LS002', hint = 'two runs worked with different files: see which text is wanted,'
        ' and run it again with that';
  end if;
end $body$;

-- Called before a statement that records other texts of these migrations: whoever makes something of
-- them stand in a tenant at this moment is through before that statement looks.
create function @ledger@.change_texts(p_migrations text[]) returns void language plpgsql as $body$
begin
  perform pg_advisory_xact_lock(@ledger@.text_lock(w.key))
     from (select distinct u.key from unnest(p_migrations) as u (key) order by u.key) w;
end $body$;
)sql";

// One entry a version: entry n brings version n to n + 1. Entries are never changed once released.
std::array<std::array<std::string_view, 2>, kLedgerVersion> upgrades() {
  return {{{kTables, kLedgerFunctions},
           {kStructures, ""},
           {kFormer, kUndoFunctions},
           {kBackendStart, kPauses},
           {kChunks, ""},
           {kKeptTables, kKeptFunctions},
           {kTextLocks, ""}}};
}

std::string with(std::string text, std::string_view mark, std::string_view value) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace

std::string in_ledger(std::string text, const std::string& schema) {
  return with(std::move(text), "@ledger@", schema);
}

std::vector<std::string> ledger_upgrades(int from, const std::string& schema) {
  std::vector<std::string> all;
  const auto parts_of = upgrades();
  for (std::size_t version = static_cast<std::size_t>(from); version < parts_of.size(); ++version) {
    for (std::string_view part : parts_of[version]) {
      if (!part.empty()) {
        all.push_back(
            in_ledger(with(std::string(part), "@repeatable@", core::kRepeatableKey), schema));
      }
    }
  }
  return all;
}

}  // namespace lockstep::postgres
