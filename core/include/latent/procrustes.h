#pragma once

#include <array>
#include <span>

namespace latent {

/// An orthogonal map of the plane, row-major: (x, y) goes to (m[0]·x + m[1]·y, m[2]·x + m[3]·y).
using PlaneTurn = std::array<double, 4>;

/// The rotation or reflection about the origin that brings `points` [n, 2] nearest to `target`
/// [n, 2] in the sum of squared distances (Schönemann 1966, A generalized solution of the
/// orthogonal Procrustes problem, https://doi.org/10.1007/BF02289451; in the plane it has a closed
/// form). Nothing is scaled or moved. Points that are not finite in either are left out; without
/// any that say something, the identity. Throws Error{ShapeMismatch} for different numbers of
/// points.
PlaneTurn procrustes(std::span<const float> points, std::span<const float> target);

}  // namespace latent
