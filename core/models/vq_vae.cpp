#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "nn/gaussian_mixture.h"

namespace latent::models {
namespace {

enum class Codebook { Scalar, Vector };
/// The order of the choices of the knob "prior".
enum class CodePrior { Fitted, Uniform };

constexpr double kDecay = 0.99;              // γ of the moving averages
constexpr double kSmoothing = 1e-5;          // Laplace smoothing of the cluster sizes
constexpr double kDeadShare = 0.02;          // of the fair share 1/K of the uses: fewer is dead
constexpr std::int64_t kFirstImages = 4096;  // the first code book is drawn from their codes
constexpr std::int64_t kPriorImages = 8192;  // the prior is fitted to their codes
constexpr std::int64_t kPriorPart = 512;     // that are encoded at once
constexpr int kPriorMost = 512;  // numbers of a code: a covariance of more is not worth its memory

/// How many numbers of the code are quantised together: the largest divisor of L up to `wanted`.
std::int64_t group_size(int latent_dim, int wanted) {
  int size = std::min(latent_dim, wanted);
  while (latent_dim % size != 0) --size;
  return size;
}

/// VQ-VAE: the code is replaced by the nearest entries of a learned code book, and gradients pass
/// straight through: reconstruction + ‖sg[z_e] − e‖² + β·‖z_e − sg[e]‖², summed over the code.
/// van den Oord et al. 2017, Eq. 3, https://arxiv.org/abs/1711.00937.
/// Scalar: each of the L entries has K scalars of its own, trained by the loss (the bake-off's
/// variant). Vector: groups of entries share one book of K vectors, which follow their codes by
/// moving averages (appendix A.1); the book's term is then only shown.
///
/// While it trains, the prior is uniform over the codes, and the KL a constant. What is drawn from
/// afterwards is fitted to the codes of the training images, as in section 3.3; not an
/// autoregressive network, but a mixture of Gaussians whose draws are taken to the nearest codes
/// (Ghosh et al. 2019, section 4, https://arxiv.org/abs/1903.12436), which takes a fraction of a
/// second at the end of each epoch.
class VqVae final : public EncoderDecoder {
 public:
  explicit VqVae(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim),
        kind_(static_cast<Codebook>(choice("codebook"))),
        levels_(static_cast<std::int64_t>(hyperparameter("codes"))),
        size_(kind_ == Codebook::Scalar
                  ? 1
                  : group_size(context.config.latent_dim,
                               static_cast<int>(hyperparameter("vector_size")))),
        positions_(context.config.latent_dim / size_) {
    if (context.config.latent_dim <= kPriorMost) {
      prior_ = register_module("prior",
                               std::make_shared<nn::GaussianMixture>(context.config.latent_dim));
    }
    if (kind_ == Codebook::Scalar) {
      codebook_ = register_parameter(
          "codebook", nn::uniform_by_fan_in(torch::zeros({positions_, levels_}), 1, build()));
    } else {
      codebook_ = register_buffer(
          "codebook", nn::uniform_by_fan_in(torch::zeros({levels_, size_}), 1, build()));
      // As if each code had had its share of a batch.
      cluster_size_ = register_buffer("cluster_size", torch::ones({levels_}));
      cluster_sum_ = register_buffer("cluster_sum", codebook_.clone());
    }
    usage_ = register_buffer(
        "usage", torch::full({positions_, levels_}, 1.0 / static_cast<double>(levels_)));
  }

  Code encode(const Tensor& x, const Tensor& labels) override {
    const Tensor point = encoder_outputs(x, labels);
    return {.mean = values(nearest(point.detach())), .unquantized = point};
  }

  /// Outside training any z is taken to the nearest codes first.
  Tensor decode(const Tensor& z, const Tensor& labels) override {
    return EncoderDecoder::decode(is_training() ? z : values(nearest(z)), labels);
  }
  const nn::Decoder* plain_decoder() const override { return nullptr; }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override {
    return {.mean = script_quantize(to, script_encoder_outputs(to, x, labels)), .log_var = {}};
  }
  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& labels) const override {
    return EncoderDecoder::script_decode(to, script_quantize(to, z), labels);
  }

  /// The fitted prior; uniform over the codes of each position by choice, before the first epoch's
  /// end, and for very long codes.
  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    if (static_cast<CodePrior>(choice("prior")) == CodePrior::Fitted && prior_ &&
        prior_->fitted()) {
      return values(nearest(prior_->sample(n, generator)));
    }
    return values(torch::randint(levels_, {n, positions_}, generator, torch::kInt64));
  }

