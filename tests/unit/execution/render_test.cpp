#include "render.h"

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"

namespace lockstep::execution {
namespace {

TEST_CASE("each placeholder is rendered for where it stands") {
  const test::ScriptedSession session;
  const Renderer render(session, "o'dd \"x\"");
  CHECK(render("select * from ${schema}.users") == "select * from \"o'dd \"\"x\"\"\".users");
  CHECK(render("create table \"a ${schema:ident}\" ()") == "create table \"a o'dd \"\"x\"\"\" ()");
  CHECK(render("select '${schema:literal}'") == "select 'o''dd \"x\"'");
}

TEST_CASE("what only looks like a placeholder stays, and so does a name that holds one") {
  const test::ScriptedSession session;
  CHECK(Renderer(session, "acme")("select '${schemas} ${schema' , ${schema}.f()") ==
        "select '${schemas} ${schema' , \"acme\".f()");
  CHECK(Renderer(session, "${schema}")("${schema}.users ${schema:literal}") ==
        "\"${schema}\".users ${schema}");
}

TEST_CASE("inside of a body a name is rendered as outside, and one with a $ is not") {
  const test::ScriptedSession session;
  CHECK(Renderer(session, "o'dd")("$$ ${schema:body}.f('${schema:body-literal}') "
                                  "\"${schema:body-ident}\" $$") ==
        "$$ \"o'dd\".f('o''dd') \"o'dd\" $$");
  CHECK_THROWS_AS(Renderer(session, "a$$b")("$$ ${schema:body}.f() $$"), std::logic_error);
  CHECK(Renderer(session, "a$$b")("'${schema:literal}'") == "'a$$b'");

  plan::Step step;
  step.body = plan::TransactionBody{{"select 1", "do $$ ${schema:body}.f() $$"}, {}, false};
  CHECK(can_be_rendered(step, "acme"));
  CHECK_FALSE(can_be_rendered(step, "a$b"));
  step.body = plan::TransactionBody{{"select '${schema:literal}'"}, {}, false};
  CHECK(can_be_rendered(step, "a$b"));
}

TEST_CASE("a shared step that names a tenant is a bug of the plan") {
  const test::ScriptedSession session;
  CHECK(Renderer(session, "")("select 1") == "select 1");
  CHECK_THROWS_AS(Renderer(session, "")("select * from ${schema}.users"), std::logic_error);
}

TEST_CASE("what all tenants share a schema for has the tenant's number in its name") {
  const test::ScriptedSession session;
  const Renderer render(session, "acme", 12);
  CHECK(render("ALTER TABLE ${schema}.users RENAME TO \"t${schema:number}_0007_users\"") ==
        "ALTER TABLE \"acme\".users RENAME TO \"t12_0007_users\"");
  CHECK(render.name({"lockstep_grace", "t${schema:number}_0007_users"}) ==
        "\"lockstep_grace\".\"t12_0007_users\"");
  CHECK(Renderer(session, "", 3)("t${schema:number}") == "t3");
}

TEST_CASE("names and search_path are quoted, and pg_temp is last") {
  const test::ScriptedSession session;
  const Renderer render(session, "acme");
  CHECK(render.name({std::string(core::kTenantSchema), "Users"}) == "\"acme\".\"Users\"");
  CHECK(render.name({"public", "plans"}) == "\"public\".\"plans\"");
  CHECK(search_path(session, "acme", {"public"}) == "\"acme\", \"public\", pg_temp");
  CHECK(search_path(session, "", {"public"}) == "\"public\", pg_temp");
}

}  // namespace
}  // namespace lockstep::execution
