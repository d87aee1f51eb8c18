#include <functional>
#include <optional>
#include <vector>

#include "models/registry.h"
#include "models/schedule.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

using nn::Gaussian;

enum class Memory { OwnRows, GivenRows };

/// Variational recurrent network: a picture is H steps x_t of C·W pixels, from the top down, each
/// with a code z_t of its own and a state h_t that remembers what came before:
///   prior       z_t ~ N(μ, σ²)(h_{t−1})                       Eq. 5
///   generation  x_t ~ p(· | φ_z(z_t), h_{t−1})                Eq. 6
///   recurrence  h_t = GRU([φ_x(x_t), φ_z(z_t)], h_{t−1})      Eq. 7
///   inference   z_t ~ N(μ, σ²)(φ_x(x_t), h_{t−1})             Eq. 9
/// Total: Σ_t −log p(x_t|…) + β·KL(q(z_t|…) ‖ p(z_t|…)) (Eq. 11), nats per image. Chung et al.
/// 2015, https://arxiv.org/abs/1506.02216; the cell is the GRU of Cho et al. 2014,
/// https://arxiv.org/abs/1406.1078 (with PyTorch's place for the reset gate).
///
/// The code of a picture is all z_t, [N, H·L], step after step. `decode` has no picture: its memory
/// reads the rows x̂_t that it has drawn itself. Read x_t while training (Eq. 7), and what the codes
/// do not say reaches the memory through the pixels, all the same: a picture is then not to be had
/// from its code, and samples from the prior are the few pictures that the average row leads to. So
/// unless chosen otherwise the memory reads x̂_t in training too, h_t = GRU([φ_x(x̂_t), φ_z(z_t)],
/// h_{t−1}): the bound is that of a model whose rows depend on the codes alone. With x_t in
/// training, x̂_t is thresholded in `decode` where the run's inputs are binary.
///
/// The rows above foretell so much that the codes stay silent where the KL is paid in full from the
/// first batch, and a picture is then not to be had from its code. β therefore grows from zero
/// (Bowman et al. 2015, section 3.1, https://arxiv.org/abs/1511.06349) unless chosen otherwise:
/// what is minimised in the end is the bound itself, from a start where the code is in use.
class Vrnn final : public Autoencoder {
 public:
  explicit Vrnn(const ModelContext& context)
      : Autoencoder(context),
        steps_(context.shape.height),
        row_(std::int64_t{context.shape.channels} * context.shape.width),
        state_(static_cast<std::int64_t>(hyperparameter("state_width"))),
        picture_features_(layer("picture_features", row_, state_)),
        code_features_(layer("code_features", latent(), state_)),
        posterior_picture_(layer("posterior_picture", state_, state_)),
        posterior_state_(layer("posterior_state", state_, state_, /*bias=*/false)),
        posterior_head_(layer("posterior_head", state_, 2 * latent())),
        prior_hidden_(layer("prior_hidden", state_, state_)),
        prior_head_(layer("prior_head", state_, 2 * latent())),
        row_hidden_(layer("row_hidden", 2 * state_, state_)),
        row_head_(layer("row_head", state_, row_)),
        gates_picture_(layer("gates_picture", state_, 3 * state_)),
        gates_code_(layer("gates_code", state_, 3 * state_, /*bias=*/false)),
        gates_state_(layer("gates_state", state_, 3 * state_)) {}

  int code_dim() const override { return static_cast<int>(steps_ * latent()); }
  int code_steps() const override { return static_cast<int>(steps_); }

