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

const nn::Decoder* EncoderDecoder::plain_decoder() const {
  return joined_classes(context()) == 0 ? decoder_.get() : nullptr;
}

}  // namespace latent::models
