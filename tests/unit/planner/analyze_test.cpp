#include <algorithm>

#include "planning.h"
#include "tests/support/catch.h"

using namespace lockstep;
using namespace lockstep::planner;
using namespace lockstep::planner::test;

namespace {

catalog::Catalog unknown_server() {
  catalog::Catalog catalog;
  catalog.version.number = 150000;
  catalog.partial = true;
  return catalog;
}

std::vector<std::string> ids(const Analysis& analysis, const std::string& migration) {
  std::vector<std::string> result;
  for (const plan::Hazard& hazard : analysis.hazards) {
    if (hazard.migration == migration) result.push_back(hazard.id);
  }
  return result;
}

}  // namespace

TEST_CASE("lint takes what it does not know for live and large") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;\n"
                       "ALTER TABLE users DROP COLUMN fax;\n"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  CHECK(ids(analysis, "0007") == std::vector<std::string>{"set-not-null-scan", "drop-column"});
}

TEST_CASE("a table is new for the migration that creates it and live for the next") {
  const Folder folder{{"0001_a.sql",
                       "CREATE TABLE notes (body text);\n"
                       "ALTER TABLE notes ALTER COLUMN body SET NOT NULL;\n"
                       "ALTER TABLE notes ADD COLUMN c int;\n"},
                      {"0002_b.sql", "ALTER TABLE notes ALTER COLUMN c SET NOT NULL;\n"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  CHECK(ids(analysis, "0001").empty());
  CHECK(ids(analysis, "0002") == std::vector<std::string>{"set-not-null-scan"});
}

TEST_CASE("a catalog that is whole knows what is missing") {
  const Folder folder{{"0007_a.sql", "ALTER TABLE users DROP COLUMN fax;\n"}};
  catalog::Catalog whole = unknown_server();
  whole.partial = false;
  const Analysis analysis = analyze(folder.recognised(), whole);
  CHECK(messages(analysis.problems) == std::vector<std::string>{"there is no table or view users"});
}

TEST_CASE("a constraint that is replaced is one operation, also where lint knows no table") {
  const Folder folder{
      {"0007_a.sql",
       "ALTER TABLE orders DROP CONSTRAINT fk;\n"
       "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users "
       "ON DELETE CASCADE;\n"}};
  REQUIRE(folder.recognised().size() == 1);
  CHECK(folder.recognised().front().operations.size() == 1);
  CHECK(folder.recognised().front().items == std::vector<std::size_t>{1});
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  CHECK(ids(analysis, "0007") == std::vector<std::string>{"brief-lock", "add-foreign-key-scan"});
}

TEST_CASE("only what pg_catalog has is PostgreSQL's own, whatever else begins with pg_") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE pg_search_documents ADD COLUMN a integer;\n"
                       "UPDATE pg_class SET relname = 'a';\n"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  CHECK(ids(analysis, "0007") ==
        std::vector<std::string>{"brief-lock", "cached-plan", "system-catalog"});
  catalog::Catalog whole = unknown_server();
  whole.partial = false;
  CHECK(messages(analyze(folder.recognised(), whole).problems) ==
        std::vector<std::string>{"there is no table or view pg_search_documents"});
}

TEST_CASE("in a table that earlier migrations create, a missing column is a problem") {
  const Folder folder{{"0001_a.sql", "CREATE TABLE notes (body text);"},
                      {"0002_b.sql", "ALTER TABLE notes DROP COLUMN fax;"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{"table notes has no column fax"});
}

TEST_CASE("an override against the order of phases is found by lint") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;\n"
                       "-- lockstep: phase = expand\n"
                       "ALTER TABLE users ALTER COLUMN phone SET DEFAULT '';\n"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  const std::vector<std::string> found = ids(analysis, "0007");
  CHECK(std::count(found.begin(), found.end(), "phase-override") == 1);
}

TEST_CASE("a foreign key may reference a table whose key lint does not know") {
  const Folder folder{{"0007_a.sql",
                       "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;\n"
                       "ALTER TABLE orders ADD COLUMN payer bigint REFERENCES users;\n"
                       "ALTER TABLE orders ADD FOREIGN KEY (country, city) REFERENCES cities;\n"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) == std::vector<std::string>{});
  const std::vector<std::string> found = ids(analysis, "0007");
  CHECK(std::count(found.begin(), found.end(), "add-foreign-key-scan") >= 2);
}

TEST_CASE("a foreign key needs as many columns as it references, whatever is known of the table") {
  const Folder folder{
      {"0007_a.sql", "ALTER TABLE orders ADD FOREIGN KEY (a, b) REFERENCES users (id);"}};
  const Analysis analysis = analyze(folder.recognised(), unknown_server());
  CHECK(messages(analysis.problems) ==
        std::vector<std::string>{"the foreign key has 2 columns and references 1"});
}
