#include "latent/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "support/data_files.h"

using namespace latent;
using namespace latent::test;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  const Bytes bytes = get_file(path);
  return {bytes.begin(), bytes.end()};
}

void write_text(const fs::path& path, const std::string& text) {
  write_atomically(path, [&](std::ostream& out) { out << text; });
}

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Files may not grow beyond this: what a full disk does to a write, without filling one.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small = {bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_ = {};
  void (*before_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a file is written whole, with its missing folders, and nothing beside it", "[io]") {
  const ScratchFolder folder;
  const fs::path path = folder / "a/b/run.txt";
  write_text(path, "first");
  write_text(path, "second");
  CHECK(text_of(path) == "second");
  CHECK(entries_in(path.parent_path()) == 1);
}

TEST_CASE("a large file survives the buffer, and tellp tells its length", "[io]") {
  const ScratchFolder folder;
  const std::string block(100'000, 'x');
  std::streamoff told = 0;
  write_atomically(folder / "large", [&](std::ostream& out) {
    for (int i = 0; i < 5; ++i) out << 'a' << block;
    told = out.tellp();
  });
  CHECK(told == 500'005);
  CHECK(fs::file_size(folder / "large") == 500'005);
}

TEST_CASE("a writer that throws leaves the old file and nothing beside it", "[io]") {
  const ScratchFolder folder;
  write_text(folder / "run", "old");
  CHECK_THROWS_AS(write_atomically(folder / "run",
                                   [](std::ostream& out) {
                                     out << "half";
                                     throw std::runtime_error("no more");
                                   }),
                  std::runtime_error);
  CHECK(text_of(folder / "run") == "old");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("a full disk is a sentence, and the old file stays", "[io]") {
  const ScratchFolder folder;
  write_text(folder / "run", "old");
  const Error error = [&] {
    const SmallDisk disk(10'000);
    return error_of([&] { write_text(folder / "run", std::string(1'000'000, 'x')); });
  }();
  CHECK(error.code() == ErrorCode::WriteFailed);
  CHECK(missing_from(error.what(), {"Cannot write", (folder / "run").string()}).empty());
  CHECK(text_of(folder / "run") == "old");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("a path that cannot be written is named with its reason", "[io]") {
  const ScratchFolder folder;
  write_text(folder / "file", "x");
  const Error below_a_file = error_of([&] { write_text(folder / "file/below", "y"); });
  CHECK(below_a_file.code() == ErrorCode::WriteFailed);
  CHECK(missing_from(below_a_file.what(), {"file/below", "directory"}).empty());

  fs::create_directory(folder / "directory");
  const Error over_a_folder = error_of([&] { write_text(folder / "directory", "y"); });
  CHECK(missing_from(over_a_folder.what(), {"Is a directory"}).empty());
  CHECK(error_of([&] { write_text("", "y"); }).code() == ErrorCode::WriteFailed);
}

TEST_CASE("replacing a file keeps its permissions and follows a link", "[io]") {
  const ScratchFolder folder;
  write_text(folder / "real", "old");
  ::chmod((folder / "real").c_str(), 0640);
  fs::create_symlink("real", folder / "link");
  write_text(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(text_of(folder / "real") == "new");
  CHECK((fs::status(folder / "real").permissions() & fs::perms::all) == fs::perms(0640));
}