  CodeLevels code_levels() override {
    const torch::NoGradGuard no_grad;
    Tensor each;
    if (kind_ == Codebook::Scalar) {
      each = std::get<0>(codebook_.detach().sort(1));
    } else {
      // Along the vectors' main direction, so that a step changes the picture as little as it can.
      const Tensor centred = codebook_ - codebook_.mean(0, true);
      const Tensor direction = std::get<2>(torch::linalg_svd(centred, false)).select(0, 0);
      const Tensor order = torch::mv(centred, direction).argsort();
      each = codebook_.index_select(0, order).unsqueeze(0).expand({positions_, levels_, size_});
    }
    return {.positions = static_cast<int>(positions_),
            .levels = static_cast<int>(levels_),
            .size = static_cast<int>(size_),
            .values = to_vector(each)};
  }

  std::vector<Diagnostic> diagnostics(const Batch& /*probe*/) override {
    const torch::NoGradGuard no_grad;
    const Tensor share = books(usage_);
    const Tensor entropy = -(share * share.clamp_min(1e-12).log()).sum(1);
    const Tensor dead = share.lt(kDeadShare / static_cast<double>(levels_)).sum(1);
    Diagnostic usage{.id = "code_usage",
                     .title = "Code usage",
                     .help =
                         "How often each code was taken in the last hundreds of batches, most "
                         "used first (for several books: their mean). A long empty tail means "
                         "that the book is larger than is needed.",
                     .unit = "share",
                     .values = to_vector(std::get<0>(share.sort(1, /*descending=*/true)).mean(0)),
                     .verdict = {}};
    Diagnostic perplexity{
        .id = "perplexity",
        .title = "Perplexity",
        .help =
            "The number of equally used codes that would be as varied, for each book; at most "
            "the number of codes.",
        .unit = "codes",
        .values = to_vector(entropy.exp()),
        .verdict = {}};
    Diagnostic unused{.id = "dead_codes",
                      .title = "Dead codes",
                      .help =
                          "Codes that no image takes any more, for each book. A lower commitment "
                          "lets the codes spread out, fewer codes waste none, and “revive dead "
                          "codes” puts them where images are.",
                      .unit = "codes",
                      .values = to_vector(dead),
                      .verdict = {}};
    const double used =
        1.0 - dead.to(torch::kFloat64).mean().item<double>() / static_cast<double>(levels_);
    constexpr double kFewCodes = 0.1;
    if (used < kFewCodes) {
      unused.verdict = "Only " + std::to_string(static_cast<int>(std::lround(100.0 * used))) +
                       " % of the codes are used: the code book has collapsed. Turn “revive dead "
                       "codes” on, or lower the commitment.";
    }
    return {std::move(usage), std::move(perplexity), std::move(unused)};
  }

  /// The code book starts where the first codes are.
  void initialize(const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const std::int64_t images = std::min(context.data->size(), kFirstImages);
    const Tensor order = torch::randperm(context.data->size(), context.generator, torch::kInt64)
                             .narrow(0, 0, images);
    const Batch batch = context.data->rows(order, context.generator);
    const Tensor codes = encoder_outputs(batch.x, batch.labels);
    if (kind_ == Codebook::Scalar) {
      // Even quantiles of each entry.
      const Tensor rank =
          torch::linspace(0, static_cast<double>(images - 1), levels_).round().to(torch::kInt64);
      codebook_.copy_(std::get<0>(codes.sort(0)).index_select(0, rank).t());
    } else {
      const Tensor vectors = codes.reshape({-1, size_});
      const Tensor rows =
          torch::randint(vectors.size(0), {levels_}, context.generator, torch::kInt64);
      codebook_.copy_(vectors.index_select(0, rows));
      cluster_sum_.copy_(codebook_);
    }
  }

  /// Fits the prior. Its draws are its own: the run's generator does not notice.
  void end_epoch(int epoch, const TrainingContext& context) override {
    if (!prior_) return;
    const torch::NoGradGuard no_grad;
    const at::Generator random =
        at::make_generator<at::CPUGeneratorImpl>(config().seed + static_cast<std::uint64_t>(epoch));
    const std::int64_t images = std::min(context.data->size(), kPriorImages);
    const Tensor order =
        torch::randperm(context.data->size(), random, torch::kInt64).narrow(0, 0, images);
    std::vector<Tensor> codes;
    eval();
    for (const Tensor& rows : order.split(kPriorPart)) {
      const Batch batch = context.data->rows(rows, random);
      codes.push_back(encode(batch.x, batch.labels).mean);
    }
    train();
    prior_->fit(torch::cat(codes), random);
  }

 protected:
  Tensor bottleneck(const Code& code, const PassContext& /*pass*/) override {
    if (!is_training()) return code.mean;
    return code.unquantized + (code.mean - code.unquantized).detach();
  }

