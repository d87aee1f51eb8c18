#pragma once

#include <immintrin.h>

#include <cstdint>

// Sixteen floats in one AVX-512 register. Only files compiled for AVX-512 include this; the same
// names for other instruction sets are in vector_avx2.h and vector_plain.h.
namespace {

struct Mask {
  __mmask16 bits;
};

struct Vector {
  static constexpr std::int64_t kLanes = 16;
  __m512 lanes;
};

inline __mmask16 first_lanes(std::int64_t n) {
  return static_cast<__mmask16>((1U << n) - 1U);
}

inline Vector set(float value) {
  return {_mm512_set1_ps(value)};
}
inline Vector load(const float* p) {
  return {_mm512_loadu_ps(p)};
}
inline Vector load(const float* p, std::int64_t n) {
  return {_mm512_maskz_loadu_ps(first_lanes(n), p)};
}
inline void store(float* p, Vector a) {
  _mm512_storeu_ps(p, a.lanes);
}
inline void store(float* p, Vector a, std::int64_t n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), a.lanes);
}
inline Vector load_bytes(const std::uint8_t* p) {
  return {_mm512_cvtepi32_ps(
      _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))))};
}

inline Vector operator+(Vector a, Vector b) {
  return {_mm512_add_ps(a.lanes, b.lanes)};
}
inline Vector operator-(Vector a, Vector b) {
  return {_mm512_sub_ps(a.lanes, b.lanes)};
}
inline Vector operator*(Vector a, Vector b) {
  return {_mm512_mul_ps(a.lanes, b.lanes)};
}
inline Vector operator/(Vector a, Vector b) {
  return {_mm512_div_ps(a.lanes, b.lanes)};
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return {_mm512_fmadd_ps(a.lanes, b.lanes, c.lanes)};
}
// A NaN in `a` comes through: the hardware returns the second operand when either is a NaN.
inline Vector maximum(Vector a, Vector b) {
  return {_mm512_max_ps(b.lanes, a.lanes)};
}
inline Vector minimum(Vector a, Vector b) {
  return {_mm512_min_ps(b.lanes, a.lanes)};
}
inline Vector absolute(Vector a) {
  return {_mm512_abs_ps(a.lanes)};
}
inline Vector square_root(Vector a) {
  return {_mm512_sqrt_ps(a.lanes)};
}
inline Vector nearest_integer(Vector a) {
  return {_mm512_roundscale_ps(a.lanes, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
/// 2ⁿ for whole n in [−126, 127].
inline Vector power_of_two(Vector n) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(
      _mm512_add_epi32(_mm512_cvtps_epi32(n.lanes), _mm512_set1_epi32(127)), 23))};
}
inline Mask greater(Vector a, Vector b) {
  return {_mm512_cmp_ps_mask(a.lanes, b.lanes, _CMP_GT_OQ)};
}
inline Vector select(Mask mask, Vector yes, Vector no) {
  return {_mm512_mask_blend_ps(mask.bits, no.lanes, yes.lanes)};
}
inline float sum(Vector a) {
  return _mm512_reduce_add_ps(a.lanes);
}

}  // namespace
