#pragma once

// Inner loops are written once, always inlined, and instantiated for the instruction sets below;
// which one runs is decided at run time. Their last bits differ: a multiplication and an addition
// are one rounding where the processor can.
#if defined(__x86_64__) && defined(__GNUC__)
#define LATENT_X86 1
#define LATENT_AVX2 __attribute__((target("avx2,fma")))
#define LATENT_AVX512 \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prefer-vector-width=512")))
#endif

namespace latent {

enum class InstructionSet { Plain, Avx2, Avx512 };

inline InstructionSet instruction_set() {
#ifdef LATENT_X86
  static const InstructionSet found = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      return InstructionSet::Avx512;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? InstructionSet::Avx2
                                                                           : InstructionSet::Plain;
  }();
  return found;
#else
  return InstructionSet::Plain;
#endif
}

}  // namespace latent
