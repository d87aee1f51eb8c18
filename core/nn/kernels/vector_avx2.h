#pragma once

#include <immintrin.h>

#include <cstdint>

// Eight floats in one AVX register. Only files compiled for AVX2 and FMA include this; see
// vector_avx512.h.
namespace {

struct Mask {
  __m256 bits;
};

struct Vector {
  static constexpr std::int64_t kLanes = 8;
  __m256 lanes;
};

inline __m256i first_lanes(std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

inline Vector set(float value) {
  return {_mm256_set1_ps(value)};
}
inline Vector load(const float* p) {
  return {_mm256_loadu_ps(p)};
}
inline Vector load(const float* p, std::int64_t n) {
  return {_mm256_maskload_ps(p, first_lanes(n))};
}
inline void store(float* p, Vector a) {
  _mm256_storeu_ps(p, a.lanes);
}
inline void store(float* p, Vector a, std::int64_t n) {
  _mm256_maskstore_ps(p, first_lanes(n), a.lanes);
}
inline Vector load_bytes(const std::uint8_t* p) {
  return {_mm256_cvtepi32_ps(
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))))};
}

inline Vector operator+(Vector a, Vector b) {
  return {_mm256_add_ps(a.lanes, b.lanes)};
}
inline Vector operator-(Vector a, Vector b) {
  return {_mm256_sub_ps(a.lanes, b.lanes)};
}
inline Vector operator*(Vector a, Vector b) {
  return {_mm256_mul_ps(a.lanes, b.lanes)};
}
inline Vector operator/(Vector a, Vector b) {
  return {_mm256_div_ps(a.lanes, b.lanes)};
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return {_mm256_fmadd_ps(a.lanes, b.lanes, c.lanes)};
}
// A NaN in `a` comes through: the hardware returns the second operand when either is a NaN.
inline Vector maximum(Vector a, Vector b) {
  return {_mm256_max_ps(b.lanes, a.lanes)};
}
inline Vector minimum(Vector a, Vector b) {
  return {_mm256_min_ps(b.lanes, a.lanes)};
}
inline Vector absolute(Vector a) {
  return {_mm256_andnot_ps(_mm256_set1_ps(-0.0F), a.lanes)};
}
inline Vector square_root(Vector a) {
  return {_mm256_sqrt_ps(a.lanes)};
}
inline Vector nearest_integer(Vector a) {
  return {_mm256_round_ps(a.lanes, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
/// 2ⁿ for whole n in [−126, 127].
inline Vector power_of_two(Vector n) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(
      _mm256_add_epi32(_mm256_cvtps_epi32(n.lanes), _mm256_set1_epi32(127)), 23))};
}
inline Mask greater(Vector a, Vector b) {
  return {_mm256_cmp_ps(a.lanes, b.lanes, _CMP_GT_OQ)};
}
inline Vector select(Mask mask, Vector yes, Vector no) {
  return {_mm256_blendv_ps(no.lanes, yes.lanes, mask.bits)};
}
inline float sum(Vector a) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(a.lanes), _mm256_extractf128_ps(a.lanes, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

}  // namespace
