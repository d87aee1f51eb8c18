#include <algorithm>
#include <cmath>

#include "models/linear_system.h"
#include "models/registry.h"
#include "nn/products.h"

namespace latent::models {
namespace {

constexpr std::int64_t kMostNumbers = std::int64_t{1} << 24;  // 64 MB of whitened codes
constexpr std::int64_t kIcaPart = 8192;
constexpr double kNoVariance = 1e-7;  // beside the largest
constexpr double kSettled = 1e-4;     // of the angles' cosines, from step to step

/// (W·Wᵀ)^(−½)·W.
Tensor decorrelated(const Tensor& w) {
  const auto [values, vectors] = torch::linalg_eigh(torch::mm(w, w.t()), "L");
  return torch::mm(torch::mm(vectors * values.clamp_min(1e-12).rsqrt(), vectors.t()), w);
}

struct Rotation {
  Tensor rows;  // [R, R] float64, orthonormal
  int steps = 0;
  bool settled = false;
};

/// FastICA's fixed point on white z [N, R]: w ← E[z·tanh(wᵀz)] − E[1 − tanh²(wᵀz)]·w for all rows
/// at once, made orthonormal by (W·Wᵀ)^(−½)·W. Hyvärinen 1999, Eq. 20 and 28.
Rotation fast_ica(const Tensor& z, int most_steps, const at::Generator& generator, bool fast_path) {
  const std::int64_t r = z.size(1);
  const auto n = static_cast<double>(z.size(0));
  Rotation rotation{
      .rows = decorrelated(torch::empty({r, r}, torch::kFloat64).normal_(0.0, 1.0, generator))};
  while (rotation.steps < most_steps && !rotation.settled) {
    const Tensor rows = rotation.rows.to(torch::kFloat32);
    Tensor moved = torch::zeros({r, r}, torch::kFloat64);
    Tensor slope = torch::zeros({r}, torch::kFloat64);
    for (std::int64_t first = 0; first < z.size(0); first += kIcaPart) {
      const Tensor part = z.narrow(0, first, std::min(kIcaPart, z.size(0) - first));
      const Tensor bent = nn::product_transposed(part, rows, fast_path).tanh();
      moved += nn::transposed_product(bent, part, fast_path);
      slope += (1.0 - bent.square()).sum(0, /*keepdim=*/false, torch::kFloat64);
    }
    const Tensor next = decorrelated((moved - slope.unsqueeze(1) * rotation.rows) / n);
    const double turned = (1.0 - (next * rotation.rows).sum(1).abs()).abs().max().item<double>();
    rotation.rows = next;
    rotation.settled = turned < kSettled;
    ++rotation.steps;
  }
  return rotation;
}

/// Independent component analysis: the images are whitened to L dimensions by PCA, then turned
/// until the code's dimensions are as far from Gaussian, and so as independent, as they get.
/// Hyvärinen 1999, Fast and Robust Fixed-Point Algorithms for ICA, with symmetric decorrelation and
/// the tanh contrast, https://doi.org/10.1109/72.761722
class IndependentComponentAnalysis final : public LinearSystem {
 public:
  explicit IndependentComponentAnalysis(const ModelContext& context)
      : LinearSystem(context),
        filters_(register_weights("filters", {context.config.latent_dim, context.shape.pixels()})),
        patterns_(
            register_weights("patterns", {context.config.latent_dim, context.shape.pixels()})),
        steps_(register_buffer("steps", torch::zeros({1}, torch::kInt64))),
        settled_(register_buffer("settled", torch::zeros({1}, torch::kInt64))) {}

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Tensor z = encode(probe.x, {}).mean;
    const Tensor centred = z - z.mean(0);
    const Tensor variance = centred.square().mean(0).clamp_min(1e-12);
    const Tensor kurtosis =
        (centred.square().square().mean(0) / variance.square() - 3.0).contiguous();
    Diagnostic shape{
        .id = "excess_kurtosis",
        .title = "Excess kurtosis of each component",
        .help =
            "How far each component is from Gaussian, whose value is 0. High: zero "
            "for most pictures and large for a few, as a stroke that some digits "
            "have. A component near 0 is not told apart from the others.",
        .unit = "",
        .values = {kurtosis.data_ptr<float>(), kurtosis.data_ptr<float>() + kurtosis.numel()},
        .verdict = {}};
    const auto steps = steps_.item<std::int64_t>();
    if (steps > 0 && settled_.item<std::int64_t>() == 0) {
      shape.verdict = "The components had not settled after " + std::to_string(steps) +
                      " steps: allow more and start again, or use a smaller code.";
    }
    return {std::move(shape)};
  }

