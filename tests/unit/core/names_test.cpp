#include <string>
#include <vector>

#include "lockstep/core/names.h"
#include "tests/support/catch.h"

using lockstep::core::display;
using lockstep::core::from_display;
using lockstep::core::kTenantSchema;
using lockstep::core::QualifiedName;

namespace {

QualifiedName in_tenant(const std::string& name) {
  return {std::string(kTenantSchema), name};
}

}  // namespace

TEST_CASE("a tenant's relation goes without its schema, another's with it") {
  CHECK(display(in_tenant("users")) == "users");
  CHECK(display({"billing", "plans"}) == "billing.plans");
  CHECK(display({"", "users"}) == "users");
}

TEST_CASE("only what would read as something else is quoted") {
  CHECK(display(in_tenant("Order Items")) == "Order Items");
  CHECK(display(in_tenant("billing.plans")) == R"("billing.plans")");
  CHECK(display(in_tenant(R"(say "hi")")) == R"("say ""hi""")");
  CHECK(display({"a.b", "c"}) == R"("a.b".c)");
}

TEST_CASE("what is displayed reads back as the same name") {
  const std::vector<std::string> parts{"users",    "Order Items", "a.b",    ".",  R"(")",
                                       R"("a")",   R"(a"."b)",    R"(".")", "''", "${schema}",
                                       "\xc3\xa4", "select",      " ",      "\n"};
  for (const auto& name : parts) {
    INFO(name);
    CHECK(from_display(display(in_tenant(name))) == in_tenant(name));
    for (const auto& schema : parts) {
      const QualifiedName qualified{schema, name};
      CHECK(from_display(display(qualified)) == qualified);
    }
  }
}

TEST_CASE("what display does not print does not read back") {
  for (const auto* text : {"", ".", "a.", ".a", "a.b.c", R"("a)", R"("a")", R"("a.b"c)", R"(a"b)",
                           R"("a.b"")", "${schema}.users", R"("a.b"."c")"}) {
    INFO(text);
    CHECK(from_display(text) == std::nullopt);
  }
}
