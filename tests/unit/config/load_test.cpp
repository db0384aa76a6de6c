#include "lockstep/config/options.h"

#include "settings.h"
#include "tests/support/catch.h"
#include "tests/support/memory_files.h"

using namespace lockstep;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

namespace {

config::Loaded load(const std::string& yaml, const Environment& environment = {},
                    const config::Flags& flags = {}) {
  const test::MemoryFiles files({{"lockstep.yaml", yaml}});
  return config::load({files, environment, flags});
}

config::Options good(const std::string& yaml, const Environment& environment = {},
                     const config::Flags& flags = {}) {
  const auto loaded = load(yaml, environment, flags);
  CHECK(test::lines(loaded.problems).empty());
  return loaded.options;
}

Strings bad(const std::string& yaml, const Environment& environment = {},
            const config::Flags& flags = {}) {
  return test::lines(load(yaml, environment, flags).problems);
}

}  // namespace

TEST_CASE("every key of the file") {
  const auto o = good(R"(
database: postgres://deploy@db1/orders
migrations: db/migrations
tenants:
  query: select schema_name from t
  exclude: [tenant_template]
shared_schemas: [tenant_management, public]
ledger_schema: books
role: app_owner
rollout:
  waves: [{name: canary, tenants: [a]}, {name: early, percent: 12.5}, {name: rest}]
  jobs: 8
  max_failures: 0
  wait: 5m
locks:
  lock_timeout: 20ms
  max_hold: 1s
  give_up_after: 1h
  direct_below: 0
drop_grace: 7d
backfill:
  batch_duration: 100ms
  max_rows_per_second: 5000
  max_replica_lag: 0
  max_active_sessions: 50
  pause_when: select false
)");
  CHECK(o.file == "lockstep.yaml");
  CHECK(o.database == "postgres://deploy@db1/orders");
  CHECK(o.migrations == "db/migrations");
  CHECK(o.tenants.query == "select schema_name from t");
  CHECK(o.tenants.exclude == Strings{"tenant_template"});
  CHECK(o.shared_schemas == Strings{"tenant_management", "public"});
  CHECK(o.ledger_schema == "books");
  CHECK(o.role == "app_owner");
  REQUIRE(o.rollout.waves.size() == 3);
  CHECK(o.rollout.waves[0].tenants == Strings{"a"});
  CHECK(o.rollout.waves[1].percent == 12.5);
  CHECK(o.rollout.waves[2].name == "rest");
  CHECK(o.rollout.jobs == 8);
  CHECK(o.rollout.max_failures == 0);
  CHECK(o.rollout.wait == 5min);
  CHECK(o.locks.lock_timeout == 20ms);
  CHECK(o.locks.max_hold == 1s);
  CHECK(o.locks.give_up_after == 1h);
  CHECK(o.locks.direct_below == 0);
  CHECK(o.backfill.batch_duration == 100ms);
  CHECK(o.backfill.max_rows_per_second == 5000);
  CHECK(o.backfill.max_replica_lag == 0ms);
  CHECK(o.backfill.max_active_sessions == 50);
  CHECK(o.backfill.pause_when == "select false");
}

TEST_CASE("defaults, with and without a file") {
  const auto empty = good("");
  CHECK(empty.migrations == "migrations");
  CHECK(empty.shared_schemas == Strings{"public"});
  CHECK(empty.locks.lock_timeout == 50ms);
  CHECK(empty.locks.direct_below == 8 * 1024 * 1024);
  CHECK_FALSE(empty.tenants.configured());
  const test::MemoryFiles none;
  const auto loaded = config::load({none, {}, {}});
  CHECK(loaded.problems.empty());
  CHECK(loaded.options.file.empty());
}

