#include "ui/plots/splat_passes.h"

#include "ui/plots/splat_passes.inl"

const latent::ui::SplatPasses latent::ui::kPlainSplatPasses = passesNamed("plain");
