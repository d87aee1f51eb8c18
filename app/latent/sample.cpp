#include <cmath>
#include <memory>

#include "arguments.h"
#include "commands.h"
#include "latent/error.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct SampleOptions {
  RunOptions run;
  int n = 64;
  std::uint64_t seed = 1;
  ClassOption label;
  PictureOptions picture;
};

int sample(const SampleOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png"});
  expect_free(options.picture.out, options.picture.force);
  const OpenRun run = open_run(options.run.run);
  if (!run.model->info().has_prior) {
    throw Error(ErrorCode::ShapeMismatch, run.model->info().title +
                                              " has no prior to draw from; `latent grid` shows "
                                              "what lies between its codes.");
  }
  const std::vector<float> codes = run.model->sample_prior(options.n, options.seed);
  const int columns = options.picture.columns > 0
                          ? options.picture.columns
                          : static_cast<int>(std::ceil(std::sqrt(static_cast<double>(options.n))));
  const auto labels =
      options.label.labels(run, static_cast<std::size_t>(options.n), every_class(run));
  write_sheet(options.picture, run, decode_codes(run, codes, labels), columns, program.json());
  return 0;
}

}  // namespace

void add_sample(Program& program) {
  const auto options = std::make_shared<SampleOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "sample", "Draw new pictures: codes from the prior, decoded.",
      "  latent sample vae.safetensors --n 64 --seed 1 --out samples.png",
      [options, &program] { return sample(*options, program); });
  options->run.add_run(command);
  command->add_option("--n", options->n, "How many pictures.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000))
      ->group("Samples");
  command->add_option("--seed", options->seed, "Of the draw: the same seed, the same pictures.")
      ->option_text("N")
      ->capture_default_str()
      ->group("Samples");
  options->label.add_to(command, "each class in turn");
  options->picture.add_to(command, ".png");
  command->add_option("--columns", options->picture.columns, "Pictures in a row (a square sheet).")
      ->option_text("N")
      ->check(CLI::Range(1, 1000))
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