 protected:
  void fit(const TrainingContext& context) override {
    const std::int64_t length = filters_.size(0);
    const PrincipalComponents found = principal_components(*context.data, shape().pixels(), length,
                                                           context.generator, config().fast_path);
    fit_mean(found.mean);
    // Directions without variance cannot be whitened: they stay out of the code.
    const auto rank =
        found.variances.gt(kNoVariance * found.variances[0]).sum().item<std::int64_t>();
    if (rank == 0) return;
    const Tensor deviations = found.variances.narrow(0, 0, rank).sqrt().unsqueeze(1);
    const Tensor directions = found.directions.narrow(0, 0, rank);
    const Tensor whitening = directions / deviations;
    const Rotation rotation = fast_ica(whitened(context, found.mean, whitening),
                                       static_cast<int>(hyperparameter("iterations")),
                                       context.generator, config().fast_path);

    Tensor filters = torch::mm(rotation.rows, whitening);
    Tensor patterns = torch::mm(rotation.rows, directions * deviations);
    const Tensor largest = patterns.gather(1, patterns.abs().argmax(1, /*keepdim=*/true)).sign();
    const Tensor order = patterns.norm(2, 1).argsort(0, /*descending=*/true);
    filters_.narrow(0, 0, rank).copy_((filters * largest).index_select(0, order));
    patterns_.narrow(0, 0, rank).copy_((patterns * largest).index_select(0, order));
    steps_.fill_(rotation.steps);
    settled_.fill_(rotation.settled ? 1 : 0);
  }
  const Tensor& filters() const override { return filters_; }
  const Tensor& patterns() const override { return patterns_; }

 private:
  /// The images' white codes [n, R], of every image or of as many, evenly spread, as are bounded.
  Tensor whitened(const TrainingContext& context, const Tensor& mean,
                  const Tensor& whitening) const {
    const std::int64_t most = std::max(kMostNumbers / whitening.size(0), whitening.size(0));
    const std::int64_t stride = (context.data->size() + most - 1) / most;
    const Tensor shift = mean.to(torch::kFloat32);
    const Tensor rows = whitening.to(torch::kFloat32);
    std::vector<Tensor> parts;
    std::int64_t seen = 0;
    for_each_part(*context.data, shape().pixels(), context.generator, [&](const Tensor& x) {
      const std::int64_t skipped = (stride - seen % stride) % stride;
      seen += x.size(0);
      if (skipped >= x.size(0)) return;
      parts.push_back(nn::product_transposed(x.slice(0, skipped, x.size(0), stride) - shift, rows,
                                             config().fast_path));
    });
    return torch::cat(parts);
  }

  Tensor filters_;   // [L, D]
  Tensor patterns_;  // [L, D]
  Tensor steps_;     // [1] int64
  Tensor settled_;   // [1] int64, 0 or 1
};

[[maybe_unused]] const bool ica_registered = register_model<IndependentComponentAnalysis>({
    .id = "ica",
    .title = "ICA",
    .summary = "PCA's dimensions, turned until each says something that the others do not: parts "
               "of strokes instead of averages of pictures.",
    .citation = "Hyvärinen 1999, Fast and Robust Fixed-Point Algorithms for Independent Component "
                "Analysis, Eq. 20 and 28",
    .url = "https://doi.org/10.1109/72.761722",
    .order = 51,
    .hyperparameters = {{.id = "iterations",
                         .title = "Steps at most",
                         .help = "How often all directions are moved before the search is given "
                                 "up. Higher: slower where they do not settle.",
                         .kind = Hyperparameter::Kind::Integer,
                         .initial = 200,
                         .minimum = 1,
                         .maximum = 10000,
                         .logarithmic = true}},
    .loss_terms = {reconstruction_term()},
    .supports_convolution = false,
    .gradient_trained = false,
});

}  // namespace
}  // namespace latent::models
