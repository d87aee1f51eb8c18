#pragma once

#include <cstddef>
#include <cstdint>

#include "latent_space/instruction_set.h"

// The sums that an exploration's questions consist of. No product is fused with its sum, and each
// sum has one order: the same bits with every instruction set.
namespace latent::passes {

/// Squared distances of `count` points, a multiple of 16, to `query` [dim], the coordinates added
/// up in their order. Coordinate l of the points is at columns + l · count. Says whether any is at
/// most `limit`.
bool distances_within(const float* columns, std::size_t count, std::size_t dim, const float* query,
                      float limit, float* squared /* [count] */,
                      InstructionSet set = instruction_set());

/// Squared distances of `codes` [n, dim] to `query` [dim].
void squared_distances(const float* codes, std::size_t n, std::size_t dim, const float* query,
                       double* squared /* [n] */, InstructionSet set = instruction_set());

/// Where `codes` [n, dim] lie on `axes` [2, dim] from `origin` [dim].
void project(const float* codes, std::size_t n, std::size_t dim, const float* origin,
             const float* axes, float* points /* [n, 2] */, InstructionSet set = instruction_set());

/// Σ (picture − wanted)², pixels from 0 to 255.
float squared_picture_distance(const std::uint8_t* picture, const float* wanted, std::size_t pixels,
                               InstructionSet set = instruction_set());
/// Σ (a − b)²; exact.
std::int64_t squared_pixel_distance(const std::uint8_t* a, const std::uint8_t* b,
                                    std::size_t pixels, InstructionSet set = instruction_set());

}  // namespace latent::passes
