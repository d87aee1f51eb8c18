#include "latent_space/distance_passes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#define LATENT_INLINE [[gnu::always_inline]] inline

namespace latent::passes {
namespace {

/// The compiler's own vectors, as wide as a register of the processor: wider ones go through
/// memory.
template <std::size_t kBytes>
struct Vectors {
  // NOLINTBEGIN(modernize-use-using)
  typedef float Floats __attribute__((vector_size(kBytes)));
  typedef std::int32_t Whole __attribute__((vector_size(kBytes)));
  typedef double Doubles __attribute__((vector_size(kBytes)));
  typedef float HalfFloats __attribute__((vector_size(kBytes / 2)));
  // NOLINTEND(modernize-use-using)
  static constexpr std::size_t kFloats = kBytes / sizeof(float);
  static constexpr std::size_t kDoubles = kBytes / sizeof(double);
};

template <typename Vector, typename Value>
LATENT_INLINE Vector load(const Value* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <typename Vector>
LATENT_INLINE auto folded(const Vector& v) {
  constexpr std::size_t lanes = sizeof(Vector) / sizeof(v[0]);
  if constexpr (lanes == 2) {
    return v[0] + v[1];
  } else if constexpr (lanes == 4) {
    return folded(__builtin_shufflevector(v, v, 0, 1) + __builtin_shufflevector(v, v, 2, 3));
  } else if constexpr (lanes == 8) {
    return folded(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                  __builtin_shufflevector(v, v, 4, 5, 6, 7));
  } else {
    return folded(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                  __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
  }
}

/// `lanes` sums side by side, in as many registers as that takes. In the end each is added to that
/// half of them further, until one is left: the same order however wide a register is.
template <typename Vector, std::size_t lanes>
struct Sums {
  static constexpr std::size_t kVectors = lanes * sizeof(Vector{}[0]) / sizeof(Vector);
  Vector parts[kVectors] = {};

  LATENT_INLINE auto total() {
    for (std::size_t half = kVectors / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) parts[i] += parts[i + half];
    }
    return folded(parts[0]);
  }
};

struct DistancesWithin {
  template <std::size_t kBytes>
  LATENT_INLINE static bool run(const float* columns, std::size_t count, std::size_t dim,
                                const float* query, float limit, float* squared) {
    using V = Vectors<kBytes>;
    using Floats = typename V::Floats;
    typename V::Whole within{};
    for (std::size_t j = 0; j < count; j += 16) {
      constexpr std::size_t at_once = 16 / V::kFloats;
      Floats totals[at_once] = {};
      for (std::size_t l = 0; l < dim; ++l) {
        for (std::size_t i = 0; i < at_once; ++i) {
          const auto at = load<Floats>(columns + l * count + j + i * V::kFloats);
          const Floats difference = at - query[l];
          totals[i] += difference * difference;
        }
      }
      for (std::size_t i = 0; i < at_once; ++i) {
        std::memcpy(squared + j + i * V::kFloats, &totals[i], sizeof totals[i]);
        within |= totals[i] <= limit;
      }
    }
    std::int32_t any = 0;
    for (std::size_t i = 0; i < V::kFloats; ++i) any |= within[i];
    return any != 0;
  }
};

constexpr std::size_t kLanes = 8;  // doubles of the widest register

/// A vector of numbers in steps of `kLanes`. Where the last are fewer, the last step is read from
/// dim − kLanes on, and what another step holds too is nought in it.
std::vector<double> in_steps(const float* values, std::size_t dim) {
  const std::size_t whole = dim / kLanes * kLanes;
  std::vector<double> steps(values, values + whole);
  if (whole == dim) return steps;
  for (std::size_t l = dim - kLanes; l < dim; ++l) {
    steps.push_back(l < whole ? 0.0 : double{values[l]});
  }
  return steps;
}

struct SquaredDistances {
  template <std::size_t kBytes>
  LATENT_INLINE static void run(const float* codes, std::size_t n, std::size_t dim,
                                const double* query, const std::int64_t* last, double* squared) {
    using V = Vectors<kBytes>;
    using Doubles = typename V::Doubles;
    constexpr std::size_t parts = kLanes / V::kDoubles;
    using Mask = decltype(Doubles{} < Doubles{});
    for (std::size_t i = 0; i < n; ++i) {
      const float* code = codes + i * dim;
      Sums<Doubles, kLanes> sums;
      const auto difference = [&](std::size_t at, std::size_t step, std::size_t part)
          __attribute__((always_inline)) {
        const auto numbers = load<typename V::HalfFloats>(code + at + part * V::kDoubles);
        return __builtin_convertvector(numbers, Doubles) -
               load<Doubles>(query + step + part * V::kDoubles);
      };
      std::size_t l = 0;
      for (; l + kLanes <= dim; l += kLanes) {
        for (std::size_t part = 0; part < parts; ++part) {
          const Doubles off = difference(l, l, part);
          sums.parts[part] += off * off;
        }
      }
      if (l < dim) {
        for (std::size_t part = 0; part < parts; ++part) {
          const Doubles off = difference(dim - kLanes, l, part);
          sums.parts[part] += load<Mask>(last + part * V::kDoubles) ? off * off : Doubles{};
        }
      }
      squared[i] = sums.total();
    }
  }
};

struct Project {
  template <std::size_t kBytes>
  LATENT_INLINE static void run(const float* codes, std::size_t n, std::size_t dim,
                                const double* origin, const double* horizontal,
                                const double* vertical, float* points) {
    using V = Vectors<kBytes>;
    using Doubles = typename V::Doubles;
    for (std::size_t i = 0; i < n; ++i) {
      const float* code = codes + i * dim;
      Sums<Doubles, kLanes> x;
      Sums<Doubles, kLanes> y;
      for (std::size_t l = 0; l < dim; l += kLanes) {
        const float* from = code + std::min(l, dim - kLanes);
        for (std::size_t part = 0; part < kLanes / V::kDoubles; ++part) {
          const std::size_t at = part * V::kDoubles;
          const auto numbers = load<typename V::HalfFloats>(from + at);
          const Doubles centred =
              __builtin_convertvector(numbers, Doubles) - load<Doubles>(origin + l + at);
          x.parts[part] += centred * load<Doubles>(horizontal + l + at);
          y.parts[part] += centred * load<Doubles>(vertical + l + at);
        }
      }
      points[2 * i] = static_cast<float>(x.total());
      points[2 * i + 1] = static_cast<float>(y.total());
    }
  }
};

/// Codes of two numbers: several points at once.
struct ProjectPairs {
  template <typename Doubles>
  LATENT_INLINE static Doubles sums_of_pairs(const Doubles& x, const Doubles& y) {
    if constexpr (sizeof(Doubles) == 16) {
      return __builtin_shufflevector(x, y, 0, 2) + __builtin_shufflevector(x, y, 1, 3);
    } else if constexpr (sizeof(Doubles) == 32) {
      return __builtin_shufflevector(x, y, 0, 4, 2, 6) + __builtin_shufflevector(x, y, 1, 5, 3, 7);
    } else {
      return __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14) +
             __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15);
    }
  }

