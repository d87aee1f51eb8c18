#include "models/registry.h"
#include "nn/densities.h"
#include "nn/discriminator.h"

namespace latent::models {
namespace {

constexpr int kHiddenLayers = 3;

/// FactorVAE: reconstruction + KL + γ·TC, where TC = E[logit D(z)] and the discriminator D tells
/// codes from codes whose dimensions were shuffled over the batch, trained by
/// ½(−log D(z) − log(1 − D(z̄))). One logit stands for the paper's two outputs, the shuffled codes
/// are the batch's own (the paper takes a second batch), and D is smaller (3 layers, not 6 of
/// 1000). Kim & Mnih 2018, Eq. 2-3 and algorithm 2, https://arxiv.org/abs/1802.05983
class FactorVae final : public GaussianAutoencoder {
 public:
  explicit FactorVae(const ModelContext& context)
      : GaussianAutoencoder(context),
        discriminator_(register_module(
            "discriminator",
            std::make_shared<nn::DenseDiscriminator>(
                context.config.latent_dim,
                std::vector<int>(kHiddenLayers, static_cast<int>(context.config.hyperparameter(
                                                    context.info, "discriminator_width"))),
                context.build()))) {}

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    nn::Adam& model = context.optimizer("model");
    nn::Adam& discriminator = context.optimizer("discriminator");
    model.zero_grad();
    discriminator.zero_grad();
    Losses result = losses(batch, context);
    result.total.backward();
    model.step(context.learning_rate);
    discriminator.zero_grad();  // what the total's gradient left there is not the game's
    result.terms[3].backward();
    discriminator.step(hyperparameter("discriminator_rate"));
    result.total = result.total.detach();
    for (Tensor& term : result.terms) term = term.detach();
    return result;
  }

  std::vector<ParameterGroup> optimizer_groups() override {
    ParameterGroup model{.name = "model"};
    ParameterGroup discriminator{.name = "discriminator", .options = {.beta1 = 0.5, .beta2 = 0.9}};
    for (const auto& parameter : named_parameters()) {
      const bool judges = parameter.key().rfind("discriminator.", 0) == 0;
      (judges ? discriminator : model).parameters.emplace_back(parameter.key(), parameter.value());
    }
    return {std::move(model), std::move(discriminator)};
  }

 protected:
  std::vector<Term> regularizers(const Code& code, const Tensor& z, const Batch& batch,
                                 const PassContext& pass) override {
    std::vector<Term> terms = GaussianAutoencoder::regularizers(code, z, batch, pass);
    terms.push_back({discriminator_->forward(z).mean(), hyperparameter("gamma")});
    const Tensor shuffled = nn::permute_dimensions(z, pass.generator);
    const Tensor logits = discriminator_->forward(torch::cat({z.detach(), shuffled}));
    const std::vector<Tensor> halves = logits.chunk(2);
    terms.push_back({0.5 * (torch::softplus(-halves[0]) + torch::softplus(halves[1])).mean(), 0.0});
    return terms;
  }

 private:
  std::shared_ptr<nn::DenseDiscriminator> discriminator_;
};

[[maybe_unused]] const bool factor_vae_registered = register_model<FactorVae>({
    .id = "factor-vae",
    .title = "FactorVAE",
    .summary = "A second network tries to tell codes from shuffled codes; the VAE learns codes "
               "whose dimensions can be shuffled unnoticed.",
    .citation = "Kim & Mnih 2018, Disentangling by Factorising, Eq. 2",
    .url = "https://arxiv.org/abs/1802.05983",
    .order = 16,
    .hyperparameters = {{.id = "gamma",
                         .title = "γ",
                         .help =
                             "Weight of the total correlation. Higher: dimensions that are more "
                             "independent of each other, at some cost of the reconstruction. "
                             "0: a plain VAE.",
                         .initial = 10.0,
                         .minimum = 0.0,
                         .maximum = 100.0,
                         .hot = true},
                        {.id = "discriminator_rate",
                         .title = "Discriminator's learning rate",
                         .help = "Higher: the discriminator follows the codes faster and less "
                                 "smoothly.",
                         .initial = 1e-4,
                         .minimum = 1e-6,
                         .maximum = 1e-2,
                         .hot = true,
                         .logarithmic = true},
                        {.id = "discriminator_width",
                         .title = "Discriminator's width",
                         .help = "Units in each of its three layers. Higher: a better judge and a "
                                 "slower step.",
                         .kind = Hyperparameter::Kind::Integer,
                         .initial = 256,
                         .minimum = 8,
                         .maximum = 1000,
                         .logarithmic = true}},
    .loss_terms = {reconstruction_term(),
                   kl_term(),
                   {.id = "total_correlation",
                    .title = "Total correlation",
                    .help = "What the code's dimensions say twice, as far as the discriminator can "
                            "tell; about zero when they are independent. Shown before it is "
                            "weighted by γ."},
                   {.id = "discriminator",
                    .title = "Discriminator",
                    .help =
                        "The discriminator's own loss: log 2 = 0.69 when it can only guess. Not "
                        "part of the total.",
                    .unit = "nats per code"}},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
