#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "child_process.h"
#include "lockstep/sandbox/traffic.h"
#include "scene.h"
#include "tests/support/catch.h"

// The real program, killed with SIGKILL again and again while it migrates, and started again until
// it is done, while the application goes on writing: the end must be that of a run which nobody
// disturbed, and nothing may have run twice, or not at all.

namespace lockstep::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kUsualKills = 30;
/// Then it may finish, and another database is begun.
constexpr int kMostKillsOfOneDatabase = 50;
/// A run that is not done after this long hangs.
constexpr std::chrono::seconds kPatience{120};

/// Taken out of the environment, where the program would refuse it as a setting that it does not
/// know.
int take_wanted_kills() {
  const char* text = std::getenv("LOCKSTEP_KILLS");
  const int kills = text == nullptr ? kUsualKills : std::max(1, std::atoi(text));
  unsetenv("LOCKSTEP_KILLS");
  return kills;
}

struct Figures {
  int kills = 0;
  int storms = 0;
  /// From the start of a run after a kill until it moved on in the ledger.
  milliseconds slowest_resume{0};
};

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::filesystem::path output_file(const Scene& scene) {
  return scene.folder() / "output";
}

std::vector<std::string> apply_command() {
  return {LOCKSTEP_PROGRAM, "apply", "--phase", "all", "--yes", "--color", "never"};
}

/// When to kill: decided before the run from the generator, so that a seed repeats its storm.
class Moment {
 public:
  explicit Moment(std::mt19937& generator)
      : kind_(static_cast<Kind>(generator() % 4)),
        changes_(1 + static_cast<int>(generator() % 6)),
        delay_(generator() % 60) {}

  static Moment never() { return Moment(); }

  /// Whether it has come. `changes`: how often the ledger changed in this run so far.
  bool has_come(Scene& scene, Clock::time_point started, int changes) {
    switch (kind_) {
      case Kind::kLedgerChange:
        return changes >= changes_;
      case Kind::kAfterLedgerChange:
        if (changes < changes_) return false;
        if (!seen_) seen_ = Clock::now();
        return Clock::now() - *seen_ >= delay_;
      case Kind::kIndexBuild:
        // Where no build is left to come, at whatever else it does.
        return scene.somebody_runs("%index concurrently%") || changes >= 4 * changes_;
      case Kind::kAnyTime:
        return Clock::now() - started >= delay_ * 15;
      case Kind::kNever:
        break;
    }
    return false;
  }

 private:
  enum class Kind { kLedgerChange, kAfterLedgerChange, kIndexBuild, kAnyTime, kNever };

  Moment() = default;

  Kind kind_ = Kind::kNever;
  int changes_ = 0;
  milliseconds delay_{0};
  std::optional<Clock::time_point> seen_;
};

/// Starts the program and kills it at the moment. The exit code if it was done before.
std::optional<int> run_until(Moment moment, Scene& scene, Figures& figures) {
  const auto started = Clock::now();
  std::string last = scene.progress();
  ChildProcess child(apply_command(), scene.folder(), output_file(scene));
  int changes = 0;
  while (Clock::now() - started < kPatience) {
    if (const std::optional<int> code = child.exit_code()) return code;
    std::string now = scene.progress();
    if (now != last) {
      if (changes == 0 && figures.kills > 0 && !last.empty()) {
        figures.slowest_resume =
            std::max(figures.slowest_resume,
                     std::chrono::duration_cast<milliseconds>(Clock::now() - started));
      }
      ++changes;
      last = std::move(now);
    }
    if (moment.has_come(scene, started, changes)) {
      figures.kills += child.kill() ? 1 : 0;
      return child.exit_code();
    }
  }
  FAIL("the program hangs; it printed:\n" << slurp(output_file(scene)));
  return std::nullopt;
}

/// Kills until the program is done before its moment has come, or `kills` are reached.
void storm(std::mt19937& generator, Scene& scene, int kills, Figures& figures) {
  std::optional<int> code;
  while (!code) {
    code = run_until(figures.kills < kills ? Moment(generator) : Moment::never(), scene, figures);
  }
  INFO(slurp(output_file(scene)));
  REQUIRE(*code == 0);
  ++figures.storms;
}

/// What the application does meanwhile: it holds a row for a moment, and writes a column of which
/// no migration knows.
sandbox::Request see_an_item(std::mt19937_64& random) {
  const bool large = random() % 2 == 0;
  const std::uint64_t tenant = large ? 1 : 2 + random() % (Scene::kTenants - 1);
  return {fmt::format("begin; update tenant_{}.items set seen = seen + 1 where id = {};"
                      "select pg_sleep(0.003); commit",
                      tenant, 1 + random() % (large ? Scene::kLargeTenantRows : 80)),
          "see an item"};
}

/// Only storms have it; what the rows are in the end is the same.
class Application {
 public:
  explicit Application(Scene& scene) : traffic_(scene.db().database(), see_an_item, options()) {}

  void stop() {
    const sandbox::TrafficReport report = traffic_.stop();
    CHECK(report.requests > 0);
    for (const std::string& failure : report.failures) FAIL_CHECK("the application: " << failure);
  }

 private:
  static sandbox::TrafficOptions options() {
    sandbox::TrafficOptions options;
    options.clients = 3;
    options.think_time = std::chrono::microseconds(500);
    return options;
  }

  sandbox::Traffic traffic_;
};

void check_nothing_left_behind(Scene& scene) {
  CHECK(scene.left_alone());
  CHECK(scene.db().ask("select count(*) from pg_locks where locktype = 'advisory'") == "0");
  CHECK(scene.db().ask("select count(*) from pg_index where not indisvalid") == "0");
  CHECK(scene.db().ask("select count(*) from pg_constraint where not convalidated") == "0");
}

void check_each_row_changed_once(Scene& scene) {
  for (int i = 1; i <= Scene::kTenants; ++i) {
    INFO("tenant " << i);
    CHECK(scene.db().ask(
              fmt::format("select count(*) from tenant_{}.items where changes <> 1", i)) == "0");
  }
}

TEST_CASE("killed again and again, the program ends where an undisturbed run does") {
  const int wanted = take_wanted_kills();
  Scene calm;
  {
    ChildProcess child(apply_command(), calm.folder(), output_file(calm));
    std::optional<int> code;
    const auto started = Clock::now();
    while (!(code = child.exit_code()) && Clock::now() - started < kPatience) {
      calm.progress();
    }
    INFO(slurp(output_file(calm)));
    REQUIRE(code.value_or(-1) == 0);
  }
  check_nothing_left_behind(calm);
  check_each_row_changed_once(calm);
  const auto structure = calm.structure();
  const auto fingerprints = calm.fingerprints();
  const auto rows = calm.rows();
  const std::string ledger = calm.ledger();

  Figures figures;
  while (figures.kills < wanted) {
    std::mt19937 generator(static_cast<unsigned>(figures.storms + 1));
    Scene scene;
    INFO("storm " << figures.storms + 1);
    Application application(scene);
    storm(generator, scene, std::min(wanted, figures.kills + kMostKillsOfOneDatabase), figures);
    application.stop();
    check_nothing_left_behind(scene);
    check_each_row_changed_once(scene);
    CHECK(scene.structure() == structure);
    CHECK(scene.fingerprints() == fingerprints);
    CHECK(scene.rows() == rows);
    CHECK(scene.ledger() == ledger);
  }
  WARN(fmt::format("{} kills in {} database(s); the slowest resume took {} ms", figures.kills,
                   figures.storms, figures.slowest_resume.count()));
}

}  // namespace
}  // namespace lockstep::test
