#pragma once

#include <math.h>
#include <string.h>

#include <cstdint>

// Four floats, in whatever registers every machine of the architecture has (SSE2, NEON), by the
// compiler's vector types; see vector_avx512.h.
namespace {

using FourFloats = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));

struct Mask {
  FourInts bits;
};

struct Vector {
  static constexpr std::int64_t kLanes = 4;
  FourFloats lanes;
};

inline Vector set(float value) {
  return {FourFloats{value, value, value, value}};
}
inline Vector load(const float* p) {
  Vector a;
  memcpy(&a.lanes, p, sizeof a.lanes);
  return a;
}
inline Vector load(const float* p, std::int64_t n) {
  Vector a = set(0.0F);
  for (std::int64_t i = 0; i < n; ++i) a.lanes[i] = p[i];
  return a;
}
inline void store(float* p, Vector a) {
  memcpy(p, &a.lanes, sizeof a.lanes);
}
inline void store(float* p, Vector a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) p[i] = a.lanes[i];
}
inline Vector load_bytes(const std::uint8_t* p) {
  return {FourFloats{static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2]),
                     static_cast<float>(p[3])}};
}

inline Vector operator+(Vector a, Vector b) {
  return {a.lanes + b.lanes};
}
inline Vector operator-(Vector a, Vector b) {
  return {a.lanes - b.lanes};
}
inline Vector operator*(Vector a, Vector b) {
  return {a.lanes * b.lanes};
}
inline Vector operator/(Vector a, Vector b) {
  return {a.lanes / b.lanes};
}
inline Vector multiply_add(Vector a, Vector b, Vector c) {
  return {a.lanes * b.lanes + c.lanes};
}
// A NaN in `a` comes through: a comparison with it is false.
inline Vector maximum(Vector a, Vector b) {
  return {b.lanes > a.lanes ? b.lanes : a.lanes};
}
inline Vector minimum(Vector a, Vector b) {
  return {b.lanes < a.lanes ? b.lanes : a.lanes};
}
inline Vector absolute(Vector a) {
  FourInts bits;
  memcpy(&bits, &a.lanes, sizeof bits);
  bits &= 0x7fffffff;
  memcpy(&a.lanes, &bits, sizeof bits);
  return a;
}
inline Vector square_root(Vector a) {
  for (int i = 0; i < 4; ++i) a.lanes[i] = sqrtf(a.lanes[i]);
  return a;
}
/// For |a| < 2²²: adding 1.5·2²³ leaves no room for a fraction.
inline Vector nearest_integer(Vector a) {
  volatile FourFloats shifted = a.lanes + 12582912.0F;
  return {shifted - 12582912.0F};
}
/// 2ⁿ for whole n in [−126, 127].
inline Vector power_of_two(Vector n) {
  const FourInts exponent = (__builtin_convertvector(n.lanes, FourInts) + 127) << 23;
  memcpy(&n.lanes, &exponent, sizeof exponent);
  return n;
}
inline Mask greater(Vector a, Vector b) {
  return {a.lanes > b.lanes};
}
inline Vector select(Mask mask, Vector yes, Vector no) {
  return {mask.bits ? yes.lanes : no.lanes};
}
inline float sum(Vector a) {
  return (a.lanes[0] + a.lanes[2]) + (a.lanes[1] + a.lanes[3]);
}

}  // namespace
