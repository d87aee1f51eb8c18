#pragma once

#include <span>

#include "io/picture_codecs.h"
#include "latent/data_catalogue.h"

namespace latent {

/// Throws Error{InvalidConfig} when the size asked for cannot be made.
void check_import(const ImageImport& image_import);

/// Brings one decoded picture to the size, orientation of light, and planes [C, H, W] that
/// `image_import` asks for. What a fitted picture leaves free gets the mean colour of its corners.
void import_picture(const Picture& picture, const ImageImport& image_import,
                    std::span<std::uint8_t> pixels);

}  // namespace latent
