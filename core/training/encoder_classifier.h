#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "latent/classifier.h"
#include "latent/dataset.h"
#include "latent/engine.h"
#include "models/autoencoder.h"
#include "nn/network.h"

namespace latent::training {

/// A system's encoder with one linear layer on its code and a softmax over the classes, trained as
/// a whole on labels: fine-tuning (Hinton & Salakhutdinov 2006; Bengio et al. 2007). The code is
/// what the map shows, posterior means; of quantised codes it is what comes before.
class EncoderClassifier final : public Classifier {
 public:
  /// `network`: a system in evaluation mode, which stays as it is. `shape` is without the padding.
  /// Trains on one thread. Throws as Engine::train_on_encoder.
  EncoderClassifier(models::Autoencoder& network, const ImageShape& shape, const Dataset& images,
                    const FineTuning& how, const std::stop_token& stop);

  ImageShape shape() const override { return shape_; }
  int classes() const override { return classes_; }
  void classify(std::span<const std::uint8_t> images,
                std::span<float> probabilities) const override;

  /// What the encoder makes of `images` [n, C, H, W] now, [n, L].
  std::vector<float> codes(std::span<const std::uint8_t> images) const;

 private:
  torch::Tensor code_of(const torch::Tensor& x) const;
  void train(const Dataset& images, const FineTuning& how, const std::stop_token& stop);

  ImageShape shape_;
  int classes_;
  std::shared_ptr<models::Autoencoder> network_;
  std::shared_ptr<nn::Linear> head_;
};

}  // namespace latent::training
