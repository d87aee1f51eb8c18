#include <algorithm>

#include "latent/error.h"
#include "models/registry.h"

namespace latent::models {
namespace {

std::vector<int> hidden_widths(const ModelContext& context) {
  return context.config.hidden_widths.empty()
             ? nn::shrink_widths(context.shape.pixels(), context.config.latent_dim)
             : context.config.hidden_widths;
}

/// Stacked autoencoder, trained greedily: the outermost pair of layers (encoder's first, decoder's
/// last) as an autoencoder of its own; then it is frozen, weights and batch statistics, and the
/// next pair is put inside, until the code is reached. Each of the K pairs has 1/K of the epochs,
/// and the reconstruction is always measured in pixels, through the frozen outer layers.
/// Bengio et al. 2007, section 3.2 and appendix, algorithm "TrainGreedyAutoEncodingDeepNet" (there
/// each pair rebuilds its own input), https://papers.nips.cc/paper/3048.
class StackedAutoencoder final : public Autoencoder {
 public:
  explicit StackedAutoencoder(const ModelContext& context)
      : Autoencoder(context), widths_(hidden_widths(context)) {
    encoder_ = register_module(
        "encoder", std::make_shared<nn::DenseEncoder>(
                       context.shape, widths_, context.config.latent_dim, 0, context.build()));
    const std::vector<int> mirrored(widths_.rbegin(), widths_.rend());
    decoder_ = register_module(
        "decoder", std::make_shared<nn::DenseDecoder>(context.shape, mirrored,
                                                      context.config.latent_dim, context.build()));
    pair_ = register_buffer("pair", torch::zeros({1}, torch::kInt64));
    apply_phase();
  }

  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    Tensor y = x.flatten(1);
    const std::int64_t last = pair();
    for (std::int64_t i = 0; i <= last; ++i) {
      y = i == innermost() ? encoder_->head->forward(y) : encoder_block(i)->forward(y);
    }
    return {.mean = y};
  }

  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override {
    Tensor y = z;
    for (std::int64_t i = pair(); i > 0; --i) y = decoder_block(i)->forward(y);
    return decoder_->head->forward(y).view(
        {z.size(0), shape().channels, shape().height, shape().width});
  }

  const nn::Decoder* plain_decoder() const override {
    return pair() == innermost() ? decoder_.get() : nullptr;
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& /*labels*/) const override {
    std::string y = to.call("torch.flatten", {x, "1"});
    for (std::int64_t i = 0; i <= pair(); ++i) {
      y = i == innermost() ? encoder_->head->script(to, y) : encoder_block(i)->script(to, y);
    }
    return {.mean = y, .log_var = {}};
  }

  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& /*labels*/) const override {
    std::string y = z;
    for (std::int64_t i = pair(); i > 0; --i) y = decoder_block(i)->script(to, y);
    return to.pictures(decoder_->head->script(to, y), shape());
  }

  int code_dim() const override {
    return pair() == innermost() ? config().latent_dim : widths_[static_cast<std::size_t>(pair())];
  }

  std::string phase() const override {
    return "layer pair " + std::to_string(pair() + 1) + " of " + std::to_string(innermost() + 1);
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    // By the fraction of an epoch, so that a run of fewer epochs than pairs trains all pairs too. A
    // goal that is moved while training never brings an outer pair back.
    const auto pairs = static_cast<double>(innermost() + 1);
    const auto due = static_cast<std::int64_t>(pairs * context.epoch /
                                               static_cast<double>(std::max(context.epochs, 1)));
    if (due > pair() && pair() < innermost()) {
      pair_.fill_(std::min(due, innermost()));
      apply_phase();
    }
    nn::Adam& optimizer = context.optimizer(group_name(pair()));
    optimizer.zero_grad();
    Losses result = losses(batch, context);
    result.total.backward();
    optimizer.step(context.learning_rate);
    result.total = result.total.detach();
    for (Tensor& term : result.terms) term = term.detach();
    return result;
  }

  std::vector<ParameterGroup> optimizer_groups() override {
    std::vector<ParameterGroup> groups;
    for (std::int64_t i = 0; i <= innermost(); ++i) {
      ParameterGroup group{.name = group_name(i)};
      for (const auto& [prefix, module] : pair_modules(i)) {
        for (const auto& parameter : module->named_parameters()) {
          group.parameters.emplace_back(prefix + parameter.key(), parameter.value());
        }
      }
      groups.push_back(std::move(group));
    }
    return groups;
  }

  void restored() override {
    if (pair() < 0 || pair() > innermost()) {
      throw Error{ErrorCode::RunFileCorrupt, "The run's layer pair " + std::to_string(pair() + 1) +
                                                 " cannot be: there are " +
                                                 std::to_string(innermost() + 1) + "."};
    }
    apply_phase();
  }

  void train(bool on = true) override {
    Autoencoder::train(on);
    for (std::int64_t i = 0; i < pair(); ++i) {
      for (const auto& [prefix, module] : pair_modules(i)) module->eval();
    }
  }

 private:
  using NamedModules = std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>>;

  std::int64_t innermost() const { return static_cast<std::int64_t>(widths_.size()); }
  /// The pair being trained, 0 the outermost.
  std::int64_t pair() const { return *pair_.data_ptr<std::int64_t>(); }
  static std::string group_name(std::int64_t pair) { return "pair" + std::to_string(pair + 1); }

  const std::shared_ptr<nn::DenseBlock>& encoder_block(std::int64_t i) const {
    return encoder_->hidden->blocks()[static_cast<std::size_t>(i)];
  }
  /// The decoder's layer of pair i > 0; that of pair 0 is the head.
  const std::shared_ptr<nn::DenseBlock>& decoder_block(std::int64_t i) const {
    return decoder_->hidden->blocks()[static_cast<std::size_t>(innermost() - i)];
  }

  NamedModules pair_modules(std::int64_t i) const {
    const std::shared_ptr<torch::nn::Module> in =
        i == innermost() ? std::shared_ptr<torch::nn::Module>(encoder_->head) : encoder_block(i);
    const std::shared_ptr<torch::nn::Module> out =
        i == 0 ? std::shared_ptr<torch::nn::Module>(decoder_->head) : decoder_block(i);
    return {{"encoder.", in}, {"decoder.", out}};
  }

  /// Only the pair being trained takes gradients; the pairs outside it keep their batch statistics.
  void apply_phase() {
    for (std::int64_t i = 0; i <= innermost(); ++i) {
      for (const auto& [prefix, module] : pair_modules(i)) {
        for (Tensor& parameter : module->parameters()) parameter.requires_grad_(i == pair());
      }
    }
    train(is_training());
  }

  std::vector<int> widths_;  // of the encoder, outermost first
  std::shared_ptr<nn::DenseEncoder> encoder_;
  std::shared_ptr<nn::DenseDecoder> decoder_;
  Tensor pair_;  // [1] int64
};

[[maybe_unused]] const bool stacked_ae_registered = register_model<StackedAutoencoder>({
    .id = "stacked-ae",
    .title = "Stacked AE",
    .summary = "Trained one pair of layers at a time, from the outside in; each finished pair is "
               "frozen. Until the last pair, the code shown is the outer one.",
    .citation = "Bengio et al. 2007, Greedy Layer-Wise Training of Deep Networks, section 3.2",
    .url = "https://papers.nips.cc/paper/3048",
    .order = 3,
    .loss_terms = {reconstruction_term()},
    .supports_convolution = false,
});

}  // namespace
}  // namespace latent::models
