#include <iostream>
#include <iterator>

#include "lockstep/sql/parse.h"
#include "tests/support/catch.h"

TEST_CASE("a table is read") {
  const auto file = lockstep::sql::parse(R"(
create table t (a int generated always as (b+1) stored, c int default 1+(2) not null check (a>0) references x(y) on delete cascade deferrable initially deferred, constraint k unique nulls not distinct (a, c) include (d) with (fillfactor=10) using index tablespace ts, exclude using gist (a with =) where (a>0), like other including all);
alter table only a.t add constraint x check ((a)>0) not valid no inherit, alter c type int[] collate "C" using c::int[], alter c set default (3), set (fillfactor=70);
create unique index concurrently if not exists i on only ${schema}.t using gin (a, lower(b) collate "C" text_ops desc, (c||'x')) include (d) with (fastupdate=off) where a is distinct from 'x;y';
update t set a = b is distinct from c, d = (select 1 from z) from q where a = '${schema}' returning *;
drop function f(int, text), g cascade
)", {"f.sql"});
  for (const auto& p : file.problems) { UNSCOPED_INFO(p.where.line << ":" << p.where.column << " " << p.message); }
  CHECK(file.problems.empty());
  CHECK(file.statements.size() == 5);
}
