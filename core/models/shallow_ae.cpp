#include "models/registry.h"

namespace latent::models {
namespace {

/// Shallow autoencoder: Linear → ReLU → code → Linear, no hidden layer (the baseline of
/// Hinton & Salakhutdinov 2006, who compare theirs with PCA; without the ReLU it would learn PCA's
/// subspace, Baldi & Hornik 1989).
class ShallowAutoencoder final : public Autoencoder {
 public:
  explicit ShallowAutoencoder(const ModelContext& context)
      : Autoencoder(context),
        encoder_(register_module("encoder", std::make_shared<nn::DenseEncoder>(
                                                context.shape, std::vector<int>{},
                                                context.config.latent_dim, 0, context.build()))),
        decoder_(register_module("decoder", std::make_shared<nn::DenseDecoder>(
                                                context.shape, std::vector<int>{},
                                                context.config.latent_dim, context.build()))) {}

  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    return {.mean = torch::relu(encoder_->forward(x))};
  }
  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override { return decoder_->forward(z); }
  const nn::Decoder* plain_decoder() const override { return decoder_.get(); }
  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& /*labels*/) const override {
    return {.mean = to.call("torch.relu", {encoder_->script(to, x)}), .log_var = {}};
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Tensor active =
        encode(probe.x, probe.labels).mean.gt(0.0).to(torch::kFloat32).mean(0).contiguous();
    Diagnostic share{
        .id = "active_share",
        .title = "Share of images that use each unit",
        .help =
            "A unit of the code is zero for images that do not use it. A unit that "
            "is zero for all of them is dead: its gradient is zero and it never "
            "comes back. A lower learning rate loses fewer.",
        .unit = "",
        .values = {active.data_ptr<float>(), active.data_ptr<float>() + active.numel()},
        .verdict = {}};
    const auto dead = active.eq(0.0).sum().item<std::int64_t>();
    if (dead > 0) {
      share.verdict = std::to_string(dead) + " of " + std::to_string(active.numel()) +
                      " units of the code are dead: zero for every image. Start again with another "
                      "seed or a lower learning rate.";
    }
    return {std::move(share)};
  }

 private:
  std::shared_ptr<nn::DenseEncoder> encoder_;
  std::shared_ptr<nn::DenseDecoder> decoder_;
};

[[maybe_unused]] const bool shallow_ae_registered = register_model<ShallowAutoencoder>({
    .id = "shallow-ae",
    .title = "Shallow AE",
    .summary = "One layer in, one layer out: how far a code gets without any depth. The hidden "
               "widths play no part.",
    .citation = "Baldi & Hornik 1989, Neural Networks and Principal Component Analysis (without "
                "the ReLU)",
    .url = "https://doi.org/10.1016/0893-6080(89)90014-2",
    .order = 1,
    .loss_terms = {reconstruction_term()},
    .supports_convolution = false,
});

}  // namespace
}  // namespace latent::models
