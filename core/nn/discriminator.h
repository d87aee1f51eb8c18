#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/network.h"

/// The second player of adversarial training (Goodfellow et al. 2014,
/// https://arxiv.org/abs/1406.2661): a network that tells what is genuine from what was made.
namespace latent::nn {

/// Pictures or codes to one logit each: above zero "genuine", below "made". Leaky ReLUs (slope 0.2)
/// and no batch normalisation, so that each is judged by itself, unless `sees_variety`: then the
/// last layer is also told the standard deviation of each feature over the batch, as one mean
/// (Karras et al. 2017, section 3, https://arxiv.org/abs/1710.10196), by which a maker of ever the
/// same thing is found out.
class Discriminator : public torch::nn::Module {
 public:
  explicit Discriminator(bool sees_variety) : sees_variety_(sees_variety) {}
  /// What each hidden layer gives, [N, F] flattened, from the picture's side on.
  virtual std::vector<Tensor> hidden(const Tensor& x) = 0;
  /// The last of them, by which the last layer judges.
  virtual Tensor features(const Tensor& x) { return hidden(x).back(); }
  /// Logits [N, 1].
  Tensor forward(const Tensor& x);

 protected:
  /// What the last layer takes beside the features.
  std::int64_t extra_inputs() const { return sees_variety_ ? 1 : 0; }
  /// [N, F + extra_inputs()] to logits [N, 1].
  virtual Tensor judge(const Tensor& features) = 0;

 private:
  bool sees_variety_;
};

/// flatten → (Linear → leaky ReLU) × widths → Linear. x [N, …] with `inputs` numbers each.
class DenseDiscriminator final : public Discriminator {
 public:
  DenseDiscriminator(std::int64_t inputs, const std::vector<int>& widths, const Build& build,
                     bool sees_variety = false);
  std::vector<Tensor> hidden(const Tensor& x) override;

 private:
  Tensor judge(const Tensor& features) override;

  std::vector<std::shared_ptr<Linear>> layers_;
};

/// Three 3×3 convolutions of stride 2, each with a leaky ReLU, channels 32-64-128, then Linear.
class ConvDiscriminator final : public Discriminator {
 public:
  ConvDiscriminator(const ImageShape& shape, const Build& build, bool sees_variety = false);
  std::vector<Tensor> hidden(const Tensor& x) override;
  Tensor features(const Tensor& x) override;

 private:
  Tensor judge(const Tensor& features) override;

  std::vector<Tensor> weights_;
  std::vector<Tensor> biases_;
  std::shared_ptr<Linear> head_;
  std::shared_ptr<fast::ConvNetwork> fast_;  // null: the plain operators
};

/// A discriminator of pictures with the hidden layers of the encoder that `config` asks for.
std::shared_ptr<Discriminator> make_picture_discriminator(const TrainingConfig& config,
                                                          const ImageShape& shape,
                                                          const Build& build,
                                                          bool sees_variety = false);

/// −log σ(logit), mean over the batch: what a discriminator pays for calling these "made", and, in
/// the non-saturating form, what their maker pays when it is not believed (Goodfellow et al. 2014,
/// section 3). log 2 at a logit of zero.
Tensor loss_as_genuine(const Tensor& logits);
/// −log(1 − σ(logit)), mean over the batch: what a discriminator pays for calling these "genuine".
Tensor loss_as_made(const Tensor& logits);

/// While it lives, a network is looked through but not changed: its parameters take no gradient,
/// and what its buffers (batch statistics) become is undone at the end.
class HeldStill {
 public:
  explicit HeldStill(torch::nn::Module& module);
  ~HeldStill();
  HeldStill(const HeldStill&) = delete;
  HeldStill& operator=(const HeldStill&) = delete;

 private:
  std::vector<Tensor> parameters_;                  // those that took gradients
  std::vector<std::pair<Tensor, Tensor>> buffers_;  // and their values before
};

}  // namespace latent::nn
