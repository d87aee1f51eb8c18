#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "latent/pictures.h"

namespace latent {

/// No picture of more pixels than this is read: what a header promises is not trusted.
inline constexpr std::int64_t kMostPicturePixels = 128'000'000;

struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

bool is_png(std::span<const std::uint8_t> bytes);
bool is_jpeg(std::span<const std::uint8_t> bytes);

/// `name` is the file, for the sentence. Transparency is laid over white. A JPEG may be decoded at
/// 1/2, 1/4 or 1/8 of its size, as long as neither side gets shorter than `smallest_side` (0 = full
/// size); `full_size`, where given, is told the size in the file. All throw Error{DatasetCorrupt}.
Picture decode_png(std::span<const std::uint8_t> bytes, bool colour, const std::string& name);
Picture decode_jpeg(std::span<const std::uint8_t> bytes, bool colour, const std::string& name,
                    int smallest_side = 0, PictureSize* full_size = nullptr);
/// Whichever of the two it is.
Picture decode_picture(std::span<const std::uint8_t> bytes, bool colour, const std::string& name,
                       int smallest_side = 0, PictureSize* full_size = nullptr);

}  // namespace latent
