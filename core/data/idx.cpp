#include "data/idx.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include "data/corrupt.h"
#include "io/deflate.h"
#include "io/file_bytes.h"
#include "latent/error.h"

namespace latent {
namespace {

constexpr std::size_t kMostDimensions = 4;
constexpr std::size_t kLongestIdxHeader = 4 + 4 * kMostDimensions;
constexpr std::int64_t kMostSide = 4096;

std::string in_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    std::array<char, 4> digits = {};
    std::snprintf(digits.data(), digits.size(), "%02x", byte);
    if (!text.empty()) text += ' ';
    text += digits.data();
  }
  return text;
}

std::string in_words(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    if (!text.empty()) text += " × ";
    text += std::to_string(size);
  }
  return text;
}

struct Header {
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;       ///< of the header
  std::uint64_t file_bytes = 0;  ///< that the whole file must have
};

Header parse_header(std::span<const std::uint8_t> file, const std::string& name) {
  if (file.size() < 4) {
    corrupt(name + " is not an IDX file: it holds only " + std::to_string(file.size()) + " bytes.");
  }
  if (file[0] != 0 || file[1] != 0 || file[2] != 8 || file[3] < 1 || file[3] > kMostDimensions) {
    corrupt(name + " is not an IDX file of unsigned bytes: it begins with " +
            in_hex(file.first(4)) + " where 00 00 08 and 1 to 4 dimensions were expected.");
  }
  Header header;
  header.bytes = 4 + 4 * std::uint64_t{file[3]};
  if (file.size() < header.bytes) {
    corrupt(name + " is truncated: it ends within its header.");
  }
  header.file_bytes = 1;
  for (std::size_t at = 4; at < header.bytes; at += 4) {
    const std::uint32_t size = std::uint32_t{file[at]} << 24 | std::uint32_t{file[at + 1]} << 16 |
                               std::uint32_t{file[at + 2]} << 8 | std::uint32_t{file[at + 3]};
    header.shape.push_back(size);
    if (size == 0) corrupt(name + " holds nothing: its header gives a size of 0.");
    if (__builtin_mul_overflow(header.file_bytes, std::uint64_t{size}, &header.file_bytes) ||
        header.file_bytes > std::uint64_t{1} << 40) {
      corrupt(name + " has a damaged header: it claims " + std::to_string(size) +
              " along one dimension.");
    }
  }
  header.file_bytes += header.bytes;
  return header;
}

}  // namespace

IdxArray parse_idx(std::vector<std::uint8_t> file, const std::string& name) {
  if (is_gzip(file)) {
    const Header header = parse_header(gunzip(file, kLongestIdxHeader, name), name);
    if (header.file_bytes > file.size() * kMostDeflateExpands + 64) {
      corrupt(name + " is truncated or has a damaged header: it claims " + in_words(header.shape) +
              " values, which its " + std::to_string(file.size()) +
              " compressed bytes cannot hold.");
    }
    // One byte more than expected, so that a longer file is seen to be longer.
    file = gunzip(file, header.file_bytes + 1, name);
  }
  IdxArray array;
  const Header header = parse_header(file, name);
  if (file.size() < header.file_bytes) {
    corrupt(name + " is truncated: its header promises " + in_words(header.shape) +
            " values, that is " + std::to_string(header.file_bytes) + " bytes, but it ends after " +
            std::to_string(file.size()) + ".");
  }
  if (file.size() > header.file_bytes) {
    corrupt(name + " is longer than its header says: " + in_words(header.shape) + " values are " +
            std::to_string(header.file_bytes) + " bytes, and more follow.");
  }
  array.shape = header.shape;
  array.header = header.bytes;
  array.file = std::move(file);
  return array;
}

IdxArray read_idx(const std::filesystem::path& path) {
  return parse_idx(read_file(path), path.string());
}

Dataset dataset_from_idx(const IdxArray& images, const std::string& images_name,
                         const IdxArray* labels, const std::string& labels_name, int class_count) {
  if (images.shape.size() != 3) {
    corrupt(images_name +
            " is not a file of images: expected three dimensions (count × height × "
            "width), found " +
            in_words(images.shape) + ".");
  }
  if (images.shape[1] > kMostSide || images.shape[2] > kMostSide) {
    corrupt(images_name + " holds images of " + std::to_string(images.shape[1]) + " × " +
            std::to_string(images.shape[2]) + " pixels; at most " + std::to_string(kMostSide) +
            " a side are taken.");
  }
  Dataset dataset;
  dataset.shape = {1, static_cast<int>(images.shape[1]), static_cast<int>(images.shape[2])};
  const auto values = images.values();
  dataset.images.assign(values.begin(), values.end());
  dataset.labels.assign(static_cast<std::size_t>(images.shape[0]), -1);
  if (labels == nullptr) return dataset;

  if (labels->shape.size() != 1) {
    corrupt(labels_name + " is not a file of labels: expected one dimension, found " +
            in_words(labels->shape) + ".");
  }
  if (labels->shape[0] != images.shape[0]) {
    corrupt("Images and labels do not belong together: " + images_name + " holds " +
            std::to_string(images.shape[0]) + " images, " + labels_name + " " +
            std::to_string(labels->shape[0]) + " labels.");
  }
  const auto classes = labels->values();
  const int greatest = *std::max_element(classes.begin(), classes.end());
  if (class_count > 0 && greatest >= class_count) {
    corrupt(labels_name + " holds the label " + std::to_string(greatest) +
            ", but the classes are 0 to " + std::to_string(class_count - 1) + ".");
  }
  std::copy(classes.begin(), classes.end(), dataset.labels.begin());
  for (int label = 0; label <= std::max(greatest, class_count - 1); ++label) {
    dataset.class_names.push_back(std::to_string(label));
  }
  return dataset;
}

bool looks_like_idx(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> start(512);
  stream.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  try {
    if (is_gzip(start)) start = gunzip(start, 4, path.string());
  } catch (const Error&) {
    return false;
  }
  return start.size() >= 4 && start[0] == 0 && start[1] == 0 && start[2] == 8;
}

}  // namespace latent
