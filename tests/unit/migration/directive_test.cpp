#include "directive.h"

#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using migration::classify;
using migration::CommentKind;

namespace {

std::optional<migration::Directive> read(const std::string& text, core::Problems& problems) {
  return migration::parse_directive(text, {"f.sql", 2, 1}, problems);
}

migration::Directive good(const std::string& text) {
  core::Problems problems;
  const auto directive = read(text, problems);
  CHECK(test::lines(problems).empty());
  REQUIRE(directive);
  return *directive;
}

std::string bad(const std::string& text) {
  core::Problems problems;
  CHECK_FALSE(read(text, problems));
  REQUIRE(problems.size() == 1);
  return to_string(problems.front());
}

}  // namespace

TEST_CASE("directives are told from remarks and from what was meant as a directive") {
  CHECK(classify("lockstep: phase = contract") == CommentKind::kDirective);
  CHECK(classify("Lockstep : phase = contract") == CommentKind::kDirective);
  CHECK(classify("lockstep:") == CommentKind::kDirective);

  CHECK(classify("lockstep phase = contract") == CommentKind::kLookalike);
  CHECK(classify("lockstep phase: contract") == CommentKind::kLookalike);
  CHECK(classify("lockstep allow table-rewrite") == CommentKind::kLookalike);
  CHECK(classify("lockstpe: phase = contract") == CommentKind::kLookalike);
  CHECK(classify("lock-step: phase = contract") == CommentKind::kLookalike);
  CHECK(classify("lock_step phase = contract") == CommentKind::kLookalike);

  CHECK(classify("") == CommentKind::kRemark);
  CHECK(classify("phase two of the move") == CommentKind::kRemark);
  CHECK(classify("lockstep builds this index concurrently") == CommentKind::kRemark);
  CHECK(classify("see https://example.org/lockstep") == CommentKind::kRemark);
  CHECK(classify("the lock: a = b") == CommentKind::kRemark);
}

TEST_CASE("well-formed directives") {
  CHECK(good("lockstep: phase = contract").value == "contract");
  CHECK(good("lockstep:phase=expand").value == "expand");
  CHECK(good("lockstep: scope = shared              (once per database, not per tenant)").value ==
        "shared");
  CHECK(good("lockstep: placeholders_in_bodies = true").value == "true");
  CHECK(good("lockstep: locks = users:ShareLock, billing.plans:RowExclusiveLock").value ==
        "users:ShareLock, billing.plans:RowExclusiveLock");
  const auto allow = good("lockstep: allow = table-rewrite, reason = \"at most 40 rows, 'x'\"");
  CHECK(allow.name == "allow");
  CHECK(allow.value == "table-rewrite");
  CHECK(allow.reason == "at most 40 rows, 'x'");
  CHECK(good("lockstep: allow = a, reason = 'say \"yes\"'").reason == "say \"yes\"");
}

TEST_CASE("malformed directives are problems with what to write instead") {
  CHECK(bad("lockstep: phse = contract") ==
        "f.sql:2:1: there is no directive \"phse\"\n  did you mean \"phase\"?");
  CHECK(bad("lockstep: phase = contrct") ==
        "f.sql:2:1: there is no phase \"contrct\"\n  did you mean \"contract\"?");
  CHECK(bad("lockstep: scope = shard") ==
        "f.sql:2:1: there is no scope \"shard\"\n  did you mean \"shared\"?");
  CHECK(bad("lockstep: phase") ==
        "f.sql:2:1: this directive is not of the form name = value\n"
        "  write: -- lockstep: name = value");
  CHECK(bad("lockstep: phase =") ==
        "f.sql:2:1: this directive is not of the form name = value\n"
        "  write: -- lockstep: name = value");
  CHECK(bad("lockstep: placeholders_in_bodies = yes") ==
        "f.sql:2:1: placeholders_in_bodies must be true or false, not \"yes\"");
  CHECK(bad("lockstep: locks = users") ==
        "f.sql:2:1: \"users\" is not table:lock\n"
        "  write: locks = users:ShareLock, orders:RowExclusiveLock");
}

TEST_CASE("allow takes exactly one hazard and a reason") {
  const std::string remedy = "\n  write: allow = hazard-name, reason = \"why it is safe here\"";
  CHECK(bad("lockstep: allow = table-rewrite") == "f.sql:2:1: allow needs a reason" + remedy);
  CHECK(bad("lockstep: allow = table-rewrite, reason = \"\"") ==
        "f.sql:2:1: allow needs a reason, and this one is empty" + remedy);
  CHECK(bad("lockstep: allow = table-rewrite, reason = because") ==
        "f.sql:2:1: the reason stands in quotes" + remedy);
  CHECK(bad("lockstep: allow = table-rewrite, reason = \"open") ==
        "f.sql:2:1: the reason stands in quotes" + remedy);
  CHECK(bad("lockstep: allow = a, b, reason = \"x\"") ==
        "f.sql:2:1: allow takes one hazard, then a reason" + remedy);
  CHECK(bad("lockstep: allow = all, reason = \"x\"") ==
        "f.sql:2:1: allow takes exactly one hazard's name, not \"all\"" + remedy);
  CHECK(bad("lockstep: allow = *, reason = \"x\"") ==
        "f.sql:2:1: allow takes exactly one hazard's name, not \"\"" + remedy);
  CHECK(bad("lockstep: allow = a, reason = \"x\" and more") ==
        "f.sql:2:1: nothing may follow the reason" + remedy);
}
