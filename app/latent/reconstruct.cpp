#include <algorithm>
#include <memory>
#include <numeric>

#include "arguments.h"
#include "commands.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct ReconstructOptions {
  RunOptions run;
  int n = 16;
  std::string indices;
  PictureOptions picture;
};

int reconstruct(const ReconstructOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png"});
  expect_free(options.picture.out, options.picture.force);
  std::vector<std::int64_t> wanted;
  if (!options.indices.empty()) wanted = parse_whole_numbers(options.indices, "--indices");
  const OpenRun run = open_run(options.run.run);
  const Part part = load_part(options.run, run);
  std::vector<std::int64_t> rows;
  for (const std::int64_t index : wanted) rows.push_back(part.row_of(index, "--indices"));
  if (rows.empty()) {
    rows.resize(static_cast<std::size_t>(std::min<std::int64_t>(options.n, part.images->size())));
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
  }

  std::vector<std::int32_t> labels;
  for (const std::int64_t row : rows) {
    labels.push_back(part.images->labels[static_cast<std::size_t>(row)]);
  }
  const Codes codes = encode_rows(run, *part.images, rows);
  const std::vector<float> decoded = decode_codes(run, codes.mean, labels);

  // Pairs of rows: originals, and what became of them right below.
  const auto pixels = static_cast<std::size_t>(run.model->shape().pixels());
  const std::size_t columns = std::min<std::size_t>(
      rows.size(), options.picture.columns > 0 ? static_cast<std::size_t>(options.picture.columns)
                                               : std::size_t{16});
  std::vector<float> tiles;
  for (std::size_t first = 0; first < rows.size(); first += columns) {
    const std::size_t count = std::min(columns, rows.size() - first);
    for (std::size_t i = first; i < first + count; ++i) {
      for (const std::uint8_t value : part.images->image(rows[i])) {
        tiles.push_back(static_cast<float>(value) / 255.0F);
      }
    }
    tiles.resize(tiles.size() + (columns - count) * pixels, 1.0F);
    const auto begin = decoded.begin() + static_cast<std::ptrdiff_t>(first * pixels);
    tiles.insert(tiles.end(), begin, begin + static_cast<std::ptrdiff_t>(count * pixels));
  }
  write_sheet(options.picture, run, tiles, static_cast<int>(columns), program.json());
  return 0;
}

}  // namespace

void add_reconstruct(Program& program) {
  const auto options = std::make_shared<ReconstructOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "reconstruct", "Draw originals, and below each what the run makes of it.",
      "  latent reconstruct vae.safetensors --n 16 --out reconstructions.png\n"
      "  latent reconstruct vae.safetensors --indices 3,1,4,1,5 --out some.png",
      [options, &program] { return reconstruct(*options, program); });
  options->run.add_run_and_data(command);
  command->add_option("--n", options->n, "The first N images of the part.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000))
      ->group("Images");
  command->add_option("--indices", options->indices, "These images instead, by number.")
      ->option_text("I,J,…")
      ->group("Images");
  options->picture.add_to(command, ".png");
  command->add_option("--columns", options->picture.columns, "Images in a row.")
      ->option_text("N")
      ->check(CLI::Range(1, 1000))
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
