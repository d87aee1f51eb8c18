#include "io/colour_palette.h"

#include <algorithm>

namespace latent {
namespace {

constexpr int kBits = 5;
constexpr std::size_t kCells = std::size_t{1} << (3 * kBits);

std::size_t cell_of(const std::uint8_t* rgb) {
  return static_cast<std::size_t>(rgb[0] >> 3) << 10 | static_cast<std::size_t>(rgb[1] >> 3) << 5 |
         static_cast<std::size_t>(rgb[2] >> 3);
}

int channel_of(std::size_t cell, int channel) {
  return static_cast<int>(cell >> (10 - kBits * channel)) & 31;
}

struct CellSum {
  std::int64_t count = 0;
  std::array<std::int64_t, 3> sum = {};
};

/// Cells [begin, end) of the list that is being parted.
struct Box {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::int64_t count = 0;
  int widest = 0;  ///< channel
  int extent = 0;  ///< of that channel
};

Box measure(const std::vector<std::size_t>& cells, const std::vector<CellSum>& sums,
            std::size_t begin, std::size_t end) {
  Box box{begin, end};
  for (int channel = 0; channel < 3; ++channel) {
    int low = 31, high = 0;
    for (std::size_t i = begin; i < end; ++i) {
      low = std::min(low, channel_of(cells[i], channel));
      high = std::max(high, channel_of(cells[i], channel));
    }
    if (high - low > box.extent) {
      box.extent = high - low;
      box.widest = channel;
    }
  }
  for (std::size_t i = begin; i < end; ++i) box.count += sums[cells[i]].count;
  return box;
}

}  // namespace

ColourPalette::ColourPalette(const std::vector<Picture>& pictures) {
  grey_ = std::all_of(pictures.begin(), pictures.end(),
                      [](const Picture& picture) { return picture.channels == 1; });
  if (grey_) {
    for (int i = 0; i < 256; ++i) {
      colours_[static_cast<std::size_t>(i)].fill(static_cast<std::uint8_t>(i));
    }
    return;
  }
  std::vector<CellSum> sums(kCells);
  for (const Picture& picture : pictures) {
    const std::size_t step = picture.channels == 3 ? 3 : 1;
    for (std::size_t i = 0; i + step <= picture.pixels.size(); i += step) {
      const std::uint8_t* p = &picture.pixels[i];
      const Colour rgb = step == 3 ? Colour{p[0], p[1], p[2]} : Colour{*p, *p, *p};
      CellSum& sum = sums[cell_of(rgb.data())];
      ++sum.count;
      for (std::size_t c = 0; c < 3; ++c) sum.sum[c] += rgb[c];
    }
  }
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    if (sums[cell].count > 0) cells.push_back(cell);
  }
  std::vector<Box> boxes = {measure(cells, sums, 0, cells.size())};
  while (boxes.size() < colours_.size()) {
    const auto parted = std::max_element(
        boxes.begin(), boxes.end(),
        [](const Box& a, const Box& b) { return a.count * a.extent < b.count * b.extent; });
    if (parted->extent == 0) break;  // every box is one cell
    const Box box = *parted;
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(box.begin);
    const auto last = cells.begin() + static_cast<std::ptrdiff_t>(box.end);
    std::stable_sort(first, last, [&](std::size_t a, std::size_t b) {
      return channel_of(a, box.widest) < channel_of(b, box.widest);
    });
    std::size_t middle = box.begin;
    for (std::int64_t below = 0; below * 2 < box.count && middle + 1 < box.end; ++middle) {
      below += sums[cells[middle]].count;
    }
    middle = std::max(middle, box.begin + 1);
    *parted = measure(cells, sums, box.begin, middle);
    boxes.push_back(measure(cells, sums, middle, box.end));
  }
  index_of_cell_.resize(kCells);
  for (std::size_t index = 0; index < boxes.size(); ++index) {
    const Box& box = boxes[index];
    CellSum all;
    for (std::size_t i = box.begin; i < box.end; ++i) {
      const CellSum& sum = sums[cells[i]];
      all.count += sum.count;
      for (std::size_t c = 0; c < 3; ++c) all.sum[c] += sum.sum[c];
      index_of_cell_[cells[i]] = static_cast<std::uint8_t>(index);
    }
    for (std::size_t c = 0; c < 3 && all.count > 0; ++c) {
      colours_[index][c] = static_cast<std::uint8_t>((all.sum[c] + all.count / 2) / all.count);
    }
  }
}

std::vector<std::uint8_t> ColourPalette::indices_of(const Picture& picture) const {
  if (grey_) return picture.pixels;
  const std::size_t step = picture.channels == 3 ? 3 : 1;
  std::vector<std::uint8_t> indices(picture.pixels.size() / step);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::uint8_t* p = &picture.pixels[i * step];
    const Colour rgb = step == 3 ? Colour{p[0], p[1], p[2]} : Colour{*p, *p, *p};
    indices[i] = index_of_cell_[cell_of(rgb.data())];
  }
  return indices;
}

}  // namespace latent
