#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/autoencoder.h"

/// What linear systems share: PCA and ICA differ only in the directions they find.
/// N images, D pixels, L latent size.
namespace latent::models {

/// The first principal components of a set of images, all float64.
struct PrincipalComponents {
  Tensor mean;        ///< [D]
  Tensor directions;  ///< [K, D], orthonormal rows, by falling variance; largest entry positive
  Tensor variances;   ///< [K], along them, divided by N
  double total_variance = 0.0;
};

/// Hotelling 1933. The images are read in parts and never held together. Up to 1600 pixels the
/// covariance is made and taken apart whole; beyond, a block of K vectors and some more is
/// multiplied by it again and again without making it, until the variances stand (Halko et al.
/// 2011, algorithm 4.4, https://arxiv.org/abs/0909.4061). `count` ≤ D.
PrincipalComponents principal_components(const TrainingData& data, std::int64_t pixels,
                                         std::int64_t count, const at::Generator& generator,
                                         bool fast_path);

/// The images of `data` in order, in parts of bounded size, flattened [n, D]. What is drawn
/// (binarised inputs) is the same in every pass from a generator of the same state; `generator`
/// itself is not moved.
void for_each_part(const TrainingData& data, std::int64_t pixels, const at::Generator& generator,
                   const std::function<void(const Tensor& x)>& visit);

/// z = (x − mean)·filtersᵀ and x̂ = z·patterns + mean, fitted in one step by `fit`. The decoder
/// gives pixel values: the squared error is theirs as they are; cross-entropy is only a measure, on
/// values clipped to [1e-6, 1 − 1e-6].
class LinearSystem : public Autoencoder {
 public:
  Code encode(const Tensor& x, const Tensor& labels) override;
  Tensor decode(const Tensor& z, const Tensor& labels) override;
  Tensor to_pixels(const Tensor& decoded) override;
  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override;
  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& labels) const override;
  std::string script_pixels(nn::TorchScript& to, const std::string& decoded) const override;
  Tensor reconstruction_per_image(const Tensor& decoded, const Tensor& x) override;
  /// The first step fits; every step measures on all training images.
  Losses train_step(const Batch& batch, const TrainingContext& context) override;
  std::vector<ParameterGroup> optimizer_groups() override { return {}; }

 protected:
  /// Throws Error{InvalidConfig} when there are fewer pixels than dimensions.
  explicit LinearSystem(const ModelContext& context);

  virtual void fit(const TrainingContext& context) = 0;
  virtual const Tensor& filters() const = 0;   ///< [L, D]
  virtual const Tensor& patterns() const = 0;  ///< [L, D]
  Tensor reconstruction(const Tensor& decoded, const Batch& batch) override;
  /// Weights that no gradient trains, zero at first.
  Tensor register_weights(const std::string& name, at::IntArrayRef sizes);
  void fit_mean(const Tensor& mean) { mean_.copy_(mean); }

 private:
  Tensor mean_;    // [D]
  Tensor fitted_;  // [1] int64, 0 or 1
};

}  // namespace latent::models
