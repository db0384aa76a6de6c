#include "survey.h"

#include "tests/support/catch.h"

namespace lockstep::fleet {
namespace {

using database::MigrationState;
using Names = std::vector<std::string>;

/// Files without content: what counts here is who they are.
class FolderOf {
 public:
  explicit FolderOf(const Names& keys) {
    migrations_.reserve(keys.size());
    for (const std::string& key : keys) {
      migration::Migration file;
      file.id = core::MigrationId::from_key(key);
      file.file = key + ".sql";
      file.checksum = "sum";
      migrations_.push_back(std::move(file));
      files_.push_back({});
      files_.back().migration = &migrations_.back();
    }
  }
  const Files& files() const { return files_; }
  void share(const std::string& key) {
    for (migration::Migration& file : migrations_) {
      if (file.id == core::MigrationId::from_key(key)) {
        file.scope = core::Scope::kShared;
      }
    }
  }

 private:
  std::vector<migration::Migration> migrations_;
  Files files_;
};

database::Profile profile(std::vector<database::TenantMigration> rows) {
  database::Profile made;
  made.migrations = std::move(rows);
  made.tenants = {{1, "acme", 100}};
  return made;
}

TEST_CASE("a tenant's progress is what its rows leave of the files") {
  const FolderOf folder({"0001", "0002", "0003", "0004", "R:views"});
  const Progress progress =
      progress_of(profile({{"0001", MigrationState::kBaseline, "sum", ""},
                           {"0002", MigrationState::kExpanded, "sum", "list"},
                           {"0003", MigrationState::kRunning, "sum", "list"},
                           {"R:views", MigrationState::kDone, "older", "list"}}),
                  folder.files(), core::Scope::kTenant);
  CHECK(progress.pending == Names{"0004", "R:views"});
  CHECK(progress.running == Names{"0003"});
  CHECK(progress.expanded == Names{"0002"});
  CHECK(progress.version == "0001");
  CHECK(progress.newest == "0002");
  CHECK_FALSE(reached(progress, PhaseChoice::kAll));
}

TEST_CASE("7 and 0007 are the same migration, and 10 is later than 9") {
  const FolderOf folder({"0007", "9", "10"});
  const Progress progress = progress_of(profile({{"7", MigrationState::kDone, "sum", "list"},
                                                 {"10", MigrationState::kDone, "sum", "list"}}),
                                        folder.files(), core::Scope::kTenant);
  CHECK(progress.pending == Names{"9"});
  CHECK(progress.version == "7");
  CHECK(progress.newest == "10");
}

TEST_CASE("a half-done migration without a file is still to be finished") {
  const FolderOf folder({});
  const Progress progress =
      progress_of(profile({{"0001", MigrationState::kExpanded, "sum", "list"}}), folder.files(),
                  core::Scope::kTenant);
  CHECK(progress.expanded == Names{"0001"});
}

TEST_CASE("edited, deleted and late files are told apart, and each says what to do") {
  const FolderOf folder({"0001", "0002", "R:views"});
  Survey survey;
  survey.ledger = true;
  survey.profiles = {profile({{"0002", MigrationState::kDone, "other", "list"}})};
  database::RecordedMigration edited{"0002", "two", core::Scope::kTenant, "other", "", true, true};
  database::RecordedMigration deleted{"0000", "zero", core::Scope::kTenant, "sum", "", true, true};
  database::RecordedMigration never{"0009", "nine", core::Scope::kTenant, "sum", "", false};
  database::RecordedMigration view{"R:views", "views", core::Scope::kTenant, "other", "", true};
  // Steps that are stored and not more bind nobody to the file.
  database::RecordedMigration stored{"0008", "eight", core::Scope::kTenant, "sum", "", true};
  survey.recorded = {edited, deleted, never, view, stored};

  const std::vector<FileVerdict> verdicts = judge_files(survey, folder.files(), false);
  REQUIRE(verdicts.size() == 3);
  CHECK(verdicts[0].kind == FileVerdict::Kind::kEdited);
  CHECK(verdicts[0].file == "0002.sql");
  CHECK(verdicts[1].kind == FileVerdict::Kind::kDeleted);
  CHECK(verdicts[1].migration == "0000");
  CHECK(verdicts[2].kind == FileVerdict::Kind::kOutOfOrder);
  CHECK(verdicts[2].migration == "0001");
  CHECK(judge_files(survey, folder.files(), true).size() == 2);
  CHECK_THAT(as_refusals(verdicts)[2].remedy, Catch::Matchers::ContainsSubstring("--out-of-order"));
}

database::TenantMigration stored_only(const std::string& key, MigrationState state,
                                      const std::string& checksum) {
  return {key, state, checksum, "list", false};
}

TEST_CASE("what is stored and not begun is planned anew once it, or one before it, is edited") {
  const FolderOf folder({"0001", "0002", "0003", "R:views"});
  const auto look = [&](const std::string& second, const std::string& view) {
    return progress_of(profile({{"0001", MigrationState::kDone, "sum", "list"},
                                stored_only("0002", MigrationState::kRunning, second),
                                stored_only("0003", MigrationState::kExpanded, "sum"),
                                stored_only("R:views", MigrationState::kRunning, view)}),
                       folder.files(), core::Scope::kTenant);
  };
  const Progress as_stored = look("sum", "sum");
  CHECK(as_stored.pending.empty());
  CHECK(as_stored.running == Names{"0002", "R:views"});
  CHECK(as_stored.expanded == Names{"0003"});
  const Progress edited = look("older", "sum");
  CHECK(edited.pending == Names{"0002", "0003", "R:views"});
  CHECK(edited.running.empty());
  CHECK(edited.expanded.empty());
  CHECK(edited.newest == "0001");
  CHECK(look("sum", "older").pending == Names{"R:views"});
}

TEST_CASE("an edit of what nobody has begun needs nobody's word") {
  const FolderOf folder({"0001", "0002"});
  Survey survey;
  survey.profiles = {profile({{"0001", MigrationState::kRunning, "older", "list"},
                              stored_only("0002", MigrationState::kRunning, "older")})};
  survey.recorded = {{"0001", "one", core::Scope::kTenant, "older", "", true, true},
                     {"0002", "two", core::Scope::kTenant, "older", "", true, false}};
  const std::vector<FileVerdict> verdicts = judge_files(survey, folder.files(), false);
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].migration == "0001");
  CHECK_THAT(verdicts[0].message,
             Catch::Matchers::ContainsSubstring("1 tenant is half way (acme)"));
}

