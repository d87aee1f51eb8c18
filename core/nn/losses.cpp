#include "nn/losses.h"

#include "nn/fast_path.h"

namespace latent::nn {

Tensor reconstruction_loss_per_image(const Tensor& decoded, const Tensor& x,
                                     ReconstructionLoss kind, bool fast_path) {
  if (kind == ReconstructionLoss::SquaredError) {
    return 0.5 * (decoded - x).square().flatten(1).sum(1);
  }
  if (fast_path && fast::can_run_cross_entropy(decoded, x)) {
    return fast::cross_entropy_per_image(decoded, x);
  }
  return torch::binary_cross_entropy_with_logits(decoded, x, {}, {}, at::Reduction::None)
      .flatten(1)
      .sum(1);
}

Tensor reconstruction_loss(const Tensor& decoded, const Tensor& x, ReconstructionLoss kind,
                           bool fast_path) {
  const auto images = static_cast<double>(x.size(0));
  if (kind == ReconstructionLoss::SquaredError) {
    return torch::mse_loss(decoded, x, at::Reduction::Sum) * (0.5 / images);
  }
  if (fast_path && fast::can_run_cross_entropy(decoded, x)) return fast::cross_entropy(decoded, x);
  return torch::binary_cross_entropy_with_logits(decoded, x, {}, {}, at::Reduction::Sum) / images;
}

Tensor kl_divergence(const Tensor& mean, const Tensor& log_var) {
  return 0.5 * (log_var.exp() + mean.square() - 1.0 - log_var);
}

Tensor mean_kl_divergence(const Tensor& mean, const Tensor& log_var, bool fast_path) {
  if (fast_path) {
    const Tensor outputs = fast::gaussian_outputs(mean, log_var);
    if (outputs.defined()) return fast::gaussian_kl(outputs);
  }
  return kl_divergence(mean, log_var).sum(1).mean();
}

Tensor reparameterize(const Tensor& mean, const Tensor& log_var, const at::Generator& generator,
                      bool fast_path) {
  Tensor noise;
  {
    const torch::NoGradGuard no_grad;
    noise = torch::empty(mean.sizes(), mean.options()).normal_(0.0, 1.0, generator);
  }
  if (fast_path) {
    const Tensor outputs = fast::gaussian_outputs(mean, log_var);
    if (outputs.defined()) return fast::gaussian_sample(outputs, noise);
  }
  return torch::addcmul(mean, (0.5 * log_var).exp(), noise);
}

Tensor to_pixels(const Tensor& decoded, ReconstructionLoss kind) {
  return kind == ReconstructionLoss::SquaredError ? decoded.clamp(0.0, 1.0) : decoded.sigmoid();
}

Tensor one_hot(const Tensor& labels, std::int64_t classes) {
  return labels.unsqueeze(1)
      .eq(torch::arange(classes, torch::TensorOptions().dtype(torch::kInt64)).unsqueeze(0))
      .to(torch::kFloat32);
}

}  // namespace latent::nn
