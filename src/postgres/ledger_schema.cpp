#include "ledger_schema.h"

#include <array>
#include <string_view>
#include <utility>

#include "lockstep/core/migration_key.h"

namespace lockstep::postgres {
namespace {

// Tables that every step of every tenant writes (tenant_migration, step) have no foreign keys: each
// would cost a lookup a row and a row lock on a parent that all workers share. They are written by
// the functions below only, which check the same. docs/ledger.md describes every table.
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

constexpr std::string_view kFunctions = R"sql(
create function @ledger@.conflict(p_tenant integer, p_what text) returns void
language plpgsql as $body$
begin
  raise exception 'the ledger is not as this runner read it: tenant %, %', p_tenant, p_what
    using errcode = 'LS001', hint = 'another runner worked on this tenant; its state is read again';
end $body$;

create function @ledger@.start(p_tenant integer, p_run bigint, p_migrations text[], p_checksums text[],
                               p_lists text[], p_expand integer[], p_contract integer[])
returns void language plpgsql as $body$
declare
  n bigint;
begin
  if exists (select from unnest(p_migrations, p_checksums) as u (key, checksum)
               join @ledger@.migration m on m.key = u.key where m.checksum <> u.checksum) then
    raise exception 'another run recorded another text of %',
        (select string_agg(m.key, ', ' order by m.key)
           from unnest(p_migrations, p_checksums) as u (key, checksum)
           join @ledger@.migration m on m.key = u.key where m.checksum <> u.checksum)
      using errcode = 'LS002', hint = 'two runs worked with different files: see which text is wanted,'
        ' and run it again with that';
  end if;
  if exists (select from @ledger@.step where tenant = p_tenant and migration = any (p_migrations)) then
    insert into @ledger@.event (run, tenant, migration, step, kind, attempt, rows, message)
      select s.run, s.tenant, s.migration, s.step, 'superseded', s.attempt, s.rows,
             'finished ' || s.finished
        from @ledger@.step s
       where s.tenant = p_tenant and s.migration = any (p_migrations) and s.state = 'done';
    delete from @ledger@.step where tenant = p_tenant and migration = any (p_migrations);
  end if;
  insert into @ledger@.tenant_migration as t
         (tenant, migration, checksum, step_list, expand_left, contract_left, run, state, expanded, finished)
    select p_tenant, u.migration, u.checksum, u.list, u.expand, u.contract, p_run,
           case when u.expand > 0 then 'running' when u.contract > 0 then 'expanded' else 'done' end,
           case when u.expand = 0 then clock_timestamp() end,
           case when u.expand = 0 and u.contract = 0 then clock_timestamp() end
      from unnest(p_migrations, p_checksums, p_lists, p_expand, p_contract)
           as u (migration, checksum, list, expand, contract)
  on conflict (tenant, migration) do update
     set checksum = excluded.checksum, step_list = excluded.step_list, state = excluded.state,
         expand_left = excluded.expand_left, contract_left = excluded.contract_left,
         run = excluded.run, started = excluded.started, expanded = excluded.expanded,
         finished = excluded.finished
   where t.migration like '@repeatable@%' and t.state in ('done', 'baseline') and t.checksum <> excluded.checksum;
  get diagnostics n = row_count;
  if n <> cardinality(p_migrations) then
    perform @ledger@.conflict(p_tenant, 'start of ' || array_to_string(p_migrations, ', '));
  end if;
end $body$;

create function @ledger@.running(p_tenant integer, p_run bigint, p_step text, p_migration text,
                                 p_ordinal integer, p_phase text, p_kind text, p_attempt integer)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  if not exists (select from @ledger@.tenant_migration
                  where tenant = p_tenant and migration = p_migration
                    and state in ('running', 'expanded')) then
    perform @ledger@.conflict(p_tenant, p_migration || ' is not in work');
  end if;
  insert into @ledger@.step as s (tenant, step, migration, ordinal, phase, kind, state, attempt, via, run)
    values (p_tenant, p_step, p_migration, p_ordinal, p_phase, p_kind, 'running', p_attempt + 1, 'staged',
            p_run)
  on conflict (tenant, step) do update
     set state = 'running', attempt = excluded.attempt, run = excluded.run, finished = null,
         sqlstate = null, message = null, hint = null, statement = null
   where s.attempt = p_attempt and s.state <> 'done';
  get diagnostics n = row_count;
  if n <> 1 then
    perform @ledger@.conflict(p_tenant, 'step ' || p_step);
  end if;
end $body$;

create function @ledger@.done(p_tenant integer, p_run bigint, p_via text, p_steps text[],
                              p_migrations text[], p_ordinals integer[], p_phases text[], p_kinds text[],
                              p_attempts integer[], p_rows bigint)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  insert into @ledger@.step as s
         (tenant, step, migration, ordinal, phase, kind, state, attempt, via, run, started, finished, rows)
    select p_tenant, u.step, u.migration, u.ordinal, u.phase, u.kind, 'done', u.attempt + 1, p_via, p_run,
           now(), clock_timestamp(), p_rows
      from unnest(p_steps, p_migrations, p_ordinals, p_phases, p_kinds, p_attempts)
           as u (step, migration, ordinal, phase, kind, attempt)
  on conflict (tenant, step) do update
     set state = 'done', attempt = excluded.attempt, via = excluded.via, run = excluded.run,
         finished = excluded.finished, rows = excluded.rows,
         sqlstate = null, message = null, hint = null, statement = null
   where s.attempt = excluded.attempt - 1 and s.state <> 'done';
  get diagnostics n = row_count;
  if n <> cardinality(p_steps) then
    perform @ledger@.conflict(p_tenant, 'steps ' || array_to_string(p_steps, ', '));
  end if;
  update @ledger@.tenant_migration t
     set expand_left = t.expand_left - d.expand,
         contract_left = t.contract_left - d.contract,
         run = p_run,
         state = case when t.expand_left > d.expand then 'running'
                      when t.contract_left > d.contract then 'expanded'
                      else 'done' end,
         expanded = case when t.expand_left = d.expand then coalesce(t.expanded, clock_timestamp()) end,
         finished = case when t.expand_left = d.expand and t.contract_left = d.contract
                         then clock_timestamp() end
    from (select u.migration,
                 count(*) filter (where u.phase = 'expand') as expand,
                 count(*) filter (where u.phase = 'contract') as contract
            from unnest(p_migrations, p_phases) as u (migration, phase) group by u.migration) d
   where t.tenant = p_tenant and t.migration = d.migration and t.state in ('running', 'expanded');
  get diagnostics n = row_count;
  if n <> (select count(distinct m) from unnest(p_migrations) m) then
    perform @ledger@.conflict(p_tenant, 'migrations of steps ' || array_to_string(p_steps, ', '));
  end if;
end $body$;

create function @ledger@.failed(p_tenant integer, p_run bigint, p_step text, p_migration text,
                                p_ordinal integer, p_phase text, p_kind text, p_attempt integer,
                                p_state text, p_sqlstate text, p_message text, p_hint text,
                                p_statement text)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  -- A repeatable's new text has failed before anything of it was done: what stands there is of the
  -- text before, which stays what this tenant has.
  if p_attempt = 0 and exists (select from @ledger@.tenant_migration
                                where tenant = p_tenant and migration = p_migration
                                  and migration like '@repeatable@%' and state in ('done', 'baseline')) then
    insert into @ledger@.event (run, tenant, migration, step, kind, attempt, rows, message)
      select s.run, s.tenant, s.migration, s.step, 'superseded', s.attempt, s.rows,
             'finished ' || s.finished
        from @ledger@.step s
       where s.tenant = p_tenant and s.step = p_step and s.state = 'done';
    delete from @ledger@.step where tenant = p_tenant and step = p_step;
  end if;
  insert into @ledger@.step as s
         (tenant, step, migration, ordinal, phase, kind, state, attempt, via, run, finished,
          sqlstate, message, hint, statement)
    values (p_tenant, p_step, p_migration, p_ordinal, p_phase, p_kind, p_state, p_attempt + 1, 'staged',
            p_run, clock_timestamp(), p_sqlstate, p_message, p_hint, p_statement)
  on conflict (tenant, step) do update
     set state = excluded.state, attempt = excluded.attempt, run = excluded.run,
         finished = excluded.finished, sqlstate = excluded.sqlstate, message = excluded.message,
         hint = excluded.hint, statement = excluded.statement
   where s.attempt = p_attempt and s.state <> 'done';
  get diagnostics n = row_count;
  if n <> 1 then
    perform @ledger@.conflict(p_tenant, 'step ' || p_step);
  end if;
  insert into @ledger@.event (run, tenant, migration, step, kind, attempt, sqlstate, message, hint, statement)
    values (p_run, p_tenant, p_migration, p_step, p_state, p_attempt + 1, p_sqlstate, p_message, p_hint,
            p_statement);
end $body$;

create function @ledger@.checkpoint(p_tenant integer, p_step text, p_version bigint, p_cursor jsonb,
                                    p_bound jsonb, p_relfilenode bigint, p_pass integer, p_rows bigint)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  if p_version = 0 then
    insert into @ledger@.checkpoint (tenant, step, version, cursor, bound, relfilenode, pass, rows)
      values (p_tenant, p_step, 1, p_cursor, p_bound, p_relfilenode, p_pass, p_rows)
      on conflict do nothing;
  else
    update @ledger@.checkpoint
       set version = p_version + 1, cursor = p_cursor, bound = p_bound, relfilenode = p_relfilenode,
           pass = p_pass, rows = p_rows, updated = clock_timestamp()
     where tenant = p_tenant and step = p_step and version = p_version;
  end if;
  get diagnostics n = row_count;
  if n <> 1 then
    perform @ledger@.conflict(p_tenant, 'checkpoint of ' || p_step);
  end if;
end $body$;

create function @ledger@.intend(p_tenant integer, p_step text, p_index_oid oid, p_relfilenode bigint,
                                p_definition text)
returns void language sql as $body$
  insert into @ledger@.intent
         (tenant, step, index_oid, relfilenode, definition, backend_pid, backend_start)
    select p_tenant, p_step, p_index_oid, p_relfilenode, p_definition, pid, backend_start
      from pg_stat_get_activity(pg_backend_pid())
  on conflict (tenant, step) do update
     set index_oid = excluded.index_oid, relfilenode = excluded.relfilenode,
         definition = excluded.definition, backend_pid = excluded.backend_pid,
         backend_start = excluded.backend_start, stored = excluded.stored
$body$;
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

// One entry a version: entry n brings version n to n + 1. Entries are never changed once released.
constexpr std::array<std::array<std::string_view, 2>, kLedgerVersion> kUpgrades{
    {{kTables, kFunctions}, {kStructures, ""}}};

}  // namespace

namespace {

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
  for (std::size_t version = static_cast<std::size_t>(from); version < kUpgrades.size();
       ++version) {
    for (std::string_view part : kUpgrades[version]) {
      if (!part.empty()) {
        all.push_back(
            in_ledger(with(std::string(part), "@repeatable@", core::kRepeatableKey), schema));
      }
    }
  }
  return all;
}

}  // namespace lockstep::postgres
