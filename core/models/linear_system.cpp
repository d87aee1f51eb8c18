#include "models/linear_system.h"

#include <algorithm>
#include <cmath>

#include "latent/error.h"
#include "nn/losses.h"
#include "nn/products.h"

namespace latent::models {
namespace {

constexpr std::int64_t kPartPixels = std::int64_t{1} << 22;  // 16 MB of float32
constexpr std::int64_t kLargestPart = 4096;
constexpr std::int64_t kLargestCovariance = 1600;
constexpr double kClip = 1e-6;

constexpr int kMostPasses = 40;
constexpr double kStanding = 1e-7;  // relative change of the variances' sum from pass to pass

/// Rows with the largest entry positive, so that the same data give the same signs.
Tensor with_fixed_signs(const Tensor& rows) {
  const Tensor largest = rows.gather(1, rows.abs().argmax(1, /*keepdim=*/true));
  return rows *
         torch::where(largest.lt(0.0), torch::full_like(largest, -1.0), torch::ones_like(largest));
}

struct Spectrum {
  Tensor values;   // [n], falling
  Tensor vectors;  // [n, n], rows
};

Spectrum spectrum_of(const Tensor& symmetric) {
  const auto [values, vectors] = torch::linalg_eigh(0.5 * (symmetric + symmetric.t()), "L");
  return {values.flip(0), vectors.t().flip(0)};
}

Tensor mean_of(const TrainingData& data, std::int64_t pixels, const at::Generator& generator) {
  Tensor sum = torch::zeros({pixels}, torch::kFloat64);
  for_each_part(data, pixels, generator,
                [&](const Tensor& x) { sum += x.sum(0, /*keepdim=*/false, torch::kFloat64); });
  return sum / static_cast<double>(data.size());
}

PrincipalComponents by_covariance(const TrainingData& data, std::int64_t pixels, std::int64_t count,
                                  const at::Generator& generator, bool fast_path) {
  // Around the first part's mean, so that one pass suffices and float32 loses nothing; the true
  // mean is taken off at the end.
  Tensor shift;
  Tensor sum = torch::zeros({pixels}, torch::kFloat64);
  Tensor products = torch::zeros({pixels, pixels}, torch::kFloat64);
  for_each_part(data, pixels, generator, [&](const Tensor& x) {
    if (!shift.defined()) shift = x.mean(0);
    const Tensor centred = x - shift;
    sum += centred.sum(0, /*keepdim=*/false, torch::kFloat64);
    products += nn::transposed_product(centred, centred, fast_path);
  });
  const auto n = static_cast<double>(data.size());
  const Tensor offset = sum / n;
  const Spectrum spectrum = spectrum_of(products / n - torch::outer(offset, offset));
  return {.mean = shift + offset,
          .directions = with_fixed_signs(spectrum.vectors.narrow(0, 0, count)),
          .variances = spectrum.values.narrow(0, 0, count).clamp_min(0.0),
          .total_variance = spectrum.values.clamp_min(0.0).sum().item<double>()};
}

PrincipalComponents by_subspace(const TrainingData& data, std::int64_t pixels, std::int64_t count,
                                const at::Generator& generator, bool fast_path) {
  const std::int64_t block = std::min(pixels, count + std::max<std::int64_t>(16, count / 2));
  const auto n = static_cast<double>(data.size());
  const Tensor mean = mean_of(data, pixels, generator);
  const Tensor shift = mean.to(torch::kFloat32);
  const auto orthonormal = [](const Tensor& rows) {
    return std::get<0>(torch::linalg_qr(rows.t(), "reduced")).t();
  };
  Tensor basis = orthonormal(
      torch::empty({block, pixels}, torch::kFloat64).normal_(0.0, 1.0, generator.clone()));
  double total = 0.0;
  double before = 0.0;
  for (int pass = 1;; ++pass) {
    const Tensor rows = basis.to(torch::kFloat32);
    Tensor image = torch::zeros({block, pixels}, torch::kFloat64);
    total = 0.0;
    for_each_part(data, pixels, generator, [&](const Tensor& x) {
      const Tensor centred = x - shift;
      total += centred.square().sum(torch::kFloat64).item<double>();
      image += nn::transposed_product(nn::product_transposed(centred, rows, fast_path), centred,
                                      fast_path);
    });
    image /= n;
    const Spectrum spectrum = spectrum_of(torch::mm(image, basis.t()));
    const double sum = spectrum.values.narrow(0, 0, count).sum().item<double>();
    if (pass == kMostPasses || std::abs(sum - before) <= kStanding * sum) {
      return {
          .mean = mean,
          .directions = with_fixed_signs(torch::mm(spectrum.vectors.narrow(0, 0, count), basis)),
          .variances = spectrum.values.narrow(0, 0, count).clamp_min(0.0),
          .total_variance = total / n};
    }
    before = sum;
    basis = orthonormal(image);
  }
}

}  // namespace

void for_each_part(const TrainingData& data, std::int64_t pixels, const at::Generator& generator,
                   const std::function<void(const Tensor& x)>& visit) {
  const torch::NoGradGuard no_grad;
  const at::Generator draws = generator.clone();
  const std::int64_t part = std::clamp<std::int64_t>(kPartPixels / pixels, 1, kLargestPart);
  for (std::int64_t first = 0; first < data.size(); first += part) {
    const std::int64_t last = std::min(first + part, data.size());
    visit(data.rows(torch::arange(first, last, torch::kInt64), draws).x.flatten(1));
  }
}

PrincipalComponents principal_components(const TrainingData& data, std::int64_t pixels,
                                         std::int64_t count, const at::Generator& generator,
                                         bool fast_path) {
  const torch::NoGradGuard no_grad;
  return pixels <= kLargestCovariance ? by_covariance(data, pixels, count, generator, fast_path)
                                      : by_subspace(data, pixels, count, generator, fast_path);
}

LinearSystem::LinearSystem(const ModelContext& context) : Autoencoder(context) {
  const std::int64_t pixels = context.shape.pixels();
  if (context.config.latent_dim > pixels) {
    throw Error{ErrorCode::InvalidConfig, context.info.title + " of pictures with " +
                                              std::to_string(pixels) +
                                              " pixels has at most as many dimensions; found " +
                                              std::to_string(context.config.latent_dim) + "."};
  }
  mean_ = register_weights("mean", {pixels});
  fitted_ = register_buffer("fitted", torch::zeros({1}, torch::kInt64));
}

Tensor LinearSystem::register_weights(const std::string& name, at::IntArrayRef sizes) {
  return register_parameter(name, torch::zeros(sizes), /*requires_grad=*/false);
}

Code LinearSystem::encode(const Tensor& x, const Tensor& /*labels*/) {
  return {.mean = nn::product_transposed(x.flatten(1) - mean_, filters(), config().fast_path)};
}

Tensor LinearSystem::decode(const Tensor& z, const Tensor& /*labels*/) {
  return (nn::product(z, patterns(), config().fast_path) + mean_)
      .view({z.size(0), shape().channels, shape().height, shape().width});
}

Tensor LinearSystem::to_pixels(const Tensor& decoded) {
  return decoded.clamp(0.0, 1.0);
}

Autoencoder::ScriptedCode LinearSystem::script_encode(nn::TorchScript& to, const std::string& x,
                                                      const std::string& /*labels*/) const {
  const std::string centred =
      to.call("torch.sub", {to.call("torch.flatten", {x, "1"}), to.tensor(mean_)});
  return {.mean = to.linear(centred, filters()), .log_var = {}};
}

std::string LinearSystem::script_decode(nn::TorchScript& to, const std::string& z,
                                        const std::string& /*labels*/) const {
  return to.pictures(
      to.call("torch.add", {to.call("torch.mm", {z, to.tensor(patterns())}), to.tensor(mean_)}),
      shape());
}

std::string LinearSystem::script_pixels(nn::TorchScript& to, const std::string& decoded) const {
  return to.call("torch.clamp", {decoded, "0.", "1."});
}

Tensor LinearSystem::reconstruction_per_image(const Tensor& decoded, const Tensor& x) {
  if (config().reconstruction_loss == ReconstructionLoss::SquaredError) {
    return nn::reconstruction_loss_per_image(decoded, x, ReconstructionLoss::SquaredError);
  }
  return torch::binary_cross_entropy(decoded.clamp(kClip, 1.0 - kClip), x, {}, at::Reduction::None)
      .flatten(1)
      .sum(1);
}

Tensor LinearSystem::reconstruction(const Tensor& decoded, const Batch& batch) {
  return reconstruction_per_image(decoded, batch.x).mean();
}

Losses LinearSystem::train_step(const Batch& /*batch*/, const TrainingContext& context) {
  const torch::NoGradGuard no_grad;
  if (fitted_.item<std::int64_t>() == 0) {
    fit(context);
    fitted_.fill_(1);
  }
  double sum = 0.0;
  for_each_part(*context.data, shape().pixels(), context.generator, [&](const Tensor& x) {
    const Tensor decoded = decode(encode(x, {}).mean, {});
    sum +=
        reconstruction_per_image(decoded, x.view_as(decoded)).sum(torch::kFloat64).item<double>();
  });
  const Tensor mean = torch::full({}, sum / static_cast<double>(context.data->size()));
  return {mean, {mean}};
}

}  // namespace latent::models
