#include "ledger_functions.h"

namespace lockstep::postgres {

const std::string_view kLedgerFunctions = R"sql(
create function @ledger@.conflict(p_tenant integer, p_what text) returns void
language plpgsql as $body$
begin
  raise exception 'the ledger is not as this runner read it: tenant %, %', p_tenant, p_what
    using errcode = 'LS001', hint = 'another runner worked on this tenant; its state is read again';
end $body$;

-- Called before something of these migrations stands in the tenant: from here to the end of the
-- transaction nobody records another text of them (registering one waits for this lock).
create function @ledger@.keep_text(p_tenant integer, p_migrations text[]) returns void
language plpgsql as $body$
declare
  other text;
begin
  perform from @ledger@.migration m
    where m.key = any (p_migrations) and m.key not like '@repeatable@%' order by m.key for share;
  select string_agg(m.key, ', ' order by m.key) into other
    from @ledger@.tenant_migration t join @ledger@.migration m on m.key = t.migration
   where t.tenant = p_tenant and t.migration = any (p_migrations) and m.checksum <> t.checksum
     and m.key not like '@repeatable@%';
  if other is not null then
    raise exception 'another run recorded another text of %', other
      using errcode = 'LS002', hint = 'two runs worked with different files: see which text is wanted,'
        ' and run it again with that';
  end if;
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
  if 0 = any (select u.expand + u.contract from unnest(p_expand, p_contract) as u (expand, contract)) then
    perform @ledger@.keep_text(p_tenant, p_migrations);
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
  perform @ledger@.keep_text(p_tenant, p_migrations);
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
  if p_rows > 0 and not exists (select from @ledger@.checkpoint
                                 where tenant = p_tenant and step = p_step and rows > 0) then
    perform @ledger@.keep_text(p_tenant, array(select migration from @ledger@.step
                                                where tenant = p_tenant and step = p_step));
  end if;
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
  select @ledger@.keep_text(p_tenant, array[migration]) from @ledger@.step
   where tenant = p_tenant and step = p_step and p_definition <> '';
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

}  // namespace lockstep::postgres
