#pragma once

#include <cmath>

#include "support/small_system.h"

namespace latent::test {

/// An IWAE whose networks are linear: two pixels, one latent, x|z ~ N(w·z + b, I), so that
/// p(x) = N(b, I + w·wᵀ) is known. A ReLU of y and one of −y make y again.
struct LinearGaussian {
  SmallSystem system{
      "iwae",
      1,
      {},
      {.hidden_widths = {4}, .reconstruction_loss = ReconstructionLoss::SquaredError},
      {1, 1, 2}};
  torch::Tensor w = torch::tensor({1.5F, -0.7F});
  torch::Tensor b = torch::tensor({0.2F, 0.1F});
  torch::Tensor x = torch::tensor({1.4F, -0.9F});

  /// q(z|x) = N(scale · posterior mean, factor · posterior variance).
  LinearGaussian(double scale, double factor) {
    const torch::NoGradGuard no_grad;
    for (const auto& buffer : system.model->named_buffers()) {
      // Cancels batch normalisation's ε.
      if (buffer.key().find("running_var") != std::string::npos) buffer.value().fill_(1.0 - 1e-5);
    }
    const auto set = [&](const std::string& name, const torch::Tensor& values) {
      system.parameter(name).copy_(values);
    };
    const double precision = 1.0 + value(w.square().sum());
    set("encoder.hidden.block1.linear.weight", torch::cat({torch::eye(2), -torch::eye(2)}));
    const torch::Tensor direction = scale / precision * w;
    set("encoder.head.weight",
        torch::stack({torch::cat({direction, -direction}), torch::zeros({4})}));
    set("encoder.head.bias", torch::tensor({static_cast<float>(-value((direction * b).sum())),
                                            static_cast<float>(std::log(factor / precision))}));
    set("decoder.hidden.block1.linear.weight", torch::tensor({{1.0F}, {-1.0F}, {0.0F}, {0.0F}}));
    set("decoder.head.weight", torch::stack({w, -w, torch::zeros({2}), torch::zeros({2})}, 1));
    set("decoder.head.bias", b);
    system.model->eval();
  }

  /// −log p(x) without ½D·log 2π, as the squared error leaves it out.
  double exact() const {
    const double norm = value(w.square().sum());
    const torch::Tensor d = x - b;
    const double projected = value((d * w).sum());
    const double quadratic = value(d.square().sum()) - projected * projected / (1.0 + norm);
    return 0.5 * quadratic + 0.5 * std::log(1.0 + norm);
  }

  models::Batch batch(std::int64_t n) const {
    return {x.view({1, 1, 1, 2}).expand({n, 1, 1, 2}).contiguous(), {}, {}};
  }
  double bound(double k, std::int64_t n) {
    system.model->set_hyperparameter("samples", k);
    models::PassContext pass;
    pass.generator = generator(11);
    return value(system.model->evaluate_losses(batch(n), pass).total);
  }
};

}  // namespace latent::test
