#include "nn/kernels/dispatch.h"

#include <algorithm>
#include <atomic>

#include "nn/kernels/kernels.h"

namespace latent::nn::kernels {
namespace {

const Passes& table_of(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::Avx512) return kAvx512Passes;
  if (set == InstructionSet::Avx2) return kAvx2Passes;
#endif
  static_cast<void>(set);
  return kPlainPasses;
}

std::atomic<InstructionSet>& chosen() {
  static std::atomic<InstructionSet> set{available_instruction_sets().back()};
  return set;
}

std::atomic<const Passes*>& table() {
  static std::atomic<const Passes*> current{&table_of(chosen())};
  return current;
}

}  // namespace

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::Plain};
#if defined(__x86_64__)
  // These also ask whether the system saves the registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(InstructionSet::Avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      sets.push_back(InstructionSet::Avx512);
    }
  }
#endif
  return sets;
}

InstructionSet instruction_set() {
  return chosen();
}

void choose_instruction_set(InstructionSet set) {
  const std::vector<InstructionSet> sets = available_instruction_sets();
  if (std::find(sets.begin(), sets.end(), set) == sets.end()) return;
  chosen() = set;
  table() = &table_of(set);
}

std::string name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::Avx512:
      return "AVX-512";
    case InstructionSet::Avx2:
      return "AVX2";
    case InstructionSet::Plain:
      break;
  }
  return "plain";
}

const Passes& passes() {
  return *table().load(std::memory_order_relaxed);
}

}  // namespace latent::nn::kernels