TEST_CASE("flag over environment over file over default") {
  const std::string yaml = "rollout: {jobs: 2}\ndatabase: file\n";
  CHECK(good(yaml).rollout.jobs == 2);
  CHECK(good(yaml, {{"LOCKSTEP_ROLLOUT_JOBS", "3"}}).rollout.jobs == 3);
  config::Flags flags;
  flags.jobs = "5";
  flags.database = "flag";
  flags.tenants = "acme*";
  const auto o = good(yaml, {{"LOCKSTEP_ROLLOUT_JOBS", "3"}, {"LOCKSTEP_DATABASE", "env"}}, flags);
  CHECK(o.rollout.jobs == 5);
  CHECK(o.database == "flag");
  CHECK(o.tenants.only == "acme*");
  CHECK(good(yaml, {{"LOCKSTEP_DATABASE", "env"}}).database == "env");
}

TEST_CASE("a higher source of tenants replaces the lower one as a whole") {
  const auto o = good("tenants: {query: select 1}\n", {{"LOCKSTEP_TENANTS_SCHEMAS", "a,b"}});
  CHECK(o.tenants.query.empty());
  CHECK(o.tenants.schemas == Strings{"a", "b"});
}

TEST_CASE("the configuration file may be elsewhere; its folder is where its paths begin") {
  const test::MemoryFiles files({{"db/l.yaml", "migrations: m\n"}, {"e.yaml", ""}});
  config::Flags flags;
  flags.config = "db/l.yaml";
  CHECK(config::load({files, {{"LOCKSTEP_CONFIG", "e.yaml"}}, flags}).options.migrations == "db/m");
  flags.migrations = "other";
  CHECK(config::load({files, {}, flags}).options.migrations == "other");
  CHECK(config::load({files, {{"LOCKSTEP_CONFIG", "e.yaml"}}, {}}).options.file == "e.yaml");
  flags.config = "none.yaml";
  CHECK(test::lines(config::load({files, {}, flags}).problems) ==
        Strings{"none.yaml: there is no such configuration file\n  `lockstep init` writes one"});
}

TEST_CASE("variables in the file come from the environment") {
  CHECK(good("database: postgres://u:${PW}@h/d\n", {{"PW", "s3"}}).database ==
        "postgres://u:s3@h/d");
  CHECK(
      bad("database: ${DATABASE_URL}\n") ==
      Strings{
          "lockstep.yaml:1:11: the environment variable DATABASE_URL is not set\n"
          "  export it, give --database, or delete `database:` and PGHOST, PGDATABASE, ... count"});
  CHECK(bad("role: ${ROLE}\n") ==
        Strings{"lockstep.yaml:1:7: the environment variable ROLE is not set\n"
                "  export it, or write the value here"});
  CHECK(bad("role: ${oops\n").size() == 1);
}

TEST_CASE("a database variable that nobody needs is not asked for") {
  const std::string yaml = "database: ${DATABASE_URL}\n";
  config::Flags flags;
  flags.database = "dbname=x";
  CHECK(good(yaml, {}, flags).database == "dbname=x");
  CHECK(good(yaml, {{"LOCKSTEP_DATABASE", "y"}}).database == "y");
  const test::MemoryFiles files({{"lockstep.yaml", yaml}});
  CHECK(config::load({files, {}, {}, false}).problems.empty());
}

TEST_CASE("several databases are refused, not taken for one") {
  CHECK(bad("database: [a, b]\n") ==
        Strings{"lockstep.yaml:1:11: several databases come with a later version of Lockstep\n"
                "  give one connection string, and run Lockstep once for each database"});
  CHECK(bad("database: {query: select 1}\n").size() == 1);
}

TEST_CASE("a grace needs room for its schema's name") {
  const std::string longest(57, 'l');
  CHECK(good("drop_grace: 7d\nledger_schema: " + longest + "\n").drop_grace ==
        std::chrono::hours(7 * 24));
  CHECK(good("ledger_schema: " + longest + "l\n").drop_grace.count() == 0);
  CHECK_THAT(bad("drop_grace: 7d\nledger_schema: " + longest + "l\n").at(0),
             Catch::Matchers::ContainsSubstring("too long a name for the ledger's schema"));
}