  std::vector<Term> regularizers(const Code& code, const Tensor& /*z*/, const Batch& /*batch*/,
                                 const PassContext& pass) override {
    const Tensor book = (code.mean - code.unquantized.detach()).square().sum(1).mean();
    const Tensor commitment = (code.unquantized - code.mean.detach()).square().sum(1).mean();
    // Like batch statistics, the averages move with each pass in training mode.
    if (is_training()) follow(code.unquantized.detach(), pass.generator);
    return {{book, kind_ == Codebook::Scalar ? 1.0 : 0.0},
            {commitment, hyperparameter("commitment")}};
  }

 private:
  /// The nearest code of each position: z [N, L] to indices [N, positions].
  Tensor nearest(const Tensor& z) const {
    const torch::NoGradGuard no_grad;
    if (kind_ == Codebook::Vector) {
      const Tensor vectors = z.reshape({-1, size_});
      // ‖v − e‖² less ‖v‖², which is the same for all codes.
      const Tensor distance =
          torch::addmm(codebook_.square().sum(1).unsqueeze(0), vectors, codebook_.t(), 1.0, -2.0);
      return distance.argmin(1).view({-1, positions_});
    }
    const auto [sorted, order] = codebook_.sort(1);
    const Tensor points = z.t().contiguous();  // [L, N]
    const Tensor right = torch::searchsorted(sorted.contiguous(), points).clamp_(1, levels_ - 1);
    const Tensor left = right - 1;
    const Tensor is_right =
        (sorted.gather(1, right) - points).abs().lt((points - sorted.gather(1, left)).abs());
    return order.gather(1, torch::where(is_right, right, left)).t();
  }

  /// values(nearest(z)), as TorchScript.
  std::string script_quantize(nn::TorchScript& to, const std::string& z) const {
    if (kind_ == Codebook::Vector) {
      const std::string vectors =
          to.let("torch.reshape(" + z + ", [-1, " + std::to_string(size_) + "])");
      const Tensor lengths = codebook_.square().sum(1).unsqueeze(0);
      const std::string distance =
          to.let("torch.addmm(" + to.tensor(lengths) + ", " + vectors + ", torch.t(" +
                 to.tensor(codebook_) + "), beta=1, alpha=-2)");
      const std::string indices = to.call("torch.argmin", {distance, "1"});
      const std::string chosen =
          to.call("torch.index_select", {to.tensor(codebook_), "0", indices});
      return to.let("torch.reshape(" + chosen + ", [-1, " + std::to_string(positions_ * size_) +
                    "])");
    }
    // [L, N, K]: small books, so that every distance can be had.
    const std::string points = to.let("torch.unsqueeze(torch.t(" + z + "), 2)");
    const std::string book = to.let("torch.unsqueeze(" + to.tensor(codebook_) + ", 1)");
    const std::string away = to.let("torch.abs(torch.sub(" + points + ", " + book + "))");
    const std::string indices = to.call("torch.argmin", {away, "2"});
    return to.let("torch.t(torch.gather(" + to.tensor(codebook_) + ", 1, " + indices + "))");
  }

  /// Indices [N, positions] to codes [N, L]; carries gradients to a trained book.
  Tensor values(const Tensor& indices) const {
    if (kind_ == Codebook::Scalar) return codebook_.gather(1, indices.t()).t();
    return codebook_.index_select(0, indices.flatten()).view({-1, positions_ * size_});
  }

  /// [positions, K] by book: positions that share one are summed up to shares of one.
  Tensor books(const Tensor& shares) const {
    return kind_ == Codebook::Scalar ? shares : shares.mean(0, true);
  }

  /// Moves the usage, and the vectors' book, towards the codes `z` [N, L] of a batch.
  void follow(const Tensor& z, const at::Generator& generator) {
    const torch::NoGradGuard no_grad;
    const Tensor indices = nearest(z);
    const auto images = static_cast<double>(z.size(0));
    const Tensor counts = torch::zeros_like(usage_).scatter_add_(
        1, indices.t().contiguous(), torch::ones({positions_, z.size(0)}));
    usage_.mul_(kDecay).add_(counts, (1.0 - kDecay) / images);
    if (kind_ == Codebook::Vector) {
      const Tensor vectors = z.reshape({-1, size_});
      const Tensor sums = torch::zeros_like(codebook_).index_add_(0, indices.flatten(), vectors);
      cluster_size_.mul_(kDecay).add_(counts.sum(0), 1.0 - kDecay);
      cluster_sum_.mul_(kDecay).add_(sums, 1.0 - kDecay);
      const Tensor total = cluster_size_.sum();
      const Tensor smoothed = (cluster_size_ + kSmoothing) /
                              (total + kSmoothing * static_cast<double>(levels_)) * total;
      codebook_.copy_(cluster_sum_ / smoothed.unsqueeze(1));
    }
    if (hyperparameter("revive") != 0.0) revive(z, generator);
  }