  template <std::size_t kBytes>
  LATENT_INLINE static std::size_t run(const float* codes, std::size_t n, const float* origin,
                                       const float* axes, float* points) {
    using V = Vectors<kBytes>;
    using Doubles = typename V::Doubles;
    Doubles from{};
    Doubles right{};
    Doubles up{};
    for (std::size_t i = 0; i < V::kDoubles; ++i) {
      from[i] = origin[i % 2];
      right[i] = axes[i % 2];
      up[i] = axes[2 + i % 2];
    }
    std::size_t i = 0;
    for (; 2 * i + V::kDoubles <= 2 * n; i += V::kDoubles / 2) {
      const auto numbers = load<typename V::HalfFloats>(codes + 2 * i);
      const Doubles centred = __builtin_convertvector(numbers, Doubles) - from;
      const Doubles at = sums_of_pairs<Doubles>(centred * right, centred * up);
      const auto rounded = __builtin_convertvector(at, typename V::HalfFloats);
      std::memcpy(points + 2 * i, &rounded, sizeof rounded);
    }
    return i;
  }
};

struct SquaredPictureDistance {
  static constexpr std::size_t kSums = 64;  // so many that no addition waits for the one before it

  template <std::size_t kBytes, std::size_t kPixels, typename Totals>
  LATENT_INLINE static void add(const std::uint8_t* picture, const float* wanted, Totals& sums) {
    using Floats = typename Vectors<kBytes>::Floats;
    constexpr std::size_t floats = Vectors<kBytes>::kFloats;
    // The compiler knows how to widen bytes in a loop, not in a vector.
    float numbers[kPixels];
    for (std::size_t i = 0; i < kPixels; ++i) numbers[i] = static_cast<float>(picture[i]);
    for (std::size_t part = 0; part < kPixels / floats; ++part) {
      const Floats difference =
          load<Floats>(numbers + part * floats) - load<Floats>(wanted + part * floats);
      sums.parts[part] += difference * difference;
    }
  }