  /// The means; each step goes on from the mean of the step before.
  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    const Pass pass = follow(x, std::nullopt);
    return {.mean = as_code(pass.posterior.mean), .log_var = as_code(pass.posterior.log_var)};
  }

  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override {
    const std::vector<Tensor> codes = z.split(latent(), 1);
    return unroll(z.size(0), [&](std::int64_t step, const Tensor&) {
      return codes[static_cast<std::size_t>(step)];
    });
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& /*labels*/) const override {
    std::string state = script_first_state(to, x);
    std::string means;
    std::string log_vars;
    for (std::int64_t step = 0; step < steps_; ++step) {
      const std::string row =
          to.let("torch.reshape(torch.narrow(" + x + ", 2, " + std::to_string(step) +
                 ", 1), [-1, " + std::to_string(row_) + "])");
      const std::string picture = to.call("torch.relu", {picture_features_->script(to, row)});
      const std::string evidence = posterior_picture_->script(to, picture);
      const std::string hidden =
          to.let("torch.relu(" + evidence + " + " + posterior_state_->script(to, state) + ")");
      const std::string outputs = posterior_head_->script(to, hidden);
      const std::string size = std::to_string(latent());
      const std::string mean = to.call("torch.narrow", {outputs, "1", "0", size});
      const std::string log_var = to.call(
          "torch.clamp", {to.call("torch.narrow", {outputs, "1", size, size}), "-10.", "10."});
      means += (means.empty() ? "" : ", ") + mean;
      log_vars += (log_vars.empty() ? "" : ", ") + log_var;
      const std::string features = script_features(to, mean);
      const std::string read = memory() == Memory::GivenRows
                                   ? picture
                                   : script_read(to, script_row(to, features, state));
      state = script_next_state(to, gates_picture_->script(to, read), features, state);
    }
    return {.mean = to.let("torch.cat([" + means + "], 1)"),
            .log_var = to.let("torch.cat([" + log_vars + "], 1)")};
  }

  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& /*labels*/) const override {
    std::string state = script_first_state(to, z);
    std::string rows;
    for (std::int64_t step = 0; step < steps_; ++step) {
      const std::string code = to.call(
          "torch.narrow", {z, "1", std::to_string(step * latent()), std::to_string(latent())});
      const std::string features = script_features(to, code);
      const std::string row = script_row(to, features, state);
      rows += (rows.empty() ? "" : ", ") + to.pictures(row, {shape().channels, 1, shape().width});
      state =
          script_next_state(to, gates_picture_->script(to, script_read(to, row)), features, state);
    }
    return to.let("torch.cat([" + rows + "], 2)");
  }

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    std::vector<Tensor> codes;
    unroll(n, [&](std::int64_t, const Tensor& state) {
      const Gaussian prior = prior_of(state);
      codes.push_back(nn::reparameterize(prior.mean, prior.log_var, generator));
      return codes.back();
    });
    return torch::cat(codes, 1);
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Pass all = follow(batch.x, pass.generator);
    const Tensor first = reconstruction(all.logits, batch);
    const Tensor kl = nn::kl_divergence(all.posterior.mean, all.posterior.log_var, all.prior.mean,
                                        all.prior.log_var)
                          .sum() /
                      static_cast<double>(batch.x.size(0));
    return {first + scheduled_beta(pass) * kl, {first, kl}};
  }

  std::optional<Tensor> log_importance_weights(const Batch& batch,
                                               const at::Generator& generator) override {
    const Pass all = follow(batch.x, generator);
    const Tensor ratio = nn::log_normal(all.z, all.prior.mean, all.prior.log_var) -
                         nn::log_normal(all.z, all.posterior.mean, all.posterior.log_var);
    return as_code(ratio).sum(1) - reconstruction_per_image(all.logits, batch.x);
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Pass all = follow(probe.x, std::nullopt);
    const Tensor kl = as_code(nn::kl_divergence(all.posterior.mean, all.posterior.log_var,
                                                all.prior.mean, all.prior.log_var))
                          .mean(0)
                          .view({steps_, latent()});
    Diagnostic rows{.id = "kl_per_step",
                    .title = "KL per row of the picture",
                    .help =
                        "What each step's code says that the rows above did not foretell, from "
                        "the top row down. Near zero: the row follows from those above.",
                    .unit = "nats",
                    .values = to_vector(kl.sum(1)),
                    .verdict = {}};
    Diagnostic dimensions{.id = "kl_per_dimension",
                          .title = "KL per latent dimension",
                          .help =
                              "Summed over the steps. A dimension near zero is ignored: lower "
                              "β, or train longer, to bring it back.",
                          .unit = "nats",
                          .values = to_vector(kl.sum(0)),
                          .verdict = {}};
    constexpr double kSilent = 0.05;  // nats in all
    if (kl.sum().item<double>() < kSilent) {
      dimensions.verdict =
          "The code is not used: the network draws each row from those above alone. Lower β (or "
          "warm it up) and start again.";
    }
    return {std::move(rows), std::move(dimensions)};
  }

 private:
  /// All steps of a batch, [H·N, L] step after step, and the picture's logits [N, C, H, W].
  struct Pass {
    Gaussian posterior;
    Gaussian prior;
    Tensor z;
    Tensor logits;
  };

  std::int64_t latent() const { return config().latent_dim; }
  Memory memory() const { return static_cast<Memory>(choice("memory")); }
  /// Whether drawn rows are made black and white before the memory reads them.
  bool reads_binary() const {
    return memory() == Memory::GivenRows && config().binarization != Binarization::None;
  }

  std::shared_ptr<nn::Linear> layer(const char* name, std::int64_t in, std::int64_t out,
                                    bool bias = true) {
    return register_module(name, std::make_shared<nn::Linear>(in, out, build(), bias));
  }

  /// [N, C, H, W] to rows [H·N, C·W].
  Tensor as_rows(const Tensor& x) const { return x.permute({2, 0, 1, 3}).reshape({-1, row_}); }
  /// [H·N, C·W] to pictures [N, C, H, W].
  Tensor as_picture(const Tensor& rows) const {
    return rows.view({steps_, -1, shape().channels, shape().width})
        .permute({1, 2, 0, 3})
        .contiguous();
  }
  /// [H·N, L] to codes [N, H·L].
  Tensor as_code(const Tensor& values) const {
    return values.view({steps_, -1, latent()}).transpose(0, 1).reshape({-1, steps_ * latent()});
  }

  Gaussian prior_of(const Tensor& state) {
    return nn::diagonal_gaussian(prior_head_->forward(torch::relu(prior_hidden_->forward(state))));
  }
  Tensor row_logits(const Tensor& code_features, const Tensor& state) {
    return row_head_->forward(
        torch::relu(row_hidden_->forward(torch::cat({code_features, state}, 1))));
  }
  Tensor features_of(const Tensor& z) { return torch::relu(code_features_->forward(z)); }
  /// φ_x of a row that was drawn, logits [N, C·W].
  Tensor read(const Tensor& row) {
    Tensor drawn = to_pixels(row);
    if (reads_binary()) drawn = drawn.ge(0.5).to(torch::kFloat32);
    return torch::relu(picture_features_->forward(drawn));
  }

  /// h_t of h_{t−1} [N, S], with what φ_x(x_t) gives to the gates [N, 3S].
  Tensor next_state(const Tensor& picture_gates, const Tensor& code_features, const Tensor& state) {
    const std::vector<Tensor> in =
        (picture_gates + gates_code_->forward(code_features)).chunk(3, 1);
    const std::vector<Tensor> memory = gates_state_->forward(state).chunk(3, 1);
    const Tensor reset = torch::sigmoid(in[0] + memory[0]);
    const Tensor update = torch::sigmoid(in[1] + memory[1]);
    const Tensor candidate = torch::tanh(in[2] + reset * memory[2]);
    return candidate + update * (state - candidate);
  }

  // The same, as TorchScript.
  std::string script_first_state(nn::TorchScript& to, const std::string& rows) const {
    return to.let("torch.zeros([" + rows + ".size(0), " + std::to_string(state_) + "])");
  }
  std::string script_features(nn::TorchScript& to, const std::string& z) const {
    return to.call("torch.relu", {code_features_->script(to, z)});
  }
  std::string script_row(nn::TorchScript& to, const std::string& features,
                         const std::string& state) const {
    const std::string both = to.let("torch.cat([" + features + ", " + state + "], 1)");
    return row_head_->script(to, to.call("torch.relu", {row_hidden_->script(to, both)}));
  }
  std::string script_read(nn::TorchScript& to, const std::string& row) const {
    std::string drawn = script_pixels(to, row);
    if (reads_binary()) {
      drawn = to.let("torch.where(torch.ge(" + drawn + ", 0.5), torch.ones_like(" + drawn +
                     "), torch.zeros_like(" + drawn + "))");
    }
    return to.call("torch.relu", {picture_features_->script(to, drawn)});
  }
  std::string script_next_state(nn::TorchScript& to, const std::string& picture_gates,
                                const std::string& code_features, const std::string& state) const {
    const std::string in = to.let(picture_gates + " + " + gates_code_->script(to, code_features));
    const std::string memory = gates_state_->script(to, state);
    const auto part = [&](const std::string& of, std::int64_t index) {
      return "torch.narrow(" + of + ", 1, " + std::to_string(index * state_) + ", " +
             std::to_string(state_) + ")";
    };
    const std::string reset =
        to.let("torch.sigmoid(" + part(in, 0) + " + " + part(memory, 0) + ")");
    const std::string update =
        to.let("torch.sigmoid(" + part(in, 1) + " + " + part(memory, 1) + ")");
    const std::string candidate =
        to.let("torch.tanh(" + part(in, 2) + " + " + reset + " * " + part(memory, 2) + ")");
    return to.let(candidate + " + " + update + " * (" + state + " - " + candidate + ")");
  }

  /// Reads `x` [N, C, H, W] row by row; z is drawn from `generator`, or without one the mean. What
  /// does not depend on the step before is computed for all steps at once.
  Pass follow(const Tensor& x, const std::optional<at::Generator>& generator) {
    const std::int64_t n = x.size(0);
    const Tensor picture = torch::relu(picture_features_->forward(as_rows(x)));
    const std::vector<Tensor> evidence = posterior_picture_->forward(picture).split(n);
    const bool given = memory() == Memory::GivenRows;
    std::vector<Tensor> gates;
    if (given) gates = gates_picture_->forward(picture).split(n);
    Tensor state = torch::zeros({n, state_});
    std::vector<Tensor> states;
    std::vector<Tensor> means;
    std::vector<Tensor> log_vars;
    std::vector<Tensor> codes;
    std::vector<Tensor> features;
    std::vector<Tensor> rows;  // only where the memory reads them
    for (std::size_t t = 0; t < evidence.size(); ++t) {
      const Tensor hidden = torch::relu(evidence[t] + posterior_state_->forward(state));
      const Gaussian posterior = nn::diagonal_gaussian(posterior_head_->forward(hidden));
      const Tensor z = generator ? nn::reparameterize(posterior.mean, posterior.log_var, *generator)
                                 : posterior.mean;
      states.push_back(state);
      means.push_back(posterior.mean);
      log_vars.push_back(posterior.log_var);
      codes.push_back(z);
      features.push_back(features_of(z));
      if (!given) {
        rows.push_back(row_logits(features.back(), state));
        gates.push_back(gates_picture_->forward(read(rows.back())));
      }
      state = next_state(gates[t], features.back(), state);
    }
    const Tensor before = torch::cat(states);
    return {
        .posterior = {torch::cat(means), torch::cat(log_vars)},
        .prior = prior_of(before),
        .z = torch::cat(codes),
        .logits = as_picture(given ? row_logits(torch::cat(features), before) : torch::cat(rows))};
  }

  /// Draws n pictures row by row, each from `code(step, h_{t−1})` [n, L]. Logits [n, C, H, W].
  Tensor unroll(std::int64_t n, const std::function<Tensor(std::int64_t, const Tensor&)>& code) {
    Tensor state = torch::zeros({n, state_});
    std::vector<Tensor> rows;
    for (std::int64_t step = 0; step < steps_; ++step) {
      const Tensor features = features_of(code(step, state));
      rows.push_back(row_logits(features, state));
      state = next_state(gates_picture_->forward(read(rows.back())), features, state);
    }
    return as_picture(torch::cat(rows));
  }

  std::int64_t steps_;                             // H
  std::int64_t row_;                               // C·W
  std::int64_t state_;                             // S
  std::shared_ptr<nn::Linear> picture_features_;   // φ_x
  std::shared_ptr<nn::Linear> code_features_;      // φ_z
  std::shared_ptr<nn::Linear> posterior_picture_;  // φ_enc, in two halves and a head
  std::shared_ptr<nn::Linear> posterior_state_;
  std::shared_ptr<nn::Linear> posterior_head_;
  std::shared_ptr<nn::Linear> prior_hidden_;  // φ_prior
  std::shared_ptr<nn::Linear> prior_head_;
  std::shared_ptr<nn::Linear> row_hidden_;  // φ_dec
  std::shared_ptr<nn::Linear> row_head_;
  std::shared_ptr<nn::Linear> gates_picture_;  // the GRU, in three parts; reset, update, candidate
  std::shared_ptr<nn::Linear> gates_code_;
  std::shared_ptr<nn::Linear> gates_state_;
};

