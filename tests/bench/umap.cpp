// UMAP of a file of codes: seconds of each part, processor seconds, trustworthiness of 15
// neighbours. `bench_umap FILE | --made N [--dim 20] [--threads 0] [--search
// automatic|exact|approximate]
// [--out PLACES]`, or with `--places PLACES` the trustworthiness of places that another program
// made. peers/umap_learn.py runs it in turns with umap-learn.
#include "latent/umap.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "latent/error.h"
#include "support.h"

namespace {

using namespace latent;

std::vector<float> read_floats(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    throw Error{ErrorCode::DatasetNotFound, "Cannot read the codes in " + path.string() + "."};
  }
  std::vector<float> values(std::filesystem::file_size(path) / sizeof(float));
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

/// Codes around ten centres, [count, dim].
std::vector<float> ten_clouds(std::size_t count, int dim) {
  std::mt19937 generator{1};
  std::normal_distribution<float> normal;
  const auto width = static_cast<std::size_t>(dim);
  std::vector<float> centres(10 * width);
  for (float& value : centres) value = 2.0F * normal(generator);
  std::vector<float> codes(count * width);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = centres[(i / width % 10) * width + i % width] + normal(generator);
  }
  return codes;
}

NeighbourSearch search_named(const std::string& name) {
  if (name == "exact") return NeighbourSearch::Exact;
  return name == "approximate" ? NeighbourSearch::Approximate : NeighbourSearch::Automatic;
}

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

int run(int argc, char** argv) {
  const int dim = std::stoi(bench::option(argc, argv, "dim", "20"));
  const auto made = std::stoul(bench::option(argc, argv, "made", "0"));
  const auto codes = made > 0 ? ten_clouds(made, dim) : read_floats(argv[1]);
  const std::string given = bench::option(argc, argv, "places", "");
  std::vector<float> places;
  if (!given.empty()) {
    places = read_floats(given);
  } else {
    UmapSettings settings;
    settings.threads = std::stoi(bench::option(argc, argv, "threads", "0"));
    settings.search = search_named(bench::option(argc, argv, "search", "automatic"));
    settings.seed = std::stoull(bench::option(argc, argv, "seed", "1"));
    const double before = processor_seconds();
    const auto begin = bench::Clock::now();
    Umap umap{settings};
    umap.set_codes(codes, dim);
    const double graph = bench::seconds_since(begin);
    umap.step(umap.epochs());
    const double seconds = bench::seconds_since(begin);
    std::cout << "graph_and_start " << graph << "\nseconds " << seconds << "\nprocessor "
              << processor_seconds() - before << '\n';
    bench::figure("UMAP of " + std::to_string(codes.size() / static_cast<std::size_t>(dim)) +
                      " codes of " + std::to_string(dim),
                  seconds, "s");
    places.assign(umap.positions().begin(), umap.positions().end());
    const std::string out = bench::option(argc, argv, "out", "");
    if (!out.empty()) {
      std::ofstream file{out, std::ios::binary};
      file.write(reinterpret_cast<const char*>(places.data()),
                 static_cast<std::streamsize>(places.size() * sizeof(float)));
    }
  }
  if (!bench::flag(argc, argv, "no-trust")) {
    std::cout << "trustworthiness " << trustworthiness(codes, dim, places, 2, 15) << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) return run(argc, argv);
    std::cerr << "usage: bench_umap CODES | --made N [--dim N] [--threads N] [--search KIND] "
                 "[--out FILE]\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