  template <std::size_t kBytes>
  LATENT_INLINE static float run(const std::uint8_t* picture, const float* wanted,
                                 std::size_t pixels) {
    Sums<typename Vectors<kBytes>::Floats, kSums> sums;
    std::size_t p = 0;
    for (; p + kSums <= pixels; p += kSums) add<kBytes, kSums>(picture + p, wanted + p, sums);
    for (; p + 16 <= pixels; p += 16) add<kBytes, 16>(picture + p, wanted + p, sums);
    float rest = 0.0F;
    for (; p < pixels; ++p) {
      const float difference = static_cast<float>(picture[p]) - wanted[p];
      rest += difference * difference;
    }
    return sums.total() + rest;
  }
};

struct SquaredPixelDistance {
  // A sum of so many squares fits 32 bits, and whole numbers may be summed in any order.
  static constexpr std::size_t kPart = 32768;

  template <std::size_t kBytes>
  LATENT_INLINE static std::int64_t run(const std::uint8_t* a, const std::uint8_t* b,
                                        std::size_t pixels) {
    std::int64_t total = 0;
    for (std::size_t first = 0; first < pixels; first += kPart) {
      const std::size_t last = std::min(pixels, first + kPart);
      std::int32_t part = 0;
      for (std::size_t p = first; p < last; ++p) {
        // Of 16 bits, two squares and their sum are one instruction.
        const auto difference = static_cast<std::int16_t>(a[p] - b[p]);
        part += difference * difference;
      }
      total += part;
    }
    return total;
  }
};

#ifdef LATENT_X86
template <typename Pass, typename... Arguments>
LATENT_AVX2 auto with_avx2(Arguments... arguments) {
  return Pass::template run<32>(arguments...);
}
template <typename Pass, typename... Arguments>
LATENT_AVX512 auto with_avx512(Arguments... arguments) {
  return Pass::template run<64>(arguments...);
}
#endif

template <typename Pass, typename... Arguments>
auto with(InstructionSet set, Arguments... arguments) {
  switch (set) {
#ifdef LATENT_X86
    case InstructionSet::Avx512:
      return with_avx512<Pass>(arguments...);
    case InstructionSet::Avx2:
      return with_avx2<Pass>(arguments...);
#endif
    default:
      return Pass::template run<16>(arguments...);
  }
}

}  // namespace

bool distances_within(const float* columns, std::size_t count, std::size_t dim, const float* query,
                      float limit, float* squared, InstructionSet set) {
  return with<DistancesWithin>(set, columns, count, dim, query, limit, squared);
}

void squared_distances(const float* codes, std::size_t n, std::size_t dim, const float* query,
                       double* squared, InstructionSet set) {
  if (dim < kLanes) {
    for (std::size_t i = 0; i < n; ++i) {
      double total = 0.0;
      for (std::size_t l = 0; l < dim; ++l) {
        const double difference = double{codes[i * dim + l]} - double{query[l]};
        total += difference * difference;
      }
      squared[i] = total;
    }
    return;
  }
  const std::vector<double> steps = in_steps(query, dim);
  std::int64_t last[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) {
    last[i] = dim - kLanes + i < dim / kLanes * kLanes ? 0 : -1;
  }
  with<SquaredDistances>(set, codes, n, dim, steps.data(), static_cast<const std::int64_t*>(last),
                         squared);
}

void project(const float* codes, std::size_t n, std::size_t dim, const float* origin,
             const float* axes, float* points, InstructionSet set) {
  const float* horizontal = axes;
  const float* vertical = axes + dim;
  if (dim < kLanes) {
    std::size_t i = dim == 2 ? with<ProjectPairs>(set, codes, n, origin, axes, points) : 0;
    for (; i < n; ++i) {
      const float* code = codes + i * dim;
      double x = 0.0;
      double y = 0.0;
      for (std::size_t l = 0; l < dim; ++l) {
        const double centred = double{code[l]} - double{origin[l]};
        x += centred * double{horizontal[l]};
        y += centred * double{vertical[l]};
      }
      points[2 * i] = static_cast<float>(x);
      points[2 * i + 1] = static_cast<float>(y);
    }
    return;
  }
  const std::vector<double> from = in_steps(origin, dim);
  const std::vector<double> right = in_steps(horizontal, dim);
  const std::vector<double> up = in_steps(vertical, dim);
  with<Project>(set, codes, n, dim, from.data(), right.data(), up.data(), points);
}

float squared_picture_distance(const std::uint8_t* picture, const float* wanted, std::size_t pixels,
                               InstructionSet set) {
  return with<SquaredPictureDistance>(set, picture, wanted, pixels);
}

std::int64_t squared_pixel_distance(const std::uint8_t* a, const std::uint8_t* b,
                                    std::size_t pixels, InstructionSet set) {
  return with<SquaredPixelDistance>(set, a, b, pixels);
}

}  // namespace latent::passes
