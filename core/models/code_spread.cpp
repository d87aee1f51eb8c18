#include "models/code_spread.h"

#include <algorithm>

namespace latent::models {

Diagnostic code_spread(const Tensor& codes, const std::string& cure) {
  const torch::NoGradGuard no_grad;
  Diagnostic each{.id = "code_spread",
                  .title = "Spread of the codes per dimension",
                  .help =
                      "The standard deviation of each dimension over the images; the prior's "
                      "is 1. Where it is not, samples from the prior decode badly: " +
                      cure + ".",
                  .unit = "",
                  .values = to_vector(codes.std(0, /*unbiased=*/false)),
                  .verdict = {}};
  constexpr float kNarrow = 0.5F;
  constexpr float kWide = 1.6F;
  const auto off = std::count_if(each.values.begin(), each.values.end(),
                                 [](float value) { return value < kNarrow || value > kWide; });
  if (off > 0) {
    each.verdict = std::to_string(off) + " of " + std::to_string(each.values.size()) +
                   " dimensions do not fill the prior; a higher λ makes them.";
  }
  return each;
}

}  // namespace latent::models
