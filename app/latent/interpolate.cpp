#include <algorithm>
#include <iostream>
#include <memory>

#include "arguments.h"
#include "commands.h"
#include "latent/latent_space.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct InterpolateOptions {
  RunOptions run;
  std::int64_t from = 0;
  std::int64_t to = 0;
  int steps = 12;
  std::string kind = "linear";
  int delay = 8;
  ClassOption label;
  PictureOptions picture;
};

void write_animation(const InterpolateOptions& options, const OpenRun& run,
                     const std::vector<float>& pixels, bool json) {
  const auto size = static_cast<std::size_t>(run.model->shape().pixels());
  std::vector<Picture> frames;
  for (std::size_t first = 0; first < pixels.size(); first += size) {
    frames.push_back(tile_pictures(std::span{pixels}.subspan(first, size), run.model->shape(), 1,
                                   /*gap=*/0, options.picture.scale));
  }
  // There and back, so that the endless loop has no jump.
  for (std::size_t back = frames.size() - 1; back-- > 1;) frames.push_back(frames[back]);
  write_gif(options.picture.out, frames, options.delay);
  if (json) {
    print_json({{"file", options.picture.out.string()}, {"frames", frames.size()}});
  } else {
    std::cout << "Wrote " << options.picture.out.string() << ": " << frames.size() << " frames of "
              << frames.front().width << " × " << frames.front().height << " pixels.\n";
  }
}

int interpolate_images(const InterpolateOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png", ".gif"});
  expect_free(options.picture.out, options.picture.force);
  const OpenRun run = open_run(options.run.run);
  const Part part = load_part(options.run, run);
  const std::int64_t from = part.row_of(options.from, "--from");
  const Codes ends = encode_rows(run, *part.images, {from, part.row_of(options.to, "--to")});
  const std::span<const float> codes{ends.mean};
  const std::vector<float> path =
      interpolate(codes.first(run.latent_dim()), codes.subspan(run.latent_dim()), options.steps,
                  options.kind == "linear" ? PathKind::Linear : PathKind::Spherical);
  const std::vector<float> pixels = decode_codes(
      run, path,
      options.label.labels(run, static_cast<std::size_t>(options.steps),
                           {std::max(0, part.images->labels[static_cast<std::size_t>(from)])}));
  if (options.picture.out.extension() == ".png") {
    write_sheet(options.picture, run, pixels, options.steps, program.json());
  } else {
    write_animation(options, run, pixels, program.json());
  }
  return 0;
}

}  // namespace

void add_interpolate(Program& program) {
  const auto options = std::make_shared<InterpolateOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "interpolate",
      "Join two images by a path through the latent space, as a strip or an animation. A Gaussian "
      "posterior stands at its mean.",
      "  latent interpolate vae.safetensors --from 17 --to 42 --steps 12 --out strip.png\n"
      "  latent interpolate vae.safetensors --from 17 --to 42 --kind spherical --out path.gif",
      [options, &program] { return interpolate_images(*options, program); });
  options->run.add_run_and_data(command);
  command->add_option("--from", options->from, "The first image's number.")
      ->option_text("INDEX")
      ->required()
      ->group("Path");
  command->add_option("--to", options->to, "The last image's number.")
      ->option_text("INDEX")
      ->required()
      ->group("Path");
  command->add_option("--steps", options->steps, "Pictures from end to end, both counted.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000))
      ->group("Path");
  command
      ->add_option("--kind", options->kind,
                   "linear, or spherical: along the arc, so that codes keep their distance from "
                   "the origin.")
      ->option_text("KIND")
      ->capture_default_str()
      ->check(CLI::IsMember({"linear", "spherical"}))
      ->group("Path");
  options->label.add_to(command, "that of the first image");
  options->picture.add_to(command, ".png: a strip, .gif: an animation");
  command->add_option("--delay", options->delay, "Of an animation's frames, in 1/100 s.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
