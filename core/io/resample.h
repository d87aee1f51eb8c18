#pragma once

#include "latent/pictures.h"

namespace latent {

/// Scales with a triangle filter that widens when it shrinks, so that nothing is skipped
/// (antialiased bilinear).
Picture resample(const Picture& picture, int width, int height);

/// The part of `width` × `height` pixels in the middle; neither larger than the picture.
Picture crop_middle(const Picture& picture, int width, int height);

}  // namespace latent
