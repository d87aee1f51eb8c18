#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/network.h"

namespace latent::nn {

/// A dense decoder in evaluation mode as plain memory, for one code at a time: normalisation is
/// folded into a scale and a shift for each output, the weights are read where they are. Borrows
/// the decoder's tensors: it must live, unchanged, as long as the plan.
class DensePlan {
 public:
  explicit DensePlan(const DenseDecoder& decoder);

  std::size_t inputs() const { return layers_.front().in; }
  std::size_t outputs() const { return layers_.back().out; }
  /// `code` [inputs] to `logits` [outputs]. Allocates nothing after the first call of a thread.
  void run(std::span<const float> code, std::span<float> logits) const;

 private:
  struct Layer {
    std::size_t in;
    std::size_t out;
    const float* weights;      // [out, in]
    std::vector<float> scale;  // [out]
    std::vector<float> shift;  // [out]
    bool rectified;
  };
  std::vector<Layer> layers_;
};

}  // namespace latent::nn
