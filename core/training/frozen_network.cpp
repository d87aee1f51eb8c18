#include "training/frozen_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "latent/error.h"
#include "models/registry.h"
#include "nn/kernels/kernels.h"
#include "training/encoder_classifier.h"
#include "training/image_source.h"
#include "training/model_state.h"
#include "training/run_file.h"
#include "training/threads.h"

namespace latent::training {
namespace {

/// Up to this many codes are decoded one by one; more are worth a matrix product.
constexpr std::size_t kFewCodes = 4;
/// That diagnostics are measured on.
constexpr std::int64_t kProbeImages = 128;

[[noreturn]] void wrong_size(const std::string& what, std::size_t expected, std::size_t found) {
  throw Error{ErrorCode::ShapeMismatch, "Expected " + std::to_string(expected) + " " + what +
                                            ", got " + std::to_string(found) + "."};
}

/// Rows first … of `labels`, as [count] int64; −1 where there are none.
torch::Tensor label_rows(std::span<const std::int32_t> labels, std::int64_t first,
                         std::int64_t count) {
  torch::Tensor rows = torch::full({count}, -1, torch::kInt64);
  if (!labels.empty()) {
    std::copy_n(labels.begin() + first, count, rows.data_ptr<std::int64_t>());
  }
  return rows;
}

void store(const torch::Tensor& values, float* target) {
  const torch::Tensor plain = values.to(torch::kFloat32).contiguous();
  std::copy_n(plain.data_ptr<float>(), plain.numel(), target);
}

/// Nothing is trained from here on.
void settle(models::Autoencoder& model) {
  model.restored();
  for (torch::Tensor& parameter : model.parameters()) parameter.set_requires_grad(false);
  model.eval();
}

}  // namespace

FrozenNetwork::FrozenNetwork(std::shared_ptr<models::Autoencoder> model, const ImageShape& shape)
    : model_(std::move(model)), shape_(shape) {}

void FrozenNetwork::check_images(std::size_t images, std::size_t labels) const {
  const auto pixels = static_cast<std::size_t>(shape_.pixels());
  if (images % pixels != 0) wrong_size("pixels for each image", pixels, images % pixels);
  if (labels != 0 && labels != images / pixels) wrong_size("labels", images / pixels, labels);
}

void FrozenNetwork::encode(std::span<const std::uint8_t> images,
                           std::span<const std::int32_t> labels, std::span<float> mean,
                           std::span<float> log_var) const {
  check_images(images.size(), labels.size());
  const std::int64_t pixels = shape_.pixels();
  const std::int64_t n = static_cast<std::int64_t>(images.size()) / pixels;
  const std::int64_t length = latent_dim();
  const auto values = static_cast<std::size_t>(n * length);
  if (mean.size() != values) wrong_size("numbers for the codes", values, mean.size());
  if (!log_var.empty() && log_var.size() != values) {
    wrong_size("numbers for the log-variances", values, log_var.size());
  }
  const c10::InferenceMode inference;
  const std::int64_t chunk = rows_at_once(shape_);
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t count = std::min(chunk, n - first);
    const torch::Tensor x =
        to_tensor(images.subspan(first * pixels, count * pixels), shape_, model_->config().padding);
    const models::Code code = model_->encode(x, label_rows(labels, first, count));
    store(code.mean, mean.data() + first * length);
    if (!log_var.empty() && code.log_var.defined()) {
      store(code.log_var, log_var.data() + first * length);
    }
  }
}

const nn::DensePlan* FrozenNetwork::plan() const {
  std::call_once(plan_made_, [this] {
    if (const auto* dense = dynamic_cast<const nn::DenseDecoder*>(model_->plain_decoder())) {
      plan_.emplace(*dense);
    }
  });
  return plan_ ? &*plan_ : nullptr;
}

void FrozenNetwork::store_pixels(const torch::Tensor& pixels, float* target) const {
  const std::int64_t padding = model_->config().padding;
  store(pixels.narrow(2, padding, shape_.height).narrow(3, padding, shape_.width), target);
}

void FrozenNetwork::decode_by_plan(std::span<const float> code, float* target) const {
  thread_local std::vector<float> outer;
  outer.resize(plan_->outputs());
  plan_->run(code, outer);
  const auto count = static_cast<std::int64_t>(outer.size());
  if (model_->config().reconstruction_loss == ReconstructionLoss::SquaredError) {
    for (float& value : outer) value = std::clamp(value, 0.0F, 1.0F);
  } else {
    nn::kernels::sigmoid(outer.data(), outer.data(), count);
  }
  const int padding = model_->config().padding;
  const ImageShape whole = padded(shape_, padding);
  for (int c = 0; c < shape_.channels; ++c) {
    for (int y = 0; y < shape_.height; ++y) {
      const float* row =
          outer.data() + (std::int64_t{c} * whole.height + y + padding) * whole.width + padding;
      target = std::copy_n(row, shape_.width, target);
    }
  }
}

