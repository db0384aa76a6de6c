// What is dropped under a grace is out of sight, and comes back as it was: by each step's undo, and
// by the parts that `purge --restore` plays while everybody goes on.

#include <algorithm>

#include "lockstep/plan/kept.h"
#include "tests/scenarios/catalog_difference.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/staged.h"
#include "tests/scenarios/structure.h"
#include "tests/scenarios/tenant.h"
#include "tests/support/catch.h"

namespace lockstep::test {
namespace {

Tenant& tenant_of(const Scenario& scenario) {
  static TestDatabase database(
      "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  static Tenant tenant(database, R"(O'Hara "& sons" \ ; naïve)");
  tenant.build(scenario.start);
  return tenant;
}

/// What a client without a list of columns, or who looks a name up, may see of it.
void check_out_of_sight(Tenant& tenant, const plan::Keep& keep) {
  if (keep.is_table()) {
    const std::string name = tenant.session().quote_literal(keep.table.name);
    CHECK(tenant
              .run("SELECT NOT EXISTS (SELECT FROM pg_class WHERE relname = " + name +
                   " AND pg_table_is_visible(oid))")
              .as_bool());
    return;
  }
  const auto seen = tenant.run(
      "SELECT attname, attnotnull AND attidentity = '', atthasdef AND attgenerated = '' FROM"
      " pg_attribute WHERE attrelid = to_regclass('" +
      keep.table.name + "') AND attname IN ('" + keep.column + "', '" + keep.column_as + "')");
  REQUIRE(seen.rows.size() == 1);
  CHECK(seen.at(0, 0) == keep.column_as);
  CHECK(seen.at(0, 1) == "f");
  CHECK(seen.at(0, 2) == "f");
  CHECK(tenant
            .run("SELECT NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid ="
                 " i.indrelid AND a.attnum = ANY (i.indkey) WHERE a.attname = '" +
                 keep.column_as +
                 "') AND NOT EXISTS (SELECT FROM pg_constraint c JOIN pg_attribute a ON a.attrelid"
                 " = c.conrelid AND a.attnum = ANY (c.conkey) WHERE c.contype <> 'n' AND a.attname"
                 " = '" +
                 keep.column_as + "')")
            .as_bool());
}

void bring_back(Tenant& tenant, const plan::Step& step) {
  const auto former = tenant.former.find(step.id);
  for (const plan::Step& part : plan::restore_parts(
           step, {}, former == tenant.former.end() ? std::vector<std::string>{} : former->second)) {
    INFO(part.title);
    play(tenant, part);
  }
  tenant.former.erase(step.id);
}

void check(const Scenario& scenario) {
  const auto recognised = recognise(scenario);
  Tenant& tenant = tenant_of(scenario);
  const Lines structure = structure_of(tenant);
  const Lines rows = rows_of(tenant, {});
  const std::string publications =
      "SELECT string_agg(p::text, ' ' ORDER BY p::text) FROM pg_publication_tables p";
  const auto published = tenant.run(publications).rows;
  catalog::Catalog folded = read_catalog(tenant, recognised->request);
  const catalog::CatalogRequest everything = with_all_of(recognised->request, folded);
  const Planned planned = make_plan(*recognised, folded, true);
  for (const plan::Step& step : planned.steps) {
    INFO("step " << step.id << " (" << step.title << ")");
    CHECK(step.phase == core::Phase::kContract);
    CHECK_FALSE(step.irreversible);
    play(tenant, step);
    if (step.keeps) {
      check_out_of_sight(tenant, *step.keeps);
      CHECK(step.keeps->together.back() == step.id);
    }
  }
  folded.grace = catalog::DropGrace{604800, "lockstep_grace"};
  for (const auto& migration : recognised->migrations) {
    for (const auto& operation : migration.operations) {
      operation->apply(folded, core::Phase::kExpand);
      operation->apply(folded, core::Phase::kContract);
    }
  }
  CHECK(catalog_difference(foretellable(read_catalog(tenant, everything)), foretellable(folded)) ==
        "");
  SECTION("by the undo of each step") {
    for (auto step = planned.steps.rbegin(); step != planned.steps.rend(); ++step) {
      INFO(step->id << " " << step->title);
      undo(tenant, *step);
    }
  }
  SECTION("by its parts") {
    for (auto step = planned.steps.rbegin(); step != planned.steps.rend(); ++step) {
      if (step->keeps) bring_back(tenant, *step);
    }
  }
  CHECK(difference(structure, structure_of(tenant)) == "");
  CHECK(difference(rows, rows_of(tenant, {})) == "");
  CHECK(tenant.run(publications).rows == published);
  CHECK(
      tenant
          .run("SELECT count(*) FROM pg_class WHERE relnamespace = 'lockstep_grace'::regnamespace")
          .at(0, 0) == "0");
}

TEST_CASE("what is dropped under a grace is out of sight, and comes back as it was") {
  for (const Scenario& scenario : kept_scenarios()) {
    DYNAMIC_SECTION(scenario.name) {
      check(scenario);
    }
  }
}

}  // namespace
}  // namespace lockstep::test