  /// A dead code takes the place of a code of this batch, and starts again with a fair share.
  void revive(const Tensor& z, const at::Generator& generator) {
    const double fair = 1.0 / static_cast<double>(levels_);
    const Tensor dead = books(usage_).lt(kDeadShare * fair);  // [books, K]
    if (!dead.any().item<bool>()) return;
    const Tensor places = dead.nonzero();  // [D, 2]
    const Tensor book = places.select(1, 0);
    const Tensor level = places.select(1, 1);
    if (kind_ == Codebook::Scalar) {
      const Tensor rows = torch::randint(z.size(0), {places.size(0)}, generator, torch::kInt64);
      // Past the graph, which watches the book for changes: no image took these entries, so that no
      // gradient of this step knows them.
      codebook_.data().index_put_({book, level}, z.index({rows, book}));
      usage_.index_put_({book, level}, torch::full({}, fair));
    } else {
      const Tensor vectors = z.reshape({-1, size_});
      const Tensor rows =
          torch::randint(vectors.size(0), {places.size(0)}, generator, torch::kInt64);
      const Tensor chosen = vectors.index_select(0, rows);
      codebook_.index_copy_(0, level, chosen);
      const Tensor share = cluster_size_.mean();
      cluster_size_.index_put_({level}, share);
      cluster_sum_.index_copy_(0, level, chosen * share);
      usage_.index_fill_(1, level, fair);
    }
  }

  Codebook kind_;
  std::int64_t levels_;                         // K
  std::int64_t size_;                           // entries of the code that are quantised together
  std::int64_t positions_;                      // L / size
  std::shared_ptr<nn::GaussianMixture> prior_;  // null for very long codes
  Tensor codebook_;                             // scalar: [L, K], trained; vector: [K, size]
  Tensor cluster_size_;                         // vector: [K], N of appendix A.1
  Tensor cluster_sum_;                          // vector: [K, size], m of appendix A.1
  Tensor usage_;                                // [positions, K] shares of the last batches
};

[[maybe_unused]] const bool vq_vae_registered = register_model<VqVae>({
    .id = "vq-vae",
    .title = "VQ-VAE",
    .summary = "The code may only take values from a learned code book: pictures become a few "
               "discrete symbols.",
    .citation = "van den Oord et al. 2017, Neural Discrete Representation Learning, Eq. 3",
    .url = "https://arxiv.org/abs/1711.00937",
    .order = 8,
    .hyperparameters =
        {{.id = "commitment",
          .title = "β (commitment)",
          .help = "How strongly the encoder is held to its codes. Higher: codes that "
                  "stay together; much higher: a code that hardly learns. Lower: "
                  "codes that drift apart faster than the book can follow.",
          .initial = 1.0,
          .minimum = 0.0,
          .maximum = 16.0,
          .hot = true},
         {.id = "revive",
          .title = "Revive dead codes",
          .help = "Puts codes that no image takes where images are. Off: they stay "
                  "lost.",
          .kind = Hyperparameter::Kind::Flag,
          .initial = 1.0,
          .hot = true},
         {.id = "prior",
          .title = "Samples from",
          .help = "Fitted: codes are drawn as they go together in the training images. Uniform: "
                  "each code as likely as any other, which shows what the decoder makes of codes "
                  "that no image has.",
          .kind = Hyperparameter::Kind::Choice,
          .choices = {"fitted", "uniform"},
          .hot = true},
         {.id = "codebook",
          .title = "Code book",
          .help = "Scalar: each number of the code has a book of its own, trained by "
                  "the loss. Vector: groups of numbers share one book of vectors, "
                  "which follow the codes by moving averages; far fewer symbols.",
          .kind = Hyperparameter::Kind::Choice,
          .choices = {"scalar", "vector"}},
         {.id = "codes",
          .title = "Codes in a book",
          .help = "Higher: finer codes, sharper pictures, more bits per picture.",
          .kind = Hyperparameter::Kind::Integer,
          .initial = 512,
          .minimum = 2,
          .maximum = 4096,
          .logarithmic = true},
         {.id = "vector_size",
          .title = "Vector size",
          .help = "How many numbers of the code form one vector (the largest divisor "
                  "of the latent size up to it is taken). Higher: fewer symbols, "
                  "coarser pictures. Vector books only.",
          .kind = Hyperparameter::Kind::Integer,
          .initial = 2,
          .minimum = 1,
          .maximum = 64}},
    .loss_terms = {reconstruction_term(),
                   {.id = "codebook",
                    .title = "Code book",
                    .help =
                        "How far the codes of the book are from what the encoder gives (squared, "
                        "summed over the code).",
                    .unit = "squared distance"},
                   {.id = "commitment",
                    .title = "Commitment",
                    .help =
                        "The same distance as the encoder feels it. Shown before it is weighted "
                        "by β.",
                    .unit = "squared distance"}},
    .has_prior = true,
    .discrete_code = true,
});

}  // namespace
}  // namespace latent::models
