#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "latent/pictures.h"

namespace latent::bakeoff {

/// Colours that people with a colour-vision deficiency can tell apart (Okabe & Ito 2008, two more
/// and two greys): the eleventh class has the first one's.
inline constexpr std::uint8_t kClassColours[10][3] = {
    {0, 114, 178}, {230, 159, 0},  {0, 158, 115}, {204, 121, 167}, {86, 180, 233},
    {213, 94, 0},  {150, 140, 20}, {90, 60, 160}, {60, 60, 60},    {150, 150, 150}};
inline constexpr std::size_t kClassColourCount = 10;

/// A square picture of `points` [n, 2], both axes to one scale, y upwards; the colour says the
/// label [n], and -1 is the palest of greys.
Picture class_map(const std::vector<float>& points, const std::vector<std::int32_t>& labels);

}  // namespace latent::bakeoff
