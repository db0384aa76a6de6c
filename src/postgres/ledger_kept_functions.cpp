#include "ledger_functions.h"

namespace lockstep::postgres {

// A row for what a step has put out of sight instead of dropping it. No foreign key to its step:
// what is forgotten of a migration is still kept, and still to be purged.
const std::string_view kKeptTables = R"sql(
alter table @ledger@.event drop constraint event_kind_check;
alter table @ledger@.event add constraint event_kind_check
  check (kind in ('failed', 'blocked', 'superseded', 'baseline', 'repaired', 'forgotten', 'undone',
                  'undo-failed', 'rolled-back', 'restored', 'purged', 'purge-failed'));

create table @ledger@.kept (
  tenant      integer not null,
  step        text not null,
  migration   text not null,
  run         bigint not null,
  in_schema   text not null,
  relation    text not null,
  column_name text,
  kept_name   text not null,
  together    text[] not null,
  restored    smallint not null default 0 check (restored >= 0),
  since       timestamptz not null default clock_timestamp(),
  until       timestamptz not null,
  primary key (tenant, step));
)sql";

const std::string_view kKeptFunctions = R"sql(
create function @ledger@.keep(p_tenant integer, p_run bigint, p_step text, p_migration text,
                              p_schema text, p_relation text, p_column text, p_kept_name text,
                              p_seconds bigint, p_together text[])
returns void language sql as $body$
  insert into @ledger@.kept (tenant, step, migration, run, in_schema, relation, column_name, kept_name,
                             together, until)
    values (p_tenant, p_step, p_migration, p_run, p_schema, p_relation, nullif(p_column, ''),
            p_kept_name, p_together, clock_timestamp() + make_interval(secs => p_seconds))
$body$;

-- Parts of bringing something back are done one after the other, each once.
create function @ledger@.restoring(p_tenant integer, p_step text, p_part integer) returns void
language plpgsql as $body$
begin
  perform from @ledger@.kept
    where tenant = p_tenant and step = p_step and restored = p_part - 1 for update;
  if not found then
    perform @ledger@.conflict(p_tenant, 'what ' || p_step || ' has kept');
  end if;
end $body$;

create function @ledger@.restored(p_tenant integer, p_run bigint, p_step text, p_part integer,
                                  p_last boolean)
returns void language plpgsql as $body$
declare
  v_kept @ledger@.kept;
  v_steps text[];
  v_attempts integer[];
begin
  update @ledger@.kept set restored = p_part
   where tenant = p_tenant and step = p_step and restored = p_part - 1 returning * into v_kept;
  if not found then
    perform @ledger@.conflict(p_tenant, 'what ' || p_step || ' has kept');
  end if;
  if not p_last then
    return;
  end if;
  delete from @ledger@.kept where tenant = p_tenant and step = p_step;
  select coalesce(array_agg(s.step), '{}'), coalesce(array_agg(s.attempt), '{}')
    into v_steps, v_attempts
    from @ledger@.step s where s.tenant = p_tenant and s.step = any (v_kept.together);
  perform @ledger@.undone(p_tenant, p_run, v_steps, v_attempts, '{}');
  insert into @ledger@.event (run, tenant, migration, step, kind, message)
    values (p_run, p_tenant, v_kept.migration, p_step, 'restored',
            v_kept.relation || coalesce('.' || v_kept.column_name, ''));
end $body$;

create function @ledger@.purged(p_tenant integer, p_run bigint, p_step text) returns void
language plpgsql as $body$
declare
  v_kept @ledger@.kept;
begin
  delete from @ledger@.kept where tenant = p_tenant and step = p_step and restored = 0
    returning * into v_kept;
  if not found then
    perform @ledger@.conflict(p_tenant, 'what ' || p_step || ' has kept');
  end if;
  insert into @ledger@.event (run, tenant, migration, step, kind, message)
    values (p_run, p_tenant, v_kept.migration, p_step, 'purged',
            v_kept.relation || coalesce('.' || v_kept.column_name, '') || ', kept since '
            || v_kept.since);
end $body$;
)sql";

}  // namespace lockstep::postgres
