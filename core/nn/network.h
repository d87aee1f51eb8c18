#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "latent/dataset.h"
#include "latent/training_config.h"
#include "nn/torch_script.h"

/// Layers and networks. Each hides which path computes: the plain LibTorch operators, or the fused
/// kernels (`Build::fast_path`). Both paths have the same parameters, by name and shape.
namespace latent::nn {

using torch::Tensor;

namespace fast {
class ConvNetwork;
}

/// How a network is made: where its initial weights are drawn from and which path computes.
struct Build {
  at::Generator generator;
  bool initialize = true;  ///< false: weights are copied in afterwards, nothing is drawn
  bool fast_path = true;
};

/// y = x·Wᵀ + b. `weight` [out, in], `bias` [out]; x [N, in] to [N, out]. Initial weights and bias:
/// U(−1/√in, 1/√in), PyTorch's default.
class Linear : public torch::nn::Module {
 public:
  Linear(std::int64_t in, std::int64_t out, const Build& build, bool with_bias = true);
  Tensor forward(const Tensor& x);
  /// What `forward` does, as TorchScript: writes it for the value called `x`, returns the name of
  /// the result. So do all `script` below, in evaluation mode.
  std::string script(TorchScript& to, const std::string& x) const;

  Tensor weight;
  Tensor bias;  ///< undefined without bias

 private:
  bool fast_path_;
};

/// The affine part and the statistics of a batch normalisation over the channels (dimension 1).
/// ε = 1e-5, momentum 0.1 as in PyTorch. Evaluation mode uses the running statistics.
class BatchNorm : public torch::nn::Module {
 public:
  explicit BatchNorm(std::int64_t features);
  /// x [N, F] or [N, F, H, W], same shape back.
  Tensor forward(const Tensor& x);
  std::string script(TorchScript& to, const std::string& x) const;

  static constexpr double kEpsilon = 1e-5;
  static constexpr double kMomentum = 0.1;
  Tensor weight;        ///< [F]
  Tensor bias;          ///< [F]
  Tensor running_mean;  ///< [F]
  Tensor running_var;   ///< [F], unbiased
};

/// Linear without bias → BatchNorm → ReLU. x [N, in] to [N, out].
class DenseBlock : public torch::nn::Module {
 public:
  DenseBlock(std::int64_t in, std::int64_t out, const Build& build);
  Tensor forward(const Tensor& x);
  std::string script(TorchScript& to, const std::string& x) const;

  std::shared_ptr<Linear> linear;
  std::shared_ptr<BatchNorm> norm;

 private:
  bool fast_path_;
};

/// Dense blocks one after another. x [N, in] to [N, out()], or through `head` as well: a network
/// that runs as a whole costs less than its layers one by one.
class DenseStack : public torch::nn::Module {
 public:
  DenseStack(std::int64_t in, const std::vector<int>& widths, const Build& build);
  Tensor forward(const Tensor& x, Linear* head = nullptr);
  std::int64_t out() const { return out_; }
  const std::vector<std::shared_ptr<DenseBlock>>& blocks() const { return blocks_; }

 private:
  std::vector<std::shared_ptr<DenseBlock>> blocks_;
  std::int64_t out_;
  bool fast_path_;
};

/// Pictures to a flat output (codes, Gaussian parameters, class scores).
class Encoder : public torch::nn::Module {
 public:
  /// x [N, C, H, W] float32; `extra` [N, E] joins the flattened picture (dense) or the features
  /// before the last layer (convolutional); undefined when the network was made with E = 0.
  /// Returns [N, outputs].
  virtual Tensor forward(const Tensor& x, const Tensor& extra = {}) = 0;
  /// `extra`: empty where the network was made with E = 0.
  virtual std::string script(TorchScript& to, const std::string& x,
                             const std::string& extra = {}) const = 0;
};

/// Codes to logits of pictures.
class Decoder : public torch::nn::Module {
 public:
  /// z [N, inputs] to logits [N, C, H, W].
  virtual Tensor forward(const Tensor& z) = 0;
  virtual std::string script(TorchScript& to, const std::string& z) const = 0;
};

/// flatten → dense blocks → Linear.
class DenseEncoder : public Encoder {
 public:
  DenseEncoder(const ImageShape& shape, const std::vector<int>& widths, std::int64_t outputs,
               std::int64_t extra, const Build& build);
  Tensor forward(const Tensor& x, const Tensor& extra = {}) override;
  std::string script(TorchScript& to, const std::string& x,
                     const std::string& extra = {}) const override;

