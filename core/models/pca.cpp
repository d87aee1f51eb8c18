#include <cstdio>

#include "models/linear_system.h"
#include "models/registry.h"

namespace latent::models {
namespace {

/// Principal component analysis: the L orthonormal directions in which the training images vary
/// most; no linear code of that length rebuilds them with a smaller squared error.
/// Hotelling 1933, https://doi.org/10.1037/h0071325
class PrincipalComponentAnalysis final : public LinearSystem {
 public:
  explicit PrincipalComponentAnalysis(const ModelContext& context)
      : LinearSystem(context),
        components_(
            register_weights("components", {context.config.latent_dim, context.shape.pixels()})),
        shares_(register_buffer("shares", torch::zeros({context.config.latent_dim}))) {}

  std::vector<Diagnostic> diagnostics(const Batch& /*probe*/) override {
    char held[32];
    std::snprintf(held, sizeof held, "%.1f", 100.0 * shares_.sum().item<double>());
    return {{.id = "variance_share",
             .title = "Share of the variance",
             .help = "How much of all that differs between the training images lies along each "
                     "component. Together they hold " +
                     std::string{held} + " %; a larger code holds more.",
             .unit = "share",
             .values = {shares_.data_ptr<float>(), shares_.data_ptr<float>() + shares_.numel()},
             .verdict = {}}};
  }

 protected:
  void fit(const TrainingContext& context) override {
    const PrincipalComponents found =
        principal_components(*context.data, shape().pixels(), components_.size(0),
                             context.generator, config().fast_path);
    fit_mean(found.mean);
    components_.copy_(found.directions);
    if (found.total_variance > 0.0) shares_.copy_(found.variances / found.total_variance);
  }
  const Tensor& filters() const override { return components_; }
  const Tensor& patterns() const override { return components_; }

 private:
  Tensor components_;  // [L, D]
  Tensor shares_;      // [L]
};

[[maybe_unused]] const bool pca_registered = register_model<PrincipalComponentAnalysis>({
    .id = "pca",
    .title = "PCA",
    .summary = "The directions in which the pictures differ most: the best that a linear code can "
               "do, found in one step.",
    .citation = "Hotelling 1933, Analysis of a Complex of Statistical Variables into Principal "
                "Components",
    .url = "https://doi.org/10.1037/h0071325",
    .order = 50,
    .loss_terms = {reconstruction_term()},
    .supports_convolution = false,
    .gradient_trained = false,
});

}  // namespace
}  // namespace latent::models
