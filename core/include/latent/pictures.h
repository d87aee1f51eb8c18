#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

#include "latent/dataset.h"

namespace latent {

/// An 8-bit picture, rows top first: grey (1) or RGB (3), interleaved.
struct Picture {
  int width = 0;
  int height = 0;
  int channels = 1;
  std::vector<std::uint8_t> pixels;  ///< [height, width, channels]
};

/// `pixels` [n, C, H, W] 0 … 1 as a grid of `columns` tiles with `gap` pixels of `background`
/// between, each tile enlarged `scale` times (nearest).
Picture tile_pictures(std::span<const float> pixels, ImageShape shape, int columns, int gap = 2,
                      int scale = 1, std::uint8_t background = 255);
Picture tile_pictures(std::span<const std::uint8_t> pixels, ImageShape shape, int columns,
                      int gap = 2, int scale = 1, std::uint8_t background = 255);

/// All three write atomically and throw Error{WriteFailed}.
void write_png(const std::filesystem::path& path, const Picture& picture);
/// Frames of one size, endless loop; `delay` in hundredths of a second. Throws Error{Cancelled},
/// and leaves what was there, when `stop` is asked for between two frames.
void write_gif(const std::filesystem::path& path, const std::vector<Picture>& frames, int delay,
               const std::stop_token& stop = {});

/// PNG or JPEG, as grey or RGB. Throws Error{DatasetCorrupt} naming the file.
Picture read_picture(const std::filesystem::path& path, bool colour);

}  // namespace latent
