#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "arguments.h"
#include "commands.h"
#include "latent/latent_space.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct GridOptions {
  RunOptions run;
  std::string horizontal;
  std::string vertical;
  int size = 20;
  ClassOption label;
  PictureOptions picture;
};

/// Where all but the outermost 2 % of the points lie, along one axis of the plane.
Range extent_of(const std::vector<float>& points, std::size_t axis) {
  std::vector<float> values;
  for (std::size_t i = axis; i < points.size(); i += 2) values.push_back(points[i]);
  std::sort(values.begin(), values.end());
  const std::size_t margin = values.size() / 100;
  const Range range{values[margin], values[values.size() - 1 - margin]};
  return range.low < range.high ? range : Range{range.low - 1.0F, range.low + 1.0F};
}

int grid(const GridOptions& options, const Program& program) {
  expect_ending(options.picture.out, "--out", {".png"});
  expect_free(options.picture.out, options.picture.force);
  std::optional<Range> x;
  std::optional<Range> y;
  if (!options.horizontal.empty()) x = parse_range(options.horizontal, "--x");
  if (!options.vertical.empty()) y = parse_range(options.vertical, "--y");

  const OpenRun run = open_run(options.run.run);
  Projection plane = run.latent_dim() <= 2 ? axis_projection(run.model->latent_dim(), 0,
                                                             run.latent_dim() == 1 ? 0 : 1)
                                           : Projection{};
  if (run.latent_dim() > 2 || !x || !y) {
    const Part part = load_part(options.run, run);
    const Codes codes = encode_rows(run, *part.images, all_rows(*part.images));
    if (run.latent_dim() > 2) plane = fit_pca(codes.mean, run.model->latent_dim());
    std::vector<float> points(2 * part.index.size());
    plane.project(codes.mean, points);
    if (!x) x = extent_of(points, 0);
    if (!y) y = extent_of(points, 1);
  }
  const std::vector<float> codes =
      manifold_grid(plane, {}, x->low, x->high, y->low, y->high, options.size, options.size);
  const auto labels = options.label.labels(run, codes.size() / run.latent_dim(), {0});
  const Picture picture =
      tile_pictures(decode_codes(run, codes, labels), run.model->shape(), options.size,
                    /*gap=*/0, options.picture.scale);
  write_png(options.picture.out, picture);
  if (program.json()) {
    print_json({{"file", options.picture.out.string()},
                {"rows", options.size},
                {"columns", options.size},
                {"x", {x->low, x->high}},
                {"y", {y->low, y->high}}});
  } else {
    std::cout << "Wrote " << options.picture.out.string() << ": " << options.size << " × "
              << options.size << " pictures, x " << x->low << " … " << x->high << ", y " << y->low
              << " … " << y->high << ".\n";
  }
  return 0;
}

}  // namespace

void add_grid(Program& program) {
  const auto options = std::make_shared<GridOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "grid",
      "Draw the decoded manifold: the pictures that fill the map's plane, tile by tile. Codes of "
      "more than two numbers are cut by the plane of their first two principal components.",
      "  latent grid vae.safetensors --x -3,3 --y -3,3 --out manifold.png",
      [options, &program] { return grid(*options, program); });
  options->run.add_run_and_data(command);
  command
      ->add_option("--x", options->horizontal,
                   "From left to right (default: where 98 % of the images' codes lie).")
      ->option_text("LOW,HIGH")
      ->group("Grid");
  command->add_option("--y", options->vertical, "From bottom to top (default: likewise).")
      ->option_text("LOW,HIGH")
      ->group("Grid");
  command->add_option("--size", options->size, "Pictures in a row, and rows.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 200))
      ->group("Grid");
  options->picture.scale = 1;
  options->label.add_to(command, "0");
  options->picture.add_to(command, ".png");
  program.offer_json(command);
}

}  // namespace latent::app