TEST_CASE("all problems come at once, each in its place") {
  CHECK(bad("lock: {}\n"
            "locks: {lock_timeout: 50, max_hold: 0, direct_below: 8mb, give_up_after: 1ms}\n"
            "rollout: {jobs: 0, max_failures: -1, wait: soon, waves: {}}\n"
            "tenants: {query: select 1, pattern: x, excludes: y}\n"
            "ledger_schema: pg_books\n"
            "drop_grace: a week\n"
            "backfill: {batch_duration: 250us}\n",
            {{"LOCKSTEP_ROLLOUT_JOB", "1"}}) ==
        Strings{
            "lockstep.yaml:5:16: ledger_schema: names that begin with pg_ are PostgreSQL's own\n"
            "  choose another",
            "lockstep.yaml:6:13: drop_grace: \"a week\" is not a duration\n"
            "  write a whole number with its unit: 250us, 50ms, 10s, 5m, 2h or 7d",
            "lockstep.yaml:4:37: tenants come from one place, here are query and pattern\n"
            "  keep one of query, pattern and schemas",
            "lockstep.yaml:4:40: tenants has no key \"excludes\"\n  did you mean \"exclude\"?",
            "lockstep.yaml:3:17: rollout.jobs: \"0\" is not a whole number from 1 to 1000",
            "lockstep.yaml:3:34: rollout.max_failures: \"-1\" is not a whole number from 0 to "
            "1000000",
            "lockstep.yaml:3:44: rollout.wait: \"soon\" is not a duration\n"
            "  write a whole number with its unit: 250us, 50ms, 10s, 5m, 2h or 7d",
            "lockstep.yaml:3:57: waves needs a list\n"
            "  for example: [{name: canary, tenants: [acme]}, {name: rest}]",
            "lockstep.yaml:2:23: locks.lock_timeout: \"50\" is not a duration\n"
            "  write a whole number with its unit: 250us, 50ms, 10s, 5m, 2h or 7d",
            "lockstep.yaml:2:37: locks.max_hold: this must be longer than 0",
            "lockstep.yaml:2:74: locks.give_up_after: \"1ms\" is finer than this setting can be\n"
            "  write a multiple of 1 s",
            "lockstep.yaml:2:54: locks.direct_below: \"8mb\" is not a size\n"
            "  write a whole number with its unit: 100B, 512kB, 8MB or 1GB; or 0",
            "lockstep.yaml:7:28: backfill.batch_duration: \"250us\" is finer than this setting can "
            "be\n"
            "  write a multiple of 1 ms",
            "lockstep.yaml:1:1: lockstep.yaml has no key \"lock\"\n  did you mean \"locks\"?",
            "LOCKSTEP_ROLLOUT_JOB: there is no such setting\n"
            "  did you mean \"LOCKSTEP_ROLLOUT_JOBS\"?",
        });
}

TEST_CASE("waves are checked") {
  CHECK(bad("rollout: {waves: [{name: a}, {name: b}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{name: a, percent: 5}, {name: a, percent: 5}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{name: a, percent: 0}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{name: a, percent: 101}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{name: a, percent: 5, tenants: [x]}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{percent: 5}]}\n").size() == 1);
  CHECK(bad("rollout: {waves: [{name: a, tenants: []}]}\n").size() == 1);
}

TEST_CASE("flags and variables are named where they are wrong") {
  config::Flags flags;
  flags.jobs = "many";
  CHECK(bad("", {{"LOCKSTEP_LOCKS_MAX_HOLD", "1"}}, flags) ==
        Strings{"LOCKSTEP_LOCKS_MAX_HOLD: \"1\" is not a duration\n"
                "  write a whole number with its unit: 250us, 50ms, 10s, 5m, 2h or 7d",
                "--jobs: \"many\" is not a whole number from 1 to 1000"});
}

