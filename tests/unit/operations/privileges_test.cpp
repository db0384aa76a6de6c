#include "support/privileges.h"
#include "tests/support/catch.h"

namespace lockstep::operations {

namespace {

catalog::Relation users_with(std::vector<std::string> privileges) {
  catalog::Relation users;
  users.name = {std::string(core::kTenantSchema), "users"};
  users.owner = "app";
  for (const char* name : {"id", "a:b", "x=y", "Name"}) {
    catalog::Column column;
    column.name = name;
    users.columns.push_back(std::move(column));
  }
  users.privileges = std::move(privileges);
  return users;
}

using Grants = std::vector<std::string>;

const catalog::QualifiedName kView{std::string(core::kTenantSchema), "Old"};

}  // namespace

TEST_CASE("privileges are granted again as they are, the owner's own left out") {
  CHECK(grants_again(users_with({"app=arwdDxt/app", "web=ar/app", "=r/app"}), kView) ==
        Grants{R"(GRANT INSERT, SELECT ON TABLE ${schema}."Old" TO web)",
               R"(GRANT SELECT ON TABLE ${schema}."Old" TO PUBLIC)"});
  CHECK(grants_again(users_with({}), kView).empty());
}

TEST_CASE("roles with odd names, and grant options") {
  CHECK(grants_again(users_with({R"("a ""b"" = / :"=rw*d/app)"}), kView) ==
        Grants{R"(GRANT SELECT, DELETE ON TABLE ${schema}."Old" TO "a ""b"" = / :")",
               R"(GRANT UPDATE ON TABLE ${schema}."Old" TO "a ""b"" = / :" WITH GRANT OPTION)"});
}

TEST_CASE("privileges on columns, whatever their names are") {
  const catalog::Relation users =
      users_with({"a:b:web=r/app", "x=y:web=w/app", "Name:\"the web\"=rw/app", "id:app=r/app"});
  CHECK(grants_again(users, kView) ==
        Grants{R"(GRANT SELECT ("a:b") ON TABLE ${schema}."Old" TO web)",
               R"(GRANT UPDATE ("x=y") ON TABLE ${schema}."Old" TO web)",
               R"(GRANT SELECT ("Name"), UPDATE ("Name") ON TABLE ${schema}."Old" TO "the web")"});
}

}  // namespace lockstep::operations
