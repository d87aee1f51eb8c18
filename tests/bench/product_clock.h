#pragma once

namespace latent::bench {

/// Time spent in oneDNN's matrix products and what they computed, by every thread of this program
/// since the last reset. Counted by standing in front of `dnnl_sgemm` (product_clock.cpp): the
/// engine itself carries no clock.
struct ProductClock {
  double seconds = 0.0;
  double operations = 0.0;  ///< floating-point operations
  long calls = 0;
};
ProductClock read_product_clock();
void reset_product_clock();

}  // namespace latent::bench
