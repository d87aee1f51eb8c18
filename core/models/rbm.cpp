#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "nn/products.h"

namespace latent::models {
namespace {

enum class Chains { Contrastive, Persistent };
enum class Gradient { Plain, Centred };

constexpr std::int64_t kMeanImages = 10000;  // that the visible biases start from
constexpr std::int64_t kMeanPart = 500;
constexpr double kRarest = 1e-3;
constexpr double kEarlyMomentum = 0.5;
constexpr double kEarlyEpochs = 5.0;
constexpr std::int64_t kFewUnits = 32;

/// Restricted Boltzmann machine of Bernoulli units: p(v, h) ∝ exp(b·v + c·h + h·W·v). The code is
/// the hidden units' probabilities σ(W·v + c), the decoder gives the logits Wᵀh + b of the visible
/// ones. Trained by the difference of the expectations of ∂F under the data and under k steps of
/// Gibbs sampling that start at the data (CD-k, Hinton 2002, Eq. 5,
/// https://doi.org/10.1162/089976602760128018) or where they ended last (PCD, Tieleman 2008,
/// https://doi.org/10.1145/1390156.1390290), with momentum and weight decay as in Hinton 2010, A
/// Practical Guide to Training RBMs, sections 4-10. The gradient may be that of the same machine
/// written with the units' distances from their means under the data (Melchior, Fischer and Wiskott
/// 2016, How to Center Deep Boltzmann Machines, https://jmlr.org/papers/v17/14-237.html): a unit
/// that is mostly on then no longer moves all weights together. Grey values stand for
/// probabilities. N images, D pixels, H hidden units (the latent size), P chains.
class RestrictedBoltzmannMachine final : public Autoencoder {
 public:
  explicit RestrictedBoltzmannMachine(const ModelContext& context) : Autoencoder(context) {
    const std::int64_t pixels = context.shape.pixels();
    const std::int64_t units = context.config.latent_dim;
    const auto trained = [&](const std::string& name, at::IntArrayRef sizes) {
      velocities_.push_back(register_buffer(name + "_velocity", torch::zeros(sizes)));
      return register_parameter(name, torch::zeros(sizes), /*requires_grad=*/false);
    };
    weight_ = trained("weight", {units, pixels});
    visible_bias_ = trained("visible_bias", {pixels});
    hidden_bias_ = trained("hidden_bias", {units});
    if (context.initialize) weight_.normal_(0.0, 0.01, context.generator);
    chains_ = register_buffer(
        "chains", torch::zeros({static_cast<std::int64_t>(hyperparameter("chains")), pixels}));
  }

  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    return {.mean = hidden_logits(x.flatten(1)).sigmoid()};
  }

  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override {
    return visible_logits(z).view({z.size(0), shape().channels, shape().height, shape().width});
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& /*labels*/) const override {
    const std::string rows = to.call("torch.flatten", {x, "1"});
    return {.mean = to.call("torch.sigmoid", {to.linear(rows, weight_, hidden_bias_)}),
            .log_var = {}};
  }

  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& /*labels*/) const override {
    return to.pictures(to.call("torch.add", {to.call("torch.mm", {z, to.tensor(weight_)}),
                                             to.tensor(visible_bias_)}),
                       shape());
  }