TEST_CASE("a phase is reached when nothing of it is left") {
  Progress pending;
  pending.pending = {"0002"};
  Progress running;
  running.running = {"0002"};
  Progress expanded;
  expanded.expanded = {"0001"};
  for (const PhaseChoice phase :
       {PhaseChoice::kExpand, PhaseChoice::kContract, PhaseChoice::kAll}) {
    CHECK(reached({}, phase));
    CHECK_FALSE(reached(running, phase));
    CHECK(reached(pending, phase) == (phase == PhaseChoice::kContract));
    CHECK(reached(expanded, phase) == (phase == PhaseChoice::kExpand));
  }
}

TEST_CASE("a shared file is late as soon as a tenant has a later version") {
  FolderOf folder({"0001", "0003"});
  folder.share("0001");
  Survey survey;
  survey.profiles = {profile({{"0003", MigrationState::kExpanded, "sum", "list"}})};
  const std::vector<FileVerdict> verdicts = judge_files(survey, folder.files(), false);
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0].migration == "0001");
  CHECK_THAT(verdicts[0].message, Catch::Matchers::ContainsSubstring("acme"));
  CHECK(short_of(PhaseChoice::kExpand, survey, goal_of(folder.files(), nullptr)) ==
        std::set<std::string>{""});
  CHECK(short_of(PhaseChoice::kAll, survey, goal_of(folder.files(), nullptr)) ==
        std::set<std::string>{"", "acme"});
}

}  // namespace
}  // namespace lockstep::fleet
