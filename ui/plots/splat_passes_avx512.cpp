#if defined(__x86_64__)
#include "ui/plots/splat_passes.h"

#include "ui/plots/splat_passes.inl"

const latent::ui::SplatPasses latent::ui::kAvx512SplatPasses = passesNamed("AVX-512");
#endif
