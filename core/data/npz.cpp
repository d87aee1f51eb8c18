#include "data/npz.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <optional>

#include "data/corrupt.h"
#include "data/data_source.h"
#include "data/npy.h"
#include "data/split.h"
#include "io/file_bytes.h"
#include "io/sha256.h"
#include "io/zip.h"
#include "latent/error.h"

namespace latent {
namespace {

std::string shape_in_words(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

struct Layout {
  ImageShape shape;
  bool channels_last = false;
};

Layout layout_of(const NpyArray& x, const std::string& name) {
  const auto& shape = x.shape;
  const auto is_channels = [](std::int64_t size) { return size == 1 || size == 3; };
  Layout layout;
  std::array<std::int64_t, 3> chw = {};
  if (shape.size() == 3) {
    chw = {1, shape[1], shape[2]};
  } else if (shape.size() == 4 && is_channels(shape[3])) {
    chw = {shape[3], shape[1], shape[2]};
    layout.channels_last = true;
  } else if (shape.size() == 4 && is_channels(shape[1])) {
    chw = {shape[1], shape[2], shape[3]};
  } else {
    corrupt(name + ": x has the shape " + shape_in_words(shape) +
            "; expected [N, H, W], [N, H, W, C] or [N, C, H, W] with one or three channels.");
  }
  constexpr std::int64_t kMostSide = 4096;
  if (shape[0] < 1 || chw[1] < 1 || chw[2] < 1 || chw[1] > kMostSide || chw[2] > kMostSide) {
    corrupt(name + ": x has the shape " + shape_in_words(shape) +
            "; expected images of 1 to 4096 pixels a side.");
  }
  layout.shape = {static_cast<int>(chw[0]), static_cast<int>(chw[1]), static_cast<int>(chw[2])};
  return layout;
}

std::vector<std::uint8_t> to_bytes(const NpyArray& x, const std::string& name) {
  const std::int64_t count = x.count();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  if (x.kind == 'u' && x.width == 1) {
    std::copy(x.file.begin() + static_cast<std::ptrdiff_t>(x.header), x.file.end(), bytes.begin());
    return bytes;
  }
  if (x.kind != 'f' && x.kind != 'b') {
    corrupt(name + ": x holds " + x.type_name() +
            "; expected uint8 (0 to 255), or float32 or float64 between 0 and 1.");
  }
  // Bytes of a truth value are 0 or 1 by NumPy's promise, which a damaged file need not keep.
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = x.value(i);
    if (!(value >= 0.0 && value <= 1.0)) {
      const std::string found = std::isfinite(value) ? "a value of " + std::to_string(value)
                                                     : "a value that is no number";
      corrupt(name + ": x holds " + found +
              "; expected floats between 0 and 1 (or uint8, 0 to 255).");
    }
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::lround(value * 255.0));
  }
  return bytes;
}

/// [N, H, W, C] to [N, C, H, W].
std::vector<std::uint8_t> channels_first(const std::vector<std::uint8_t>& pixels,
                                         ImageShape shape) {
  std::vector<std::uint8_t> planar(pixels.size());
  const auto plane = static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t image = 0; image < pixels.size(); image += plane * channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < plane; ++i) {
        planar[image + c * plane + i] = pixels[image + i * channels + c];
      }
    }
  }
  return planar;
}

void take_labels(const NpyArray& y, const std::string& name, Dataset& dataset) {
  const auto count = static_cast<std::int64_t>(dataset.labels.size());
  const bool flat = y.shape.size() == 1 || (y.shape.size() == 2 && y.shape[1] == 1);
  if (!flat) {
    corrupt(name + ": y has the shape " + shape_in_words(y.shape) +
            "; expected one whole number per image, [N].");
  }
  if (y.kind != 'u' && y.kind != 'i') {
    corrupt(name + ": y holds " + y.type_name() + "; expected whole numbers.");
  }
  if (y.shape[0] != count) {
    corrupt(name + ": x holds " + std::to_string(count) + " images, but y " +
            std::to_string(y.shape[0]) + " labels.");
  }
  constexpr double kMostClasses = 10'000;
  std::int32_t greatest = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    const double label = y.value(i);
    if (label < -1 || label >= kMostClasses) {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%.15g", label);
      corrupt(name + ": y holds the label " + text.data() + " for image " + std::to_string(i) +
              "; expected 0 to 9999, or -1 where there is none.");
    }
    dataset.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
    greatest = std::max(greatest, static_cast<std::int32_t>(label));
  }
  for (std::int32_t label = 0; label <= greatest; ++label) {
    dataset.class_names.push_back(std::to_string(label));
  }
}

}  // namespace

Dataset dataset_from_npz(std::span<const std::uint8_t> archive, const std::string& name) {
  if (!is_zip(archive)) corrupt(name + " is not an .npz file.");
  const std::vector<ZipMember> members = zip_members(archive, name);
  const auto find = [&](const std::string& array) -> std::optional<NpyArray> {
    for (const ZipMember& member : members) {
      if (member.name == array + ".npy") {
        return parse_npy(unzip(member, name), name + ": " + array);
      }
    }
    return std::nullopt;
  };
  const std::optional<NpyArray> x = find("x");
  if (!x) {
    std::string found;
    for (std::size_t i = 0; i < std::min<std::size_t>(members.size(), 8); ++i) {
      if (!found.empty()) found += ", ";
      found += members[i].name.substr(0, 40);
    }
    corrupt(name + " holds no array x (the images); found " + (found.empty() ? "nothing" : found) +
            ".");
  }
  const Layout layout = layout_of(*x, name);
  Dataset dataset;
  dataset.shape = layout.shape;
  dataset.images = to_bytes(*x, name);
  if (layout.channels_last && layout.shape.channels > 1) {
    dataset.images = channels_first(dataset.images, layout.shape);
  }
  dataset.labels.assign(static_cast<std::size_t>(x->shape[0]), -1);
  if (const std::optional<NpyArray> y = find("y")) take_labels(*y, name, dataset);
  return dataset;
}

namespace {

/// NumPy's archive of arrays: `x` the images, `y` (if there) the labels.
class Npz : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "npz";
    info.title = "NumPy archive";
    return info;
  }
  bool takes_path() const override { return true; }
  bool recognises(const std::filesystem::path& path) const override {
    std::array<char, 4> start = {};
    std::ifstream(path, std::ios::binary).read(start.data(), start.size());
    return std::string_view(start.data(), start.size()) == "PK\3\4";
  }

  DataSplit load(const std::string& argument, const DataOptions& options, const ProgressFunction&,
                 std::stop_token stop) const override {
    const Dataset all = dataset_from_npz(read_file(argument), argument);
    stop_here_if_asked(stop);
    DataSplit split = split_in_three(all, options.split_seed, argument);
    split.title = std::filesystem::path(argument).filename().string();
    split.fingerprint = fingerprint_of(all);
    return split;
  }
};

const DataSourceEntry npz_entry(120, std::make_unique<Npz>());

}  // namespace
}  // namespace latent