  std::shared_ptr<DenseStack> hidden;
  std::shared_ptr<Linear> head;
};

/// dense blocks → Linear → [N, C, H, W].
class DenseDecoder : public Decoder {
 public:
  DenseDecoder(const ImageShape& shape, const std::vector<int>& widths, std::int64_t inputs,
               const Build& build);
  Tensor forward(const Tensor& z) override;
  std::string script(TorchScript& to, const std::string& z) const override;

  std::shared_ptr<DenseStack> hidden;
  std::shared_ptr<Linear> head;

 private:
  ImageShape shape_;
};

/// Three blocks of (3×3 convolution, stride 2, without bias → BatchNorm → ReLU), channels
/// 32-64-128, then Linear. Any picture of at least one pixel: each block halves, rounding up.
class ConvEncoder : public Encoder {
 public:
  ConvEncoder(const ImageShape& shape, std::int64_t outputs, std::int64_t extra,
              const Build& build);
  Tensor forward(const Tensor& x, const Tensor& extra = {}) override;
  std::string script(TorchScript& to, const std::string& x,
                     const std::string& extra = {}) const override;

 private:
  std::vector<Tensor> weights_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
  std::shared_ptr<Linear> head_;
  std::shared_ptr<fast::ConvNetwork> fast_;  // null: the plain operators
};

/// The mirror of ConvEncoder: a dense block, then transposed convolutions; the last has a bias and
/// gives the logits.
class ConvDecoder : public Decoder {
 public:
  ConvDecoder(const ImageShape& shape, std::int64_t inputs, const Build& build);
  Tensor forward(const Tensor& z) override;
  std::string script(TorchScript& to, const std::string& z) const override;

 private:
  struct Size {
    std::int64_t height;
    std::int64_t width;
  };
  /// A transposed convolution gives 2n − 1 pixels; the mirrored size is that or one more.
  Size output_padding(std::size_t layer) const {
    return {sizes_[layer + 1].height - (2 * sizes_[layer].height - 1),
            sizes_[layer + 1].width - (2 * sizes_[layer].width - 1)};
  }
  std::vector<Size> sizes_;  // of the maps, smallest first; the last is the picture
  std::shared_ptr<DenseBlock> entry_;
  std::vector<Tensor> weights_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
  Tensor bias_;
  std::shared_ptr<fast::ConvNetwork> fast_;  // null: the plain operators
};

/// The encoder that `config` asks for. `shape` includes the padding. Empty `hidden_widths`: the
/// shrink-factor rule with `outputs` as the narrow end.
std::shared_ptr<Encoder> make_encoder(const TrainingConfig& config, const ImageShape& shape,
                                      std::int64_t outputs, const Build& build,
                                      std::int64_t extra = 0);
/// The decoder that `config` asks for: hidden widths mirrored. `inputs` = `narrow_end` + whatever
/// is joined to the code; the shrink-factor rule takes `narrow_end` (0: `inputs`).
std::shared_ptr<Decoder> make_decoder(const TrainingConfig& config, const ImageShape& shape,
                                      std::int64_t inputs, const Build& build,
                                      std::int64_t narrow_end = 0);

/// The bake-off's rule: s = int((pixels // narrow_end)^(1/3)), widths pixels // s, pixels // s²,
/// outermost first. 1024 → 20: 341, 113; 1024 → 40: 512, 256; 1024 → 2: 146, 20.
std::vector<int> shrink_widths(std::int64_t pixels, std::int64_t narrow_end);

/// U(−bound, bound) with bound = 1/√fan_in, drawn from the build's generator; with
/// `build.initialize` false the values are left as they are. Returns `parameter`.
Tensor uniform_by_fan_in(Tensor parameter, std::int64_t fan_in, const Build& build);

}  // namespace latent::nn
