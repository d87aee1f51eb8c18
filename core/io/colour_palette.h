#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "latent/pictures.h"

namespace latent {

/// The 256 colours that stand for all of some pictures: the greys themselves when every picture is
/// grey, otherwise a median cut (Heckbert 1982) of their colours at 5 bits a channel.
class ColourPalette {
 public:
  using Colour = std::array<std::uint8_t, 3>;

  explicit ColourPalette(const std::vector<Picture>& pictures);

  const std::array<Colour, 256>& colours() const { return colours_; }
  /// One palette index per pixel, row-major.
  std::vector<std::uint8_t> indices_of(const Picture& picture) const;

 private:
  bool grey_ = true;
  std::array<Colour, 256> colours_ = {};
  std::vector<std::uint8_t> index_of_cell_;  ///< [32·32·32], colour pictures only
};

}  // namespace latent
