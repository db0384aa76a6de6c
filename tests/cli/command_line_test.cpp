#include "command_line.h"

#include "tests/support/catch.h"

using namespace lockstep::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "lockstep");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("common options stand before or after the command") {
  for (const auto& words :
       {std::vector<const char*>{"--database", "dbname=x", "--format", "json", "status"},
        std::vector<const char*>{"status", "--format", "json", "--database", "dbname=x"}}) {
    const Parsed parsed = parse(words);
    REQUIRE(parsed.invocation);
    CHECK(parsed.invocation->flags.database == "dbname=x");
    CHECK(parsed.invocation->output.format == Format::kJson);
  }
}

TEST_CASE("suggested commands repeat what selects, never the database") {
  const Parsed parsed =
      parse({"plan", "--config", "my file.yaml", "--tenants", "a*", "--database", "password=x"});
  REQUIRE(parsed.invocation);
  CHECK(parsed.invocation->repeated_flags ==
        " --config 'my file.yaml' --database ... --tenants 'a*'");
}

TEST_CASE("help and version are answers with exit code 0") {
  CHECK(parse({"--help"}).code == ExitCode::kDone);
  CHECK_THAT(parse({"apply", "--help"}).answer, ContainsSubstring("Usage: lockstep apply"));
  CHECK_THAT(parse({"--version"}).answer, ContainsSubstring("lockstep "));
}

TEST_CASE("misuse is exit code 4, with what was meant") {
  const auto bad = [](const std::vector<const char*>& words) {
    const Parsed parsed = parse(words);
    CHECK_FALSE(parsed.invocation);
    CHECK(parsed.code == ExitCode::kInvalidInput);
    return parsed.answer;
  };
  CHECK(bad({}) == "name a command\n  see: lockstep --help\n");
  CHECK(bad({"aply"}) ==
        "\"aply\" is not expected here; did you mean apply?\n  see: lockstep --help\n");
  CHECK_THAT(bad({"frobnicate"}), ContainsSubstring("\"frobnicate\" is no command; there are ") &&
                                      ContainsSubstring("apply") && ContainsSubstring("status"));
  CHECK_THAT(bad({"purge", "--list", "--now"}), ContainsSubstring("give it without"));
  CHECK_THAT(bad({"purge", "--now", "--restore", "users"}), ContainsSubstring("give one of them"));
  CHECK_THAT(bad({"purge", "--fill", "1"}), ContainsSubstring("one --restore"));
  CHECK_THAT(bad({"purge", "--fill", "1", "--restore", "a", "--restore", "b"}),
             ContainsSubstring("one --restore"));
  for (const char* later : {"verify", "tenants", "rehearse", "doctor"}) {
    CHECK_THAT(bad({later}), ContainsSubstring(" comes with a later version; "));
  }
  CHECK(bad({"plan", "--fromat", "json"}) ==
        "\"--fromat\" is not expected here; did you mean --format?\n  see: lockstep plan --help\n");
  CHECK_THAT(bad({"apply", "--phase", "both"}), ContainsSubstring("--phase"));
  CHECK_THAT(bad({"status", "--format", "markdown"}), ContainsSubstring("no markdown form"));
  CHECK_THAT(bad({"status", "--format", "xml"}), ContainsSubstring("--format"));
  CHECK_THAT(bad({"status", "--quiet", "--verbose"}), ContainsSubstring("contradict"));
  CHECK_THAT(bad({"status", "--watch", "--format", "json"}), ContainsSubstring("--watch"));
  CHECK_THAT(bad({"apply", "--strict-tenants"}), ContainsSubstring("saved plan"));
  CHECK_THAT(bad({"new"}), ContainsSubstring("NAME"));
  CHECK_THAT(bad({"history", "--limit", "0"}), ContainsSubstring("--limit"));
  CHECK_THAT(bad({"plan", "apply"}), ContainsSubstring("apply"));
}
