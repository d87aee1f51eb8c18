#include "ui/plots/splat_passes.h"

#include <vector>

namespace latent::ui {

std::vector<const SplatPasses*> splatPassesHere() {
  std::vector<const SplatPasses*> here{&kPlainSplatPasses};
#if defined(__x86_64__)
  // These also ask whether the system saves the registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    here.push_back(&kAvx2SplatPasses);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      here.push_back(&kAvx512SplatPasses);
    }
  }
#endif
  return here;
}

}  // namespace latent::ui
