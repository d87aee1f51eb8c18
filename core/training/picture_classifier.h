#pragma once

#include <memory>
#include <stop_token>

#include "latent/classifier.h"
#include "latent/dataset.h"
#include "nn/network.h"

namespace latent::training {

/// What every classifier asks of `classify`: whole pictures, and room for each one's probabilities.
/// Throws Error{ShapeMismatch}.
void check_classified(const Classifier& classifier, std::span<const std::uint8_t> images,
                      std::span<const float> probabilities);

/// The convolutional encoder of the systems (nn/network.h) on pictures in 0 … 1; softmax over the K
/// classes.
class PictureClassifier final : public Classifier {
 public:
  /// Trains on the labelled images of `data.train` for 12 epochs: cross-entropy, batches of 128,
  /// Adam from 1e-3 down to 0 by a cosine; each batch is moved by up to two pixels in both
  /// directions, so that a digit need not be where MNIST has it. Computes with the calling thread's
  /// number of threads. Throws Error{InvalidConfig} when the labels have fewer than two classes,
  /// Error{Cancelled} soon after a stop request.
  PictureClassifier(const DataSplit& data, std::uint64_t seed, const std::stop_token& stop);

  ImageShape shape() const override { return shape_; }
  int classes() const override { return classes_; }
  void classify(std::span<const std::uint8_t> images,
                std::span<float> probabilities) const override;

 private:
  ImageShape shape_;
  int classes_;
  std::shared_ptr<nn::Encoder> network_;
};

}  // namespace latent::training
