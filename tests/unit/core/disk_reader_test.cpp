#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/error.h"
#include "lockstep/core/file_reader.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using lockstep::core::disk_reader;
using lockstep::core::InvalidInput;

namespace {

/// An empty folder that goes away with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (fs::temp_directory_path() / "lockstep-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  void write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("a file is read byte for byte") {
  const TemporaryFolder folder;
  std::string bytes("a\r\n\0\xff", 5);
  bytes.append(200'000, 'x');
  folder.write("some.sql", bytes);
  CHECK(disk_reader()->read(folder / "some.sql") == bytes);
}

TEST_CASE("an empty file is not an absent one") {
  const TemporaryFolder folder;
  folder.write("empty.sql", "");
  CHECK(disk_reader()->read(folder / "empty.sql") == "");
  CHECK(disk_reader()->read(folder / "absent.sql") == std::nullopt);
  CHECK(disk_reader()->read(folder / "empty.sql/below") == std::nullopt);
}

TEST_CASE("what exists and is no file is invalid input, by its path") {
  const TemporaryFolder folder;
  try {
    static_cast<void>(disk_reader()->read(folder.path()));
    FAIL("a folder was read as a file");
  } catch (const InvalidInput& error) {
    REQUIRE(error.problems().size() == 1);
    CHECK(error.problems().front().where.file == folder.path());
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("cannot be read: "));
  }
}

TEST_CASE("a list has the regular files, sorted by bytes") {
  const TemporaryFolder folder;
  for (const auto* name : {"b.sql", "B.sql", "a.sql", "10.sql", "9.sql", "\xc3\xa4.sql"}) {
    folder.write(name, "");
  }
  fs::create_directory(folder / "repeatable");
  fs::create_symlink("a.sql", folder / "link.sql");
  fs::create_symlink("nowhere", folder / "dangling.sql");
  CHECK(disk_reader()->list(folder.path()) == std::vector<std::string>{"10.sql", "9.sql", "B.sql",
                                                                       "a.sql", "b.sql", "link.sql",
                                                                       "\xc3\xa4.sql"});
}

TEST_CASE("an empty folder is not an absent one") {
  const TemporaryFolder folder;
  folder.write("file", "");
  CHECK(disk_reader()->list(folder / "absent") == std::nullopt);
  CHECK(disk_reader()->list(folder / "file") == std::nullopt);
  fs::create_directory(folder / "empty");
  CHECK(disk_reader()->list(folder / "empty") == std::vector<std::string>{});
}
