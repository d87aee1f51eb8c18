#include "models/autoencoder.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

std::int64_t joined_classes(const ModelContext& context) {
  return context.info.conditional ? context.classes : 0;
}

/// The class of each of n rows, one-hot; zeros where it is not known.
Tensor class_rows(const Tensor& labels, std::int64_t n, int classes) {
  if (!labels.defined()) return torch::zeros({n, classes});
  return nn::one_hot(labels, classes);
}

/// `class_rows` for the value called `labels`.
std::string script_class_rows(nn::TorchScript& to, const std::string& labels, int classes) {
  // Row 0 is that of no class, −1.
  const Tensor rows = torch::cat({torch::zeros({1, classes}), torch::eye(classes)});
  return to.call("torch.index_select", {to.tensor(rows), "0", labels + " + 1"});
}

}  // namespace

EncoderDecoder::EncoderDecoder(const ModelContext& context, std::int64_t encoder_outputs)
    : Autoencoder(context),
      encoder_(register_module("encoder",
                               nn::make_encoder(context.config, context.shape, encoder_outputs,
                                                context.build(), joined_classes(context)))),
      decoder_(register_module("decoder",
                               nn::make_decoder(context.config, context.shape,
                                                context.config.latent_dim + joined_classes(context),
                                                context.build(), context.config.latent_dim))) {}

Tensor EncoderDecoder::encoder_outputs(const Tensor& x, const Tensor& labels) {
  if (joined_classes(context()) == 0) return encoder_->forward(x);
  return encoder_->forward(x, class_rows(labels, x.size(0), classes()));
}

Code EncoderDecoder::encode(const Tensor& x, const Tensor& labels) {
  return {.mean = encoder_outputs(x, labels), .log_var = {}};
}

Tensor EncoderDecoder::decode(const Tensor& z, const Tensor& labels) {
  if (joined_classes(context()) == 0) return decoder_->forward(z);
  return decoder_->forward(torch::cat({z, class_rows(labels, z.size(0), classes())}, 1));
}

std::string EncoderDecoder::script_encoder_outputs(nn::TorchScript& to, const std::string& x,
                                                   const std::string& labels) const {
  if (joined_classes(context()) == 0) return encoder_->script(to, x);
  return encoder_->script(to, x, script_class_rows(to, labels, classes()));
}

Autoencoder::ScriptedCode EncoderDecoder::script_encode(nn::TorchScript& to, const std::string& x,
                                                        const std::string& labels) const {
  return {.mean = script_encoder_outputs(to, x, labels), .log_var = {}};
}

std::string EncoderDecoder::script_decode(nn::TorchScript& to, const std::string& z,
                                          const std::string& labels) const {
  if (joined_classes(context()) == 0) return decoder_->script(to, z);
  const std::string rows = script_class_rows(to, labels, classes());
  return decoder_->script(to, to.let("torch.cat([" + z + ", " + rows + "], 1)"));
}

const nn::Decoder* EncoderDecoder::plain_decoder() const {
  return joined_classes(context()) == 0 ? decoder_.get() : nullptr;
}

}  // namespace latent::models
