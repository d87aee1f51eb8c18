#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "data/fetch_known_files.h"
#include "io/sha256.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;
namespace fs = std::filesystem;

namespace {

/// A tiny data set, a folder with its files as a mirror has them, and programs called curl and npm
/// that take them from there: the network, for a test.
struct World {
  ScratchFolder folder;
  ScopedVariable path{"PATH", (folder / "bin").string() + ":/usr/bin:/bin"};
  FetchPlan plan;

  World() {
    const Bytes images = idx_file({10, 2, 2}, counting(40));
    const Bytes labels = idx_file({10}, Bytes(10, 1));
    plan.title = "Tiny";
    plan.files = {{"train-images", sha256_hex(images)},
                  {"train-labels", sha256_hex(labels)},
                  {"test-images", sha256_hex(images)},
                  {"test-labels", sha256_hex(labels)}};
    plan.destination = folder / "data/tiny";
    plan.mirrors = {"https://one.example/"};
    plan.npm_package = "tiny-data@1.0.0";
    plan.npm_folder = "package/data";
    for (const KnownFile* file : plan.files.all()) {
      const Bytes& bytes = file->name.find("images") != std::string::npos ? images : labels;
      put_file(folder / "mirror" / (file->name + ".gz"), gzip(bytes));
      put_file(folder / "plain/package/data" / file->name, bytes);
    }
    program("curl", "echo 'curl: (6) Could not resolve host: one.example' >&2; exit 6");
    program("npm",
            "echo 'npm error code ENOTFOUND' >&2; echo 'npm error no such host.' >&2; exit 1");
  }
  void program(const std::string& name, const std::string& script) {
    const std::string text = "#!/bin/sh\n" + script + "\n";
    put_file(folder / "bin" / name, Bytes(text.begin(), text.end()));
    ::chmod((folder / "bin" / name).c_str(), 0755);
  }
  void working_curl() {
    program("curl",
            "while [ $# -gt 1 ]; do [ \"$1\" = --output ] && out=$2; shift; done\n"
            "exec cp " +
                (folder / "mirror").string() + "/$(basename \"$1\") \"$out\"");
  }
  void working_npm() {
    program("npm", "exec tar -czf tiny-data-1.0.0.tgz -C " + (folder / "plain").string() +
                       " --format=ustar package");
  }
  bool complete() const {
    for (const KnownFile* file : plan.files.all()) {
      const fs::path path = plan.destination / file->name;
      if (!fs::exists(path) || sha256_hex(get_file(path)) != file->sha256) return false;
    }
    return true;
  }
  /// Nothing but the data set's folder, if that.
  bool tidy() const {
    if (!fs::exists(folder / "data")) return true;
    for (const auto& entry : fs::directory_iterator(folder / "data")) {
      if (entry.path().filename() != "tiny") return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("a mirror brings the files, checked and unpacked", "[data]") {
  World world;
  world.working_curl();
  fetch_known_files(world.plan, {}, {});
  CHECK(world.complete());
  CHECK(world.tidy());
}

TEST_CASE("where the mirrors fail, npm brings the files", "[data]") {
  World world;
  world.working_npm();
  std::string ways;
  fetch_known_files(world.plan, [&](auto, auto, const std::string& what) { ways += what + "\n"; },
                    {});
  CHECK(world.complete());
  CHECK(world.tidy());
  CHECK(missing_from(ways, {"one.example", "npm"}).empty());
}

TEST_CASE("a copy elsewhere is taken before the network is asked", "[data]") {
  World world;
  world.plan.copies = {world.folder / "nowhere", world.folder / "mirror"};
  fetch_known_files(world.plan, {}, {});
  CHECK(world.complete());
}

TEST_CASE("what is there and whole is not fetched again; what is damaged is", "[data]") {
  World world;
  world.working_curl();
  fetch_known_files(world.plan, {}, {});
  world.program("curl", "exit 1");
  fetch_known_files(world.plan, {}, {});
  put_file(world.plan.destination / "test-labels", {1, 2});
  CHECK_THROWS_AS(fetch_known_files(world.plan, {}, {}), Error);
  world.working_curl();
  fetch_known_files(world.plan, {}, {});
  CHECK(world.complete());
}

TEST_CASE("a failed fetch names every way and why, and leaves what was there", "[data]") {
  World world;
  put_file(world.plan.destination / "train-images", {7});
  world.plan.copies = {world.folder / "copy"};
  for (const KnownFile* file : world.plan.files.all()) {
    put_file(world.folder / "copy" / file->name, idx_file({1}, {1}));
  }
  const Error error = error_of([&] { fetch_known_files(world.plan, {}, {}); });
  CHECK(error.code() == ErrorCode::NetworkFailed);
  CHECK(missing_from(error.what(),
                     {"Tiny", (world.folder / "copy").string(), "one.example",
                      "Could not resolve host", "tiny-data@1.0.0", "no such host (ENOTFOUND)"})
            .empty());
  CHECK(get_file(world.plan.destination / "train-images") == Bytes{7});
  CHECK(world.tidy());
}

TEST_CASE("programs that are not installed are named", "[data]") {
  World world;
  fs::remove_all(world.folder / "bin");
  const ScopedVariable path("PATH", (world.folder / "bin").string());
  const Error error = error_of([&] { fetch_known_files(world.plan, {}, {}); });
  CHECK(missing_from(error.what(), {"curl is not installed", "npm is not installed"}).empty());
}

TEST_CASE("a file that is not the original is refused, whoever brings it", "[data]") {
  World world;
  world.working_curl();
  put_file(world.folder / "mirror/test-labels.gz", gzip(idx_file({10}, Bytes(10, 2))));
  const Error error = error_of([&] { fetch_known_files(world.plan, {}, {}); });
  CHECK(missing_from(error.what(), {"test-labels is not the original file"}).empty());
  CHECK(!fs::exists(world.plan.destination));
}

TEST_CASE("a package that is cut short, or lacks a file, is named", "[data]") {
  World world;
  fs::remove(world.folder / "plain/package/data/test-labels");
  world.working_npm();
  CHECK(missing_from(error_of([&] { fetch_known_files(world.plan, {}, {}); }).what(),
                     {"holds no whole test-labels"})
            .empty());
  world.program("npm", "printf '\\037\\213garbage' > tiny.tgz");
  CHECK(error_of([&] { fetch_known_files(world.plan, {}, {}); }).code() ==
        ErrorCode::NetworkFailed);
  world.program("npm", "exit 0");
  CHECK(missing_from(error_of([&] { fetch_known_files(world.plan, {}, {}); }).what(),
                     {"npm brought no package"})
            .empty());
}

TEST_CASE("cancelling kills the program that fetches, at once", "[data]") {
  World world;
  const fs::path survivor = world.folder / "survived";
  world.program("curl", "(sleep 1; touch " + survivor.string() + ") & sleep 60");
  std::stop_source stop;
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const Error error = error_of([&] { fetch_known_files(world.plan, {}, stop.get_token()); });
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(900));
  CHECK(error.code() == ErrorCode::Cancelled);
  CHECK(world.tidy());
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  CHECK(!fs::exists(survivor));
}

TEST_CASE("a data folder that cannot be written is a sentence", "[data]") {
  World world;
  world.working_curl();
  put_file(world.folder / "data", {1});
  const Error error = error_of([&] { fetch_known_files(world.plan, {}, {}); });
  CHECK(error.code() == ErrorCode::WriteFailed);
  CHECK(missing_from(error.what(), {(world.folder / "data").string()}).empty());
}
