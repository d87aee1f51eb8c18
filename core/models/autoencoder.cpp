#include "models/autoencoder.h"

#include "latent/error.h"
#include "models/schedule.h"
#include "nn/fast_path.h"
#include "nn/losses.h"

namespace latent::models {

Autoencoder::Autoencoder(const ModelContext& context) : context_(context) {
  for (const Hyperparameter& hyperparameter : context.info.hyperparameters) {
    hyperparameters_[hyperparameter.id] =
        context.config.hyperparameter(context.info, hyperparameter.id);
  }
}

double Autoencoder::hyperparameter(const std::string& id) const {
  const auto found = hyperparameters_.find(id);
  if (found == hyperparameters_.end()) {
    throw Error{ErrorCode::InvalidConfig, info().title + " has no hyperparameter '" + id + "'."};
  }
  return found->second;
}

void Autoencoder::set_hyperparameter(const std::string& id, double value) {
  const auto found = hyperparameters_.find(id);
  if (found == hyperparameters_.end()) {
    throw Error{ErrorCode::InvalidConfig, info().title + " has no hyperparameter '" + id + "'."};
  }
  found->second = value;
}

std::optional<Tensor> Autoencoder::sample_prior(std::int64_t /*n*/,
                                                const at::Generator& /*generator*/) {
  return std::nullopt;
}

std::optional<Tensor> Autoencoder::log_importance_weights(const Batch& /*batch*/,
                                                          const at::Generator& /*generator*/) {
  return std::nullopt;
}

Tensor Autoencoder::to_pixels(const Tensor& decoded) {
  return nn::to_pixels(decoded, config().reconstruction_loss);
}

Tensor Autoencoder::reconstruction_per_image(const Tensor& decoded, const Tensor& x) {
  return nn::reconstruction_loss_per_image(decoded, x, config().reconstruction_loss,
                                           config().fast_path);
}

Tensor Autoencoder::reconstruction(const Tensor& decoded, const Batch& batch) {
  return nn::reconstruction_loss(decoded, batch.x, config().reconstruction_loss,
                                 config().fast_path);
}

Autoencoder::ScriptedCode Autoencoder::script_encode(nn::TorchScript& /*to*/,
                                                     const std::string& /*x*/,
                                                     const std::string& /*labels*/) const {
  throw Error{ErrorCode::InvalidConfig,
              info().title + " has no encoder that could be written: it searches for codes."};
}

std::string Autoencoder::script_decode(nn::TorchScript& to, const std::string& z,
                                       const std::string& /*labels*/) const {
  if (plain_decoder() == nullptr) {
    throw Error{ErrorCode::Internal, info().title + " does not say its decoder as TorchScript."};
  }
  return plain_decoder()->script(to, z);
}

std::string Autoencoder::script_pixels(nn::TorchScript& to, const std::string& decoded) const {
  return config().reconstruction_loss == ReconstructionLoss::SquaredError
             ? to.call("torch.clamp", {decoded, "0.", "1."})
             : to.call("torch.sigmoid", {decoded});
}

double Autoencoder::scheduled_beta(const PassContext& pass) const {
  if (find_hyperparameter(info(), "beta") == nullptr) return 1.0;
  const double beta = hyperparameter("beta");
  if (!is_training() || find_hyperparameter(info(), "beta_schedule") == nullptr) return beta;
  return beta * beta_factor(static_cast<BetaSchedule>(choice("beta_schedule")), pass.epoch,
                            hyperparameter("beta_epochs"));
}

std::vector<Diagnostic> Autoencoder::diagnostics(const Batch& /*probe*/) {
  return {};
}

Losses Autoencoder::losses(const Batch& batch, const PassContext& pass) {
  const Tensor input = is_training() ? corrupt(batch.x, pass) : batch.x;
  const Code code = encode(input, batch.labels);
  const Tensor z = bottleneck(code, pass);
  const Tensor reconstruction_term = reconstruction(decode(z, batch.labels), batch);
  Losses losses{reconstruction_term, {reconstruction_term}};
  for (const Term& term : regularizers(code, z, batch, pass)) {
    // What has no weight is only shown: it stays out of the graph, so that it may be NaN or be
    // another optimiser's to minimise.
    if (term.weight != 0.0) losses.total = losses.total + term.weight * term.value;
    losses.terms.push_back(term.value);
  }
  return losses;
}

Losses Autoencoder::evaluate_losses(const Batch& batch, const PassContext& pass) {
  const torch::NoGradGuard no_grad;
  return losses(batch, pass);
}

Losses Autoencoder::train_step(const Batch& batch, const TrainingContext& context) {
  for (auto& [name, optimizer] : *context.optimizers) optimizer.zero_grad();
  Losses result = losses(batch, context);
  const std::vector<Tensor> weights = nn::fast::weights_used_once(result.total);
  for (auto& [name, optimizer] : *context.optimizers) {
    optimizer.begin_step(context.learning_rate, weights);
  }
  result.total.backward();
  for (auto& [name, optimizer] : *context.optimizers) optimizer.step(context.learning_rate);
  result.total = result.total.detach();
  for (Tensor& term : result.terms) term = term.detach();
  return result;
}

std::vector<ParameterGroup> Autoencoder::optimizer_groups() {
  ParameterGroup group{.name = "model"};
  for (const auto& parameter : named_parameters()) {
    group.parameters.emplace_back(parameter.key(), parameter.value());
  }
  return {std::move(group)};
}

std::vector<float> to_vector(const Tensor& values) {
  const Tensor plain = values.to(torch::kFloat32).contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

LossTerm reconstruction_term() {
  return {.id = "reconstruction",
          .title = "Reconstruction",
          .help =
              "How badly the picture is rebuilt from its code: the cross-entropy (or squared "
              "error) of all pixels of an image together. Lower is sharper."};
}

}  // namespace latent::models