  /// Fantasies: the hidden units, 0 or 1, that the training's own chains come to after some more
  /// steps. Chains that are asked for twice go different ways.
  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    Tensor v = chains_.index_select(0, torch::arange(n, torch::kInt64).remainder(chains_.size(0)));
    const int steps = static_cast<int>(hyperparameter("fantasy_steps"));
    for (int i = 0; i < steps; ++i) v = next_visible(hidden_logits(v).sigmoid(), generator);
    return torch::bernoulli(hidden_logits(v).sigmoid(), generator);
  }

  /// The visible biases start at the pixels' log-odds (Hinton 2010, section 8.1), the chains at
  /// pictures of independent pixels.
  void initialize(const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const std::int64_t images = std::min(context.data->size(), kMeanImages);
    Tensor sum = torch::zeros({visible_bias_.size(0)}, torch::kFloat64);
    for (std::int64_t first = 0; first < images; first += kMeanPart) {
      const Tensor index = torch::arange(first, std::min(first + kMeanPart, images), torch::kInt64);
      sum += context.data->rows(index, context.generator).x.flatten(1).sum(0);
    }
    const Tensor mean = (sum / static_cast<double>(images)).clamp(kRarest, 1.0 - kRarest);
    visible_bias_.copy_(mean.logit());
    chains_.copy_(torch::bernoulli(mean.expand(chains_.sizes()), context.generator));
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const Tensor v = batch.x.flatten(1);
    const Tensor logits = hidden_logits(v);
    const Tensor h = logits.sigmoid();
    const bool persistent = chain_kind() == Chains::Persistent;
    const Tensor dream = after_steps(persistent ? chains_ : v, context.generator);
    // CD's chains end with the batch: those of the fantasies are taken along beside it.
    chains_.copy_(persistent ? dream
                             : next_visible(hidden_logits(chains_).sigmoid(), context.generator));
    const Tensor dream_logits = hidden_logits(dream);
    const Tensor dream_h = dream_logits.sigmoid();
    const Losses result = measured(batch, logits, dream, dream_logits);

    const bool fast = config().fast_path;
    const auto n = static_cast<double>(v.size(0));
    const auto m = static_cast<double>(dream.size(0));
    Tensor rise =
        nn::transposed_product(h, v, fast) / n - nn::transposed_product(dream_h, dream, fast) / m;
    const Tensor v_mean = v.mean(0);
    const Tensor h_mean = h.mean(0);
    Tensor v_rise = v_mean - dream.mean(0);
    Tensor h_rise = h_mean - dream_h.mean(0);
    if (static_cast<Gradient>(choice("gradient")) == Gradient::Centred) {
      rise -= torch::outer(h_rise, v_mean) + torch::outer(h_mean, v_rise);
      v_rise -= rise.t().mv(h_mean);
      h_rise -= rise.mv(v_mean);
    }
    move(0, weight_, rise - hyperparameter("weight_decay") * weight_, context);
    move(1, visible_bias_, v_rise, context);
    move(2, hidden_bias_, h_rise, context);
    return result;
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const torch::NoGradGuard no_grad;
    const Tensor v = batch.x.flatten(1);
    const Tensor dream =
        after_steps(chain_kind() == Chains::Persistent ? chains_ : v, pass.generator);
    return measured(batch, hidden_logits(v), dream, hidden_logits(dream));
  }

  std::vector<ParameterGroup> optimizer_groups() override { return {}; }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Tensor active = encode(probe.x, {}).mean.mean(0).contiguous();
    Diagnostic activation{
        .id = "mean_activation",
        .title = "Mean activation per hidden unit",
        .help =
            "How often each unit is on. A unit that is always on, or never, says nothing of "
            "an image.",
        .unit = "0 … 1",
        .values = {active.data_ptr<float>(), active.data_ptr<float>() + active.numel()},
        .verdict = {}};
    const auto idle = std::count_if(activation.values.begin(), activation.values.end(),
                                    [](float p) { return p < 0.001F || p > 0.999F; });
    if (active.numel() < kFewUnits) {
      activation.verdict = "A machine of " + std::to_string(active.numel()) +
                           " hidden units can say little of a picture: start again with a latent "
                           "size of some hundreds.";
    } else if (idle > 0) {
      activation.verdict = std::to_string(idle) + " of " + std::to_string(active.numel()) +
                           " hidden units are always on or never; a smaller step scale loses "
                           "fewer.";
    }
    return {std::move(activation)};
  }

 private:
  Chains chain_kind() const { return static_cast<Chains>(choice("chain")); }

  /// v [N, D] to [N, H].
  Tensor hidden_logits(const Tensor& v) const {
    return nn::product_transposed(v, weight_, config().fast_path) + hidden_bias_;
  }
  /// h [N, H] to [N, D].
  Tensor visible_logits(const Tensor& h) const {
    return nn::product(h, weight_, config().fast_path) + visible_bias_;
  }
  /// One step of Gibbs sampling from the hidden units' probabilities [N, H]: the next v [N, D].
  Tensor next_visible(const Tensor& h, const at::Generator& generator) const {
    return torch::bernoulli(visible_logits(torch::bernoulli(h, generator)).sigmoid(), generator);
  }
  Tensor after_steps(Tensor v, const at::Generator& generator) const {
    const int steps = static_cast<int>(hyperparameter("gibbs_steps"));
    for (int i = 0; i < steps; ++i) v = next_visible(hidden_logits(v).sigmoid(), generator);
    return v;
  }

  /// F(v) = −b·v − Σ log(1 + exp(W·v + c)), mean over the rows (Hinton 2010, Eq. 16).
  Tensor free_energy(const Tensor& v, const Tensor& logits) const {
    return -(v.mv(visible_bias_) + torch::softplus(logits).sum(1)).mean();
  }

  Losses measured(const Batch& batch, const Tensor& logits, const Tensor& dream,
                  const Tensor& dream_logits) {
    const Tensor energy = free_energy(batch.x.flatten(1), logits);
    const Tensor dreamt = free_energy(dream, dream_logits);
    return {energy - dreamt, {reconstruction(decode(logits.sigmoid(), {}), batch), energy, dreamt}};
  }

  /// Momentum is small while the weights still move far (Hinton 2010, section 9).
  void move(std::size_t which, Tensor& parameter, const Tensor& rise,
            const TrainingContext& context) {
    double momentum = hyperparameter("momentum");
    if (context.epoch < kEarlyEpochs) momentum = std::min(momentum, kEarlyMomentum);
    Tensor& velocity = velocities_[which];
    velocity.mul_(momentum).add_(rise, context.learning_rate * hyperparameter("step_scale"));
    parameter.add_(velocity);
  }

  Tensor weight_;                   // [H, D]
  Tensor visible_bias_;             // [D]
  Tensor hidden_bias_;              // [H]
  std::vector<Tensor> velocities_;  // of the three
  Tensor chains_;                   // [P, D], 0 or 1
};

