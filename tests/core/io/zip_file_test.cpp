#include "latent/zip_file.h"

#include <algorithm>
#include <filesystem>

#include "latent/error.h"
#include "support/catch.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

namespace {

std::string noise(std::size_t size) {
  std::string text;
  std::uint32_t state = 7;
  while (text.size() < size)
    text += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  return text;
}

}  // namespace

TEST_CASE("what is put into an archive, packed or as a file, comes out of it", "[io]") {
  const ScratchFolder folder;
  const std::string random = noise(70'000);
  const std::string plain(50'000, 'x');
  put_file(folder / "weights", Bytes(random.begin(), random.end()));
  write_zip(folder / "a.zip", {{"main.json", {}, plain, true},
                               {"runs/1/run", folder / "weights", {}},
                               {"empty", {}, "", true}});
  CHECK(std::filesystem::file_size(folder / "a.zip") < 72'000);
  const ZipFile archive(folder / "a.zip");
  CHECK(archive.contains("runs/1/run"));
  CHECK_FALSE(archive.contains("runs/2/run"));
  CHECK(archive.read("main.json") == plain);
  CHECK(archive.read("runs/1/run") == random);
  CHECK(archive.read("empty").empty());
  archive.extract("runs/1/run", folder / "out" / "run");
  CHECK(get_file(folder / "out" / "run") == get_file(folder / "weights"));
  CHECK_THROWS_AS(archive.read("runs/2/run"), Error);
}

TEST_CASE("the same sources make the same bytes", "[io]") {
  const ScratchFolder folder;
  for (const char* name : {"a", "b"}) write_zip(folder / name, {{"x", {}, noise(999), true}});
  CHECK(get_file(folder / "a") == get_file(folder / "b"));
}

TEST_CASE("an archive that was cut short anywhere is refused, never read in part", "[io]") {
  const ScratchFolder folder;
  write_zip(folder / "whole",
            {{"main.json", {}, std::string(300, 'j'), true}, {"run", {}, noise(500)}});
  const Bytes whole = get_file(folder / "whole");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put_file(folder / "part", Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
    CHECK_THROWS_AS(ZipFile(folder / "part"), Error);
  }
}

TEST_CASE("a member whose bytes have changed is refused", "[io]") {
  const ScratchFolder folder;
  write_zip(folder / "whole", {{"run", {}, noise(500)}});
  Bytes bytes = get_file(folder / "whole");
  bytes[100] ^= 1;
  put_file(folder / "whole", bytes);
  CHECK_THROWS_AS(ZipFile(folder / "whole").read("run"), Error);
}

TEST_CASE("a file that belongs into an archive and is not there is a sentence", "[io]") {
  const ScratchFolder folder;
  put_file(folder / "old", Bytes{'o', 'l', 'd'});
  CHECK_THROWS_AS(write_zip(folder / "old", {{"run", folder / "none", {}}}), Error);
  CHECK(get_file(folder / "old").size() == 3);
}
