#include "run_file.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <thread>

#include "arguments.h"
#include "console.h"
#include "latent/error.h"
#include "program.h"

namespace latent::app {
namespace {

constexpr std::size_t kChunk = 512;

std::string text_of(const ImageShape& shape) {
  return std::to_string(shape.channels) + "×" + std::to_string(shape.height) + "×" +
         std::to_string(shape.width);
}

}  // namespace

void RunOptions::add_run(CLI::App* command) {
  command->add_option("RUN", run, "A run's file (.safetensors).")->required();
}

void RunOptions::add_data(CLI::App* command) {
  command->add_option("--data", data, "Other images than the run's own data set.")
      ->option_text("NAME")
      ->group("Images");
}

void RunOptions::add_run_and_data(CLI::App* command) {
  add_run(command);
  add_data_and_part(command);
}

void RunOptions::add_data_and_part(CLI::App* command) {
  add_data(command);
  command->add_option("--part", part, "train, validation or test.")
      ->option_text("PART")
      ->capture_default_str()
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->group("Images");
}

OpenRun open_run(const std::filesystem::path& path) {
  const Engine& engine = load_engine();
  engine.set_thread_count(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  return {engine.read_run_info(path), engine.load_model(path)};
}

std::int64_t Part::row_of(std::int64_t original_index, const std::string& flag) const {
  const auto found = std::find(index.begin(), index.end(), original_index);
  if (found == index.end()) {
    throw UsageError(flag + ": this part holds no image number " + std::to_string(original_index) +
                     "; its " + std::to_string(index.size()) +
                     " images have the numbers that `latent encode` writes.");
  }
  return found - index.begin();
}

DataSplit load_split(const RunOptions& options, const OpenRun& run) {
  const std::string name = options.data.empty() ? run.info.config.data : options.data;
  DataSplit split = load_data(name);
  if (split.test->shape != run.model->shape()) {
    throw Error(ErrorCode::ShapeMismatch, "The run reads images of " + text_of(run.model->shape()) +
                                              " (channels × height × width); those of " + name +
                                              " are " + text_of(split.test->shape) + ".");
  }
  return split;
}

Part load_part(const RunOptions& options, const OpenRun& run) {
  DataSplit split = load_split(options, run);
  Part part = options.part == "train" ? Part{split.train, std::move(split.train_index)}
              : options.part == "validation"
                  ? Part{split.validation, std::move(split.validation_index)}
                  : Part{split.test, std::move(split.test_index)};
  part.training = split.train;
  if (part.images->size() == 0) {
    throw Error(ErrorCode::DatasetNotFound,
                "The " + options.part + " part of " + split.title + " holds no images.");
  }
  return part;
}

Codes encode_rows(const OpenRun& run, const Dataset& images, const std::vector<std::int64_t>& rows,
                  bool with_log_var) {
  const std::size_t dim = run.latent_dim();
  const auto pixels = static_cast<std::size_t>(images.shape.pixels());
  Codes codes;
  codes.mean.resize(rows.size() * dim);
  if (with_log_var && run.model->info().gaussian_posterior) codes.log_var.resize(rows.size() * dim);
  std::vector<std::uint8_t> chunk;
  std::vector<std::int32_t> labels;
  ProgressLine progress;
  for (std::size_t first = 0; first < rows.size(); first += kChunk) {
    const std::size_t count = std::min(kChunk, rows.size() - first);
    chunk.resize(count * pixels);
    labels.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = images.image(rows[first + i]);
      std::copy(image.begin(), image.end(),
                chunk.begin() + static_cast<std::ptrdiff_t>(i * pixels));
      labels[i] = images.labels[static_cast<std::size_t>(rows[first + i])];
    }
    const auto part_of = [&](std::vector<float>& all) {
      return all.empty() ? std::span<float>{} : std::span{all}.subspan(first * dim, count * dim);
    };
    run.model->encode(chunk, labels, part_of(codes.mean), part_of(codes.log_var));
    progress.show(static_cast<double>(first + count) / static_cast<double>(rows.size()), "Encoding",
                  grouped(static_cast<std::int64_t>(first + count)) + " images");
  }
  return codes;
}

std::vector<std::int64_t> all_rows(const Dataset& images) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(images.size()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

void ClassOption::add_to(CLI::App* command, const std::string& otherwise) {
  command
      ->add_option(
          "--label", label,
          "The class that the decoder is told, counted from 0; conditional systems only (" +
              otherwise + ").")
      ->option_text("CLASS")
      ->check(CLI::Range(0, 1'000'000))
      ->group("Class");
}

std::vector<std::int32_t> ClassOption::labels(const OpenRun& run, std::size_t n,
                                              const std::vector<std::int32_t>& others) const {
  const int classes = run.model->classes();
  if (given() && classes == 0) {
    throw UsageError(run.model->info().title + " is told no class: --label has no meaning for it.");
  }
  if (given() && label >= classes) {
    throw UsageError("The run knows classes 0 to " + std::to_string(classes - 1) + "; --label is " +
                     std::to_string(label) + ".");
  }
  std::vector<std::int32_t> told;
  if (classes == 0 || (!given() && others.empty())) return told;
  for (std::size_t i = 0; i < n; ++i) told.push_back(given() ? label : others[i % others.size()]);
  return told;
}

std::vector<std::int32_t> every_class(const OpenRun& run) {
  std::vector<std::int32_t> classes(static_cast<std::size_t>(run.model->classes()));
  std::iota(classes.begin(), classes.end(), 0);
  return classes;
}

std::vector<float> decode_codes(const OpenRun& run, std::span<const float> codes,
                                std::span<const std::int32_t> labels) {
  const std::size_t dim = run.latent_dim();
  const auto pixels = static_cast<std::size_t>(run.model->shape().pixels());
  const std::size_t n = codes.size() / dim;
  std::vector<float> pictures(n * pixels);
  for (std::size_t first = 0; first < n; first += kChunk) {
    const std::size_t count = std::min(kChunk, n - first);
    run.model->decode(codes.subspan(first * dim, count * dim),
                      labels.empty() ? labels : labels.subspan(first, count),
                      std::span{pictures}.subspan(first * pixels, count * pixels));
  }
  return pictures;
}

void PictureOptions::add_to(CLI::App* command, const std::string& endings) {
  command->add_option("--out", out, "Where the picture goes (" + endings + ").")
      ->option_text("FILE")
      ->required()
      ->group("Output");
  command->add_option("--scale", scale, "Enlarges every pixel this many times.")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 64))
      ->group("Output");
  command->add_flag("--force", force, "Replace the file when it is there.")->group("Output");
}

void write_sheet(const PictureOptions& options, const OpenRun& run, std::span<const float> pixels,
                 int columns, bool json) {
  const Picture picture =
      tile_pictures(pixels, run.model->shape(), columns, /*gap=*/2 * options.scale, options.scale);
  write_png(options.out, picture);
  const auto n = pixels.size() / static_cast<std::size_t>(run.model->shape().pixels());
  if (json) {
    print_json({{"file", options.out.string()},
                {"pictures", n},
                {"columns", columns},
                {"width", picture.width},
                {"height", picture.height}});
  } else {
    std::cout << "Wrote " << options.out.string() << ": " << n
              << (n == 1 ? " picture, " : " pictures, ") << picture.width << " × " << picture.height
              << " pixels.\n";
  }
}

}  // namespace latent::app
