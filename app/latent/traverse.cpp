#include <memory>
#include <optional>

#include "arguments.h"
#include "commands.h"
#include "latent/latent_space.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct TraverseOptions {
  RunOptions run;
  std::optional<int> dimension;
  std::string range = "-3,3";
  int steps = 11;
  std::string code;
  std::optional<std::int64_t> image;
  ClassOption label;
  PictureOptions picture;
};

std::vector<float> start_of(const TraverseOptions& options, const OpenRun& run) {
  if (options.image) {
    const Part part = load_part(options.run, run);
    return encode_rows(run, *part.images, {part.row_of(*options.image, "--image")}).mean;
  }
  if (options.code.empty()) return std::vector<float>(run.latent_dim(), 0.0F);
  std::vector<float> code = parse_numbers(options.code, "--code");
  if (code.size() != run.latent_dim()) {
    throw UsageError("The run's codes have " + std::to_string(run.latent_dim()) +
                     " numbers; --code has " + std::to_string(code.size()) + ".");
  }
  return code;
}

int traverse_dimensions(const TraverseOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png"});
  expect_free(options.picture.out, options.picture.force);
  if (options.image && !options.code.empty()) {
    throw UsageError("Only one of --image and --code can be the start.");
  }
  const Range range = parse_range(options.range, "--range");
  const OpenRun run = open_run(options.run.run);
  const std::vector<float> start = start_of(options, run);
  const int first = options.dimension.value_or(0);
  const int last = options.dimension.value_or(run.model->latent_dim() - 1);
  std::vector<float> codes;
  for (int dimension = first; dimension <= last; ++dimension) {
    const auto row = traverse(start, dimension, range.low, range.high, options.steps);
    codes.insert(codes.end(), row.begin(), row.end());
  }
  const auto labels = options.label.labels(run, codes.size() / run.latent_dim(), {0});
  write_sheet(options.picture, run, decode_codes(run, codes, labels), options.steps,
              program.json());
  return 0;
}

}  // namespace

void add_traverse(Program& program) {
  const auto options = std::make_shared<TraverseOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "traverse",
      "Move one latent dimension from end to end and hold the others: a row of pictures for each "
      "dimension.",
      "  latent traverse vae.safetensors --out traversals.png\n"
      "  latent traverse vae.safetensors --image 17 --dimension 3 --range -4,4 --out row.png",
      [options, &program] { return traverse_dimensions(*options, program); });
  options->run.add_run_and_data(command);
  command->add_option("--dimension", options->dimension, "Only this one, counted from 0.")
      ->option_text("D")
      ->group("Traversal");
  command->add_option("--range", options->range, "Its first and last value.")
      ->option_text("LOW,HIGH")
      ->capture_default_str()
      ->group("Traversal");
  command->add_option("--steps", options->steps, "Pictures in a row.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000))
      ->group("Traversal");
  command->add_option("--code", options->code, "Where the others are held (default: all 0).")
      ->option_text("Z0,Z1,…")
      ->group("Traversal");
  command->add_option("--image", options->image, "Held at the code of this image.")
      ->option_text("INDEX")
      ->group("Traversal");
  options->label.add_to(command, "0");
  options->picture.add_to(command, ".png");
  program.offer_json(command);
}

}  // namespace latent::app
