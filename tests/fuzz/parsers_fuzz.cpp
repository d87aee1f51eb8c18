// Damages good files at random and gives them to the parsers. A parser may refuse a file only by
// latent::Error; a crash, another exception, or an input that takes seconds ends the program with
// the seed and number that bring it back. Meant to run under the sanitizers:
//   parsers_fuzz [--seconds S] [--seed N] [--only NAME] [--first N]

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "data/idx.h"
#include "data/npz.h"
#include "fuzz/mutation.h"
#include "io/deflate.h"
#include "io/picture_codecs.h"
#include "io/safetensors.h"
#include "io/tar.h"
#include "latent/error.h"
#include "support/file_builders.h"

// Set where a sanitizer is linked in.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using namespace latent;
using fuzz::Bytes;
using Clock = std::chrono::steady_clock;

struct Target {
  std::string name;
  std::vector<Bytes> seeds;
  std::function<void(const Bytes&)> parse;
};

/// Which input is being tried: told when the program dies.
struct {
  std::array<char, 32> target = {};
  std::uint64_t seed = 0;
  std::uint64_t number = 0;
} current;

void tell_current() {
  std::array<char, 160> line = {};
  const int length = std::snprintf(
      line.data(), line.size(), "\nto see it again: --only %s --seed %llu --first %llu\n",
      current.target.data(), static_cast<unsigned long long>(current.seed),
      static_cast<unsigned long long>(current.number));
  if (::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(length)) < 0) return;
}

void on_signal(int signal) {
  tell_current();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes text_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

Bytes tar_file() {
  const Bytes content = test::counting(600);
  Bytes header(512);
  const auto put = [&](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, "data/file");
  put(124, "00000001130");
  header[156] = '0';
  put(257, "ustar");
  put(345, "package");
  return joined({header, content, Bytes(1024 - 600 + 1024)});
}

Bytes safetensors_file() {
  const std::string header =
      R"({"__metadata__":{"config":"{}"},"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("steps":{"dtype":"I64","shape":[1],"data_offsets":[24,32]}})";
  Bytes length(8);
  length[0] = static_cast<std::uint8_t>(header.size());
  return joined({length, text_bytes(header), test::counting(32)});
}

void parse_safetensors(const Bytes& bytes) {
  // The reader takes a path: a file in memory has one.
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) < 0) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  try {
    const SafetensorsFile parsed = SafetensorsFile::read(path);
    for (const auto& [name, entry] : parsed.tensors()) {
      parsed.tensor(name, entry.type, entry.shape);
    }
  } catch (...) {
    ::close(file);
    throw;
  }
  ::close(file);
}

std::vector<Target> targets() {
  using namespace test;
  const Bytes images = idx_file({20, 4, 5}, counting(400));
  const Bytes labels = idx_file({20}, Bytes(20, 2));
  const Bytes x = npy_file("|u1", "(20, 4, 5)", counting(400));
  const Bytes y = npy_file("<i8", "(20,)", Bytes(160));
  const Bytes floats = npy_file("<f4", "(5, 2, 2, 3)", Bytes(240));
  const std::filesystem::path data = LATENT_TEST_DATA;
  return {
      {"idx",
       {images, labels, gzip(images)},
       [](const Bytes& bytes) { dataset_from_idx(parse_idx(bytes, "x"), "x", nullptr, "", 0); }},
      {"idx-pair",
       {joined({labels, images})},
       [label_bytes = labels.size()](const Bytes& bytes) {
         const auto middle =
             bytes.begin() + static_cast<std::ptrdiff_t>(std::min(label_bytes, bytes.size()));
         const IdxArray label_array = parse_idx(Bytes(bytes.begin(), middle), "y");
         dataset_from_idx(parse_idx(Bytes(middle, bytes.end()), "x"), "x", &label_array, "y", 0);
       }},
      {"gzip",
       {gzip(counting(3000)), joined({gzip(images), gzip(labels)})},
       [](const Bytes& bytes) { gunzip(bytes, 1 << 20, "x"); }},
      {"npz",
       {zip_file({{"x.npy", x}, {"y.npy", y}}, true), zip_file({{"x.npy", x}, {"y.npy", y}}, false),
        zip_file({{"x.npy", floats}}, false)},
       [](const Bytes& bytes) { dataset_from_npz(bytes, "x"); }},
      {"npy-images",
       {x, floats},
       [](const Bytes& bytes) {
         dataset_from_npz(zip_file({{"x.npy", bytes}}, false), "x");
       }},
      {"npy-labels",
       {y},
       [x](const Bytes& bytes) {
         dataset_from_npz(zip_file({{"x.npy", x}, {"y.npy", bytes}}, false), "x");
       }},
      {"png",
       {get_file(data / "half-transparent.png")},
       [](const Bytes& bytes) { decode_png(bytes, true, "x"); }},
      {"jpeg",
       {get_file(data / "red-blue.jpg"), get_file(data / "cmyk.jpg")},
       [](const Bytes& bytes) {
         decode_jpeg(bytes, true, "x");
         decode_jpeg(bytes, false, "x", 8);
       }},
      {"tar", {tar_file()}, [](const Bytes& bytes) { tar_member(bytes, "package/data/file"); }},
      {"safetensors", {safetensors_file()}, parse_safetensors},
  };
}

Bytes input(const Target& target, std::uint64_t seed, std::uint64_t number) {
  RandomStream random(seed * 0x9e3779b97f4a7c15ULL + number);
  Bytes bytes = target.seeds[random.below(target.seeds.size())];
  // The first input is the good file itself: it must be taken.
  if (number > 0) fuzz::mutate(bytes, target.seeds[random.below(target.seeds.size())], random);
  return bytes;
}

struct Options {
  double seconds = 5;
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  std::string only;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
    if (name == "--seed") options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--first") options.first = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--only") options.only = argv[i + 1];
  }
  return options;
}

/// False: an input failed.
bool run(const Target& target, const Options& options, double seconds) {
  std::snprintf(current.target.data(), current.target.size(), "%s", target.name.c_str());
  current.seed = options.seed;
  const auto begin = Clock::now();
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  std::uint64_t refused = 0;
  std::uint64_t number = options.first;
  for (; since(begin) < seconds; ++number) {
    current.number = number;
    const Bytes bytes = input(target, options.seed, number);
    const auto start = Clock::now();
    try {
      target.parse(bytes);
    } catch (const Error&) {
      ++refused;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: another exception than latent::Error: %s\n", target.name.c_str(),
                   error.what());
      tell_current();
      return false;
    }
    constexpr double kTooLong = 5;
    if (since(start) > kTooLong) {
      std::fprintf(stderr, "%s: one input took %.1f s\n", target.name.c_str(), since(start));
      tell_current();
      return false;
    }
  }
  const std::uint64_t tried = number - options.first;
  std::printf("%-12s %9llu inputs, %9llu refused\n", target.name.c_str(),
              static_cast<unsigned long long>(tried), static_cast<unsigned long long>(refused));
  return refused < tried;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(tell_current);
  } else {
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS}) std::signal(signal, on_signal);
  }
  std::vector<Target> chosen;
  for (Target& target : targets()) {
    if (options.only.empty() || options.only == target.name) chosen.push_back(std::move(target));
  }
  bool good = !chosen.empty();
  for (const Target& target : chosen) {
    good = run(target, options, options.seconds / static_cast<double>(chosen.size())) && good;
  }
  return good ? 0 : 1;
}