void FrozenNetwork::decode(std::span<const float> codes, std::span<const std::int32_t> labels,
                           std::span<float> pixels) const {
  const auto length = static_cast<std::size_t>(latent_dim());
  const auto image = static_cast<std::size_t>(shape_.pixels());
  if (codes.size() % length != 0) {
    wrong_size("numbers for each code", length, codes.size() % length);
  }
  const std::size_t n = codes.size() / length;
  if (labels.size() != 0 && labels.size() != n) wrong_size("labels", n, labels.size());
  if (pixels.size() != n * image) wrong_size("pixels", n * image, pixels.size());

  const c10::InferenceMode inference;
  if (n <= kFewCodes && plan() != nullptr) {
    for (std::size_t i = 0; i < n; ++i) {
      decode_by_plan(codes.subspan(i * length, length), pixels.data() + i * image);
    }
    return;
  }
  const auto chunk = static_cast<std::size_t>(rows_at_once(shape_));
  for (std::size_t first = 0; first < n; first += chunk) {
    const std::size_t count = std::min(chunk, n - first);
    const auto rows = static_cast<std::int64_t>(count);
    const torch::Tensor z = torch::empty({rows, static_cast<std::int64_t>(length)});
    std::copy_n(codes.begin() + static_cast<std::ptrdiff_t>(first * length), count * length,
                z.data_ptr<float>());
    const torch::Tensor decoded =
        model_->decode(z, label_rows(labels, static_cast<std::int64_t>(first), rows));
    store_pixels(model_->to_pixels(decoded), pixels.data() + first * image);
  }
}

void FrozenNetwork::reconstruction_error(std::span<const std::uint8_t> images,
                                         std::span<const std::int32_t> labels,
                                         std::span<float> nats) const {
  check_images(images.size(), labels.size());
  const std::int64_t pixels = shape_.pixels();
  const std::int64_t n = static_cast<std::int64_t>(images.size()) / pixels;
  if (nats.size() != static_cast<std::size_t>(n)) {
    wrong_size("numbers for the errors", static_cast<std::size_t>(n), nats.size());
  }
  const c10::InferenceMode inference;
  const std::int64_t chunk = rows_at_once(shape_);
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t count = std::min(chunk, n - first);
    const torch::Tensor x =
        to_tensor(images.subspan(first * pixels, count * pixels), shape_, model_->config().padding);
    const torch::Tensor rows = label_rows(labels, first, count);
    const torch::Tensor decoded = model_->decode(model_->encode(x, rows).mean, rows);
    store(model_->reconstruction_per_image(decoded, x), nats.data() + first);
  }
}

std::vector<float> FrozenNetwork::sample_prior(std::int64_t n, std::uint64_t seed) const {
  const c10::InferenceMode inference;
  const std::optional<torch::Tensor> codes = model_->sample_prior(n, make_generator(seed));
  if (!codes) return {};
  std::vector<float> plain(static_cast<std::size_t>(codes->numel()));
  store(*codes, plain.data());
  return plain;
}

std::vector<float> FrozenNetwork::log_prior(std::span<const float> codes) const {
  auto* gaussian = dynamic_cast<models::GaussianAutoencoder*>(model_.get());
  if (gaussian == nullptr) return {};
  const auto length = static_cast<std::size_t>(latent_dim());
  if (codes.size() % length != 0) {
    wrong_size("numbers for each code", length, codes.size() % length);
  }
  const c10::InferenceMode inference;
  const torch::Tensor z = torch::empty(
      {static_cast<std::int64_t>(codes.size() / length), static_cast<std::int64_t>(length)});
  std::copy(codes.begin(), codes.end(), z.data_ptr<float>());
  return models::to_vector(gaussian->log_prior(z));
}

std::vector<float> FrozenNetwork::log_importance_weights(std::span<const std::uint8_t> images,
                                                         std::span<const std::int32_t> labels,
                                                         int samples, std::uint64_t seed) const {
  check_images(images.size(), labels.size());
  const std::int64_t pixels = shape_.pixels();
  const std::int64_t n = static_cast<std::int64_t>(images.size()) / pixels;
  const TrainingConfig& config = model_->config();
  const double constant =
      config.reconstruction_loss == ReconstructionLoss::SquaredError
          ? 0.5 * static_cast<double>(model_->shape().pixels()) * std::log(2.0 * std::numbers::pi)
          : 0.0;
  const at::Generator generator = make_generator(seed);
  std::vector<float> weights(static_cast<std::size_t>(n * samples));
  const c10::InferenceMode inference;
  const std::int64_t chunk = rows_at_once(shape_);
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t count = std::min(chunk, n - first);
    const torch::Tensor grey =
        to_tensor(images.subspan(first * pixels, count * pixels), shape_, config.padding);
    const torch::Tensor x = binarize(grey, config.binarization, generator);
    const torch::Tensor rows = label_rows(labels, first, count);
    // Few images: several draws of each go through the network together.
    const std::int64_t together = std::max<std::int64_t>(1, chunk / count);
    for (std::int64_t sample = 0; sample < samples; sample += together) {
      const std::int64_t draws = std::min(together, samples - sample);
      const models::Batch batch{
          .x = x.repeat({draws, 1, 1, 1}), .labels = rows.repeat({draws}), .index = {}};
      const auto drawn = model_->log_importance_weights(batch, generator);
      if (!drawn) return {};
      const torch::Tensor table = (*drawn - constant).view({draws, count});
      for (std::int64_t draw = 0; draw < draws; ++draw) {
        store(table[draw], weights.data() + (sample + draw) * n + first);
      }
    }
  }
  return weights;
}