TEST_CASE("variables of migrations: flag over environment over file, each by itself") {
  const std::string yaml = "variables: {region: eu, size: 10, owner: \"${USER}\"}\n";
  const Environment environment{
      {"USER", "App Owner"}, {"LOCKSTEP_VAR_SIZE", "20"}, {"LOCKSTEP_VAR_EXTRA", ""}};
  config::Flags flags;
  flags.variables = {"size=30", "note=a=b"};
  CHECK(good(yaml, environment, flags).variables == Environment{{"region", "eu"},
                                                                {"size", "30"},
                                                                {"owner", "App Owner"},
                                                                {"extra", ""},
                                                                {"note", "a=b"}});
  CHECK(good(yaml, environment).variables.at("size") == "20");
}

TEST_CASE("variables that cannot be are told where they stand") {
  config::Flags flags;
  flags.variables = {"region", "schema=x"};
  CHECK(bad("variables: {schema: a, Big: b, lines: \"a\\nb\", nested: \"$${x}\", list: [a]}\n",
            {{"LOCKSTEP_VAR_1", "x"}}, flags) ==
        Strings{
            "lockstep.yaml:1:13: ${schema} is always the tenant's own schema\n"
            "  give the variable another name",
            "lockstep.yaml:1:24: \"Big\" cannot be a variable's name\n"
            "  write letters a to z, digits and underscores, a letter first",
            "lockstep.yaml:1:39: the value of variable lines has a line break or control character "
            "in it\n"
            "  a variable stands for one name, number or text on one line",
            "lockstep.yaml:1:55: the value of variable nested has a \"${\" in it\n"
            "  variables do not stand for one another",
            "lockstep.yaml:1:70: \"list\" of variables needs a single value, here is a list",
            "LOCKSTEP_VAR_1: \"1\" cannot be a variable's name\n"
            "  write letters a to z, digits and underscores, a letter first",
            "--var: \"region\" is not of the form NAME=VALUE\n  for example: --var region=eu",
            "--var: ${schema} is always the tenant's own schema\n  give the variable another name",
        });
}

TEST_CASE("a password never reaches a message") {
  for (const std::string yaml :
       {"database: postgres://u:s3cret@h/d\nx: 1\n", "database: [postgres://u:s3cret@h/d, b]\n",
        "database: {query: s3cret}\n", "database: postgres://u:s3cret@${H}/d\n"}) {
    for (const std::string& line : bad(yaml)) {
      CHECK_THAT(line, !Catch::Matchers::ContainsSubstring("s3cret"));
    }
  }
}

TEST_CASE("the example file loads, names every key and shows the defaults") {
  const std::string example = config::example_file();
  const auto o = good(example, {{"DATABASE_URL", "dbname=x"}});
  CHECK(o.tenants.pattern == "tenant_*");
  for (const config::Setting& setting : config::settings()) {
    CAPTURE(setting.key);
    CHECK_THAT(example, Catch::Matchers::ContainsSubstring(std::string(setting.key) + ":"));
  }
  std::string uncommented;
  std::size_t begin = 0;
  for (std::size_t end = example.find('\n'); end != std::string::npos;
       end = example.find('\n', begin)) {
    std::string line = example.substr(begin, end - begin);
    begin = end + 1;
    const bool is_section_of_interest =
        line.rfind("# locks:", 0) == 0 || line.rfind("# backfill:", 0) == 0 ||
        line.rfind("#   ", 0) == 0 || line.rfind("# variables:", 0) == 0 ||
        line.rfind("# rollout:", 0) == 0;
    uncommented += (is_section_of_interest ? line.substr(2) : line) + "\n";
  }
  const auto shown = good(uncommented, {{"DATABASE_URL", "dbname=x"}});
  CHECK(shown.rollout.waves.size() == 3);
  const config::Options defaults;
  CHECK(shown.rollout.jobs == defaults.rollout.jobs);
  CHECK(shown.rollout.wait == defaults.rollout.wait);
  CHECK(shown.locks.lock_timeout == defaults.locks.lock_timeout);
  CHECK(shown.locks.direct_below == defaults.locks.direct_below);
  CHECK(shown.backfill.max_replica_lag == defaults.backfill.max_replica_lag);
}
