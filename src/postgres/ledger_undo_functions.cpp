#include "ledger_functions.h"

namespace lockstep::postgres {

const std::string_view kUndoFunctions = R"sql(
create function @ledger@.undone(p_tenant integer, p_run bigint, p_steps text[], p_attempts integer[],
                                p_migrations text[])
returns void language plpgsql as $body$
declare
  n bigint;
begin
  insert into @ledger@.event (run, tenant, migration, step, kind, attempt, rows, message)
    select p_run, s.tenant, s.migration, s.step, 'undone', s.attempt, s.rows,
           case when s.state = 'done' then 'had finished ' || s.finished else 'was ' || s.state end
      from @ledger@.step s join unnest(p_steps, p_attempts) as u (step, attempt)
        on u.step = s.step and u.attempt = s.attempt
     where s.tenant = p_tenant order by s.ordinal desc;
  get diagnostics n = row_count;
  if n <> cardinality(p_steps) then
    perform @ledger@.conflict(p_tenant, 'steps ' || array_to_string(p_steps, ', '));
  end if;
  -- A step that is half undone was counted when that began.
  update @ledger@.tenant_migration t
     set expand_left = t.expand_left + d.expand,
         contract_left = t.contract_left + d.contract,
         run = p_run,
         state = case when t.expand_left + d.expand > 0 then 'running'
                      when t.contract_left + d.contract > 0 then 'expanded' else t.state end,
         expanded = case when t.expand_left + d.expand = 0 then t.expanded end,
         finished = case when t.expand_left + d.expand + t.contract_left + d.contract = 0
                         then t.finished end
    from (select s.migration,
                 count(*) filter (where s.phase = 'expand') as expand,
                 count(*) filter (where s.phase = 'contract') as contract
            from @ledger@.step s
           where s.tenant = p_tenant and s.step = any (p_steps) and s.state = 'done'
           group by s.migration) d
   where t.tenant = p_tenant and t.migration = d.migration;
  delete from @ledger@.step where tenant = p_tenant and step = any (p_steps);
  with gone as (
    delete from @ledger@.tenant_migration t
     where t.tenant = p_tenant and t.migration = any (p_migrations)
       and not exists (select from @ledger@.step s
                        where s.tenant = p_tenant and s.migration = t.migration)
    returning t.migration)
  insert into @ledger@.event (run, tenant, migration, kind)
    select p_run, p_tenant, migration, 'rolled-back' from gone;
  -- What it was like when it was half way is no measure any more.
  delete from @ledger@.structure r
   where r.tenant = p_tenant
      or exists (select from @ledger@.tenant where id = p_tenant and schema_oid = 0);
end $body$;

create function @ledger@.undoing(p_tenant integer, p_run bigint, p_step text, p_migration text,
                                 p_attempt integer)
returns void language plpgsql as $body$
declare
  n bigint;
begin
  update @ledger@.tenant_migration t
     set expand_left = t.expand_left + (s.phase = 'expand')::integer,
         contract_left = t.contract_left + (s.phase = 'contract')::integer,
         run = p_run,
         state = case when t.expand_left > 0 or s.phase = 'expand' then 'running'
                      else 'expanded' end,
         expanded = case when t.expand_left = 0 and s.phase <> 'expand' then t.expanded end,
         finished = null
    from @ledger@.step s
   where t.tenant = p_tenant and t.migration = p_migration
     and s.tenant = p_tenant and s.step = p_step and s.state = 'done';
  update @ledger@.step
     set state = 'running', attempt = p_attempt + 1, run = p_run, via = 'staged', finished = null,
         sqlstate = null, message = null, hint = null, statement = null
   where tenant = p_tenant and step = p_step and attempt = p_attempt;
  get diagnostics n = row_count;
  if n <> 1 then
    perform @ledger@.conflict(p_tenant, 'step ' || p_step);
  end if;
end $body$;
)sql";

}  // namespace lockstep::postgres