[[maybe_unused]] const bool rbm_registered = register_model<RestrictedBoltzmannMachine>({
    .id = "rbm",
    .title = "RBM",
    .summary = "Pixels and hidden units that switch each other on and off; it learns by dreaming, "
               "and its dreams can be watched. Wants a code of some hundreds.",
    .citation = "Hinton 2002, Training Products of Experts by Minimizing Contrastive Divergence, "
                "Eq. 5; Tieleman 2008 (PCD)",
    .url = "https://doi.org/10.1162/089976602760128018",
    .order = 52,
    .usual_codes = 128,
    .hyperparameters =
        {{.id = "chain",
          .title = "Chains start",
          .help = "Where the dreams that are learned from begin. At the data: contrastive "
                  "divergence, better reconstructions. Where they ended: persistent chains, "
                  "better dreams.",
          .kind = Hyperparameter::Kind::Choice,
          .initial = 1.0,
          .maximum = 1.0,
          .choices = {"at the data (CD)", "where they ended (PCD)"},
          .hot = true},
         {.id = "gradient",
          .title = "Gradient",
          .help = "Of the weights as they stand, or of the units' distances from their means: then "
                  "pixels that are mostly bright, as those of a shirt, teach as well as dark ones.",
          .kind = Hyperparameter::Kind::Choice,
          .initial = 1.0,
          .maximum = 1.0,
          .choices = {"plain", "centred"},
          .hot = true},
         {.id = "gibbs_steps",
          .title = "k (Gibbs steps)",
          .help = "Steps of each chain for each batch. Higher: a truer gradient and a slower step.",
          .kind = Hyperparameter::Kind::Integer,
          .initial = 1,
          .minimum = 1,
          .maximum = 1000,
          .hot = true,
          .logarithmic = true},
         {.id = "step_scale",
          .title = "Step scale",
          .help = "Steps are the learning rate times this: sampling wants larger ones than Adam. "
                  "Higher: chains that visit more kinds of picture, reconstructions a little "
                  "worse. Too high: the free energies run away.",
          .initial = 200.0,
          .minimum = 0.1,
          .maximum = 1000.0,
          .hot = true,
          .logarithmic = true},
         {.id = "momentum",
          .title = "Momentum",
          .help = "How much of the last step goes on in the next; at most 0.5 in the first five "
                  "epochs. Higher: faster and less steady; "
                  "persistent chains cannot follow weights that run.",
          .initial = 0.5,
          .minimum = 0.0,
          .maximum = 0.99,
          .hot = true},
         {.id = "weight_decay",
          .title = "Weight decay",
          .help = "Pulls the weights to zero. Higher: less overfitting, chains that mix better.",
          .initial = 2e-4,
          .minimum = 0.0,
          .maximum = 0.1,
          .hot = true},
         {.id = "chains",
          .title = "Chains",
          .help = "Dreams that run beside the training. Higher: a steadier gradient (PCD) and a "
                  "slower step.",
          .kind = Hyperparameter::Kind::Integer,
          .initial = 100,
          .minimum = 1,
          .maximum = 10000,
          .logarithmic = true},
         {.id = "fantasy_steps",
          .title = "Steps of a fantasy",
          .help = "Gibbs steps from the training's chains to a picture that is drawn. Higher: less "
                  "like the chain's last one, and slower to draw.",
          .kind = Hyperparameter::Kind::Integer,
          .initial = 50,
          .minimum = 0,
          .maximum = 10000,
          .hot = true}},
    .loss_terms = {reconstruction_term(),
                   {.id = "free_energy",
                    .title = "Free energy",
                    .help = "Of the images, up to a constant that changes as the machine does: "
                            "compare training with validation. Validation rising above training "
                            "is overfitting."},
                   {.id = "fantasy_energy",
                    .title = "Free energy, fantasies",
                    .help = "Of the dreams that are learned from. The total is the images' less "
                            "the dreams': about zero when the dreams are like the data."}},
    .has_prior = true,
    .supports_convolution = false,
    .supports_squared_error = false,
});

}  // namespace
}  // namespace latent::models