Evaluation FrozenNetwork::evaluate(const Dataset& data, std::uint64_t seed,
                                   const std::function<bool()>& interrupted) const {
  if (!(data.shape == shape_)) {
    throw Error{ErrorCode::ShapeMismatch, "The model and the data set have different image sizes."};
  }
  const torch::NoGradGuard no_grad;
  const models::PassContext pass{.generator = make_generator(seed)};
  // The data set is borrowed for the call.
  const ImageSource source{std::shared_ptr<const Dataset>{std::shared_ptr<void>{}, &data},
                           model_->config().padding, model_->config().binarization};
  Evaluation evaluation{.images = data.size(), .total = 0.0, .terms = {}};
  evaluation.terms.resize(info().loss_terms.size());
  const std::int64_t chunk = rows_at_once(shape_);
  for (std::int64_t first = 0; first < data.size(); first += chunk) {
    if (interrupted && interrupted()) throw Error{ErrorCode::Cancelled, "Cancelled."};
    const models::Batch batch = source.range(first, chunk, pass.generator);
    const models::Losses losses = model_->evaluate_losses(batch, pass);
    const double share = static_cast<double>(batch.x.size(0)) /
                         static_cast<double>(std::max<std::int64_t>(data.size(), 1));
    evaluation.total += share * losses.total.item<double>();
    for (std::size_t i = 0; i < evaluation.terms.size(); ++i) {
      evaluation.terms[i] += share * losses.terms.at(i).item<double>();
    }
  }
  return evaluation;
}

std::unique_ptr<Classifier> FrozenNetwork::fine_tuned(const Dataset& images, const FineTuning& how,
                                                      const std::stop_token& stop) const {
  return std::make_unique<EncoderClassifier>(*model_, shape_, images, how, stop);
}

namespace {

std::shared_ptr<models::Autoencoder> load_system(const SafetensorsFile& file,
                                                 const RunHeader& header) {
  const TrainingConfig& config = header.info.config;
  std::shared_ptr<models::Autoencoder> model;
  try {
    model = models::make_model({.shape = padded(header.shape, config.padding),
                                .config = config,
                                .info = models::registered_model(config.model),
                                .classes = header.classes,
                                .training_images = header.training_images,
                                .generator = make_generator(config.seed),
                                .initialize = false});
  } catch (const c10::Error& error) {
    throw Error{ErrorCode::RunFileCorrupt,
                "Cannot read the run file " + file.path().string() +
                    ": its configuration describes a network that cannot be built.",
                error.what_without_backtrace()};
  }
  read_tensors(file, "model.", model_state(*model));
  for (const auto& [id, value] : header.knob_values) {
    if (find_hyperparameter(model->info(), id) != nullptr) model->set_hyperparameter(id, value);
  }
  settle(*model);
  return model;
}

}  // namespace

std::shared_ptr<const FrozenNetwork> load_frozen_network(const SafetensorsFile& file) {
  const RunHeader header = parse_run_header(file.path(), file.metadata());
  return std::make_shared<FrozenNetwork>(load_system(file, header), header.shape);
}

std::shared_ptr<const Snapshot> load_frozen_snapshot(const SafetensorsFile& file,
                                                     const DataSplit& data) {
  const RunHeader header = parse_run_header(file.path(), file.metadata());
  check_same_data(header, data);
  const TrainingConfig& config = header.info.config;
  std::shared_ptr<models::Autoencoder> model = load_system(file, header);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = header.info.step;
  snapshot->epoch = header.info.epoch;
  const bool validated = data.validation && data.validation->size() > 0;
  snapshot->diagnostics = diagnose(
      *model,
      ImageSource{validated ? data.validation : data.train, config.padding, config.binarization},
      config.seed);
  snapshot->model = std::make_shared<FrozenNetwork>(std::move(model), header.shape);
  return snapshot;
}

std::vector<Diagnostic> diagnose(models::Autoencoder& model, const ImageSource& images,
                                 std::uint64_t seed) {
  return model.diagnostics(images.range(0, kProbeImages, make_generator(derived_seed(seed, 0))));
}

std::shared_ptr<models::Autoencoder> frozen_copy(models::Autoencoder& model) {
  models::ModelContext copy_context = model.context();
  copy_context.initialize = false;
  copy_context.generator = make_generator(0);
  std::shared_ptr<models::Autoencoder> copy = models::make_model(copy_context);
  copy_state(model_state(*copy), model_state(model));
  for (const Hyperparameter& each : model.info().hyperparameters) {
    copy->set_hyperparameter(each.id, model.hyperparameter(each.id));
  }
  settle(*copy);
  return copy;
}

}  // namespace latent::training