std::vector<Hyperparameter> vrnn_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(1.0);
  for (Hyperparameter& knob : knobs) {
    if (knob.id == "beta_schedule") knob.initial = static_cast<double>(BetaSchedule::WarmUp);
  }
  knobs.push_back({.id = "memory",
                   .title = "The memory reads",
                   .help = "What the memory learns to read: the rows that the network has drawn "
                           "itself, as when it draws a sample, so that the codes have to say all; "
                           "or the picture's own rows (Chung et al., Eq. 7), which foretell the "
                           "next ones better and leave the codes little to say.",
                   .kind = Hyperparameter::Kind::Choice,
                   .maximum = 1.0,
                   .choices = {"its own rows", "the picture's rows"}});
  knobs.push_back({.id = "state_width",
                   .title = "Width of the memory",
                   .help = "Numbers that carry what came before from row to row, and units of "
                           "each layer. Higher: rows that fit together better, slower training. "
                           "The hidden widths play no part.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 128,
                   .minimum = 4,
                   .maximum = 1024,
                   .logarithmic = true});
  return knobs;
}

[[maybe_unused]] const bool vrnn_registered = register_model<Vrnn>({
    .id = "vrnn",
    .title = "VRNN",
    .summary = "Reads and draws a picture row by row: each row has a small code of its own, and a "
               "memory of the rows above says what to expect next.",
    .citation = "Chung et al. 2015, A Recurrent Latent Variable Model for Sequential Data, Eq. 11",
    .url = "https://arxiv.org/abs/1506.02216",
    .order = 44,
    .hyperparameters = vrnn_knobs(),
    .loss_terms = {reconstruction_term(),
                   {.id = "kl",
                    .title = "KL",
                    .help = "What the rows' codes say beyond what the rows above foretold, summed "
                            "over the rows. Shown before it is weighted by β."}},
    .has_prior = true,
    .gaussian_posterior = true,
    .supports_convolution = false,
});

}  // namespace
}  // namespace latent::models
