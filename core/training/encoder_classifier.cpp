#include "training/encoder_classifier.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "latent/error.h"
#include "models/registry.h"
#include "training/frozen_network.h"
#include "training/image_source.h"
#include "training/model_state.h"
#include "training/picture_classifier.h"
#include "training/threads.h"

namespace latent::training {
namespace {

constexpr std::int64_t kTuningBatch = 64;
constexpr std::int64_t kLeastTuningSteps = 500;
constexpr std::int64_t kTuningEpochs = 10;
constexpr double kTuningRate = 1e-3;
/// What the streams of random numbers of one seed are for.
enum TuningPurpose : std::uint64_t { kTuningWeights = 1, kTuningHead = 2, kTuningOrder = 3 };

/// Batches are too small to be worth sharing: threads that wait for each other take ten times as
/// long where something else runs beside.
class OnOneThread {
 public:
  OnOneThread() : before_(thread_count()) { set_thread_count(1); }
  ~OnOneThread() { set_thread_count(before_); }
  OnOneThread(const OnOneThread&) = delete;
  OnOneThread& operator=(const OnOneThread&) = delete;

 private:
  int before_;
};

/// Why no classifier can be trained on this system's encoder; empty where it can.
std::string why_not(const ModelInfo& info) {
  if (!info.has_encoder) return info.title + " has no encoder to fine-tune.";
  if (info.conditional) return info.title + "'s encoder is told the class that is to be found.";
  if (!info.gradient_trained) {
    return info.title + " is fitted in one step: there is no network to fine-tune.";
  }
  return {};
}

/// Another network of the same kind with the weights of `source` or, in the same phase and with the
/// same knobs, with random ones.
std::shared_ptr<models::Autoencoder> trainable_copy(models::Autoencoder& source,
                                                    const FineTuning& how) {
  models::ModelContext context = source.context();
  context.initialize = !how.pretrained;
  context.generator = make_generator(derived_seed(how.seed, kTuningWeights));
  std::shared_ptr<models::Autoencoder> copy = models::make_model(context);
  const NamedTensors target = model_state(*copy);
  const NamedTensors drawn = how.pretrained ? NamedTensors{} : cloned(target);
  copy_state(target, model_state(source));
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    Tensor value = target[i].second;
    if (value.is_floating_point()) value.copy_(drawn[i].second);
  }
  for (const Hyperparameter& each : source.info().hyperparameters) {
    copy->set_hyperparameter(each.id, source.hyperparameter(each.id));
  }
  copy->restored();
  // All of it is trained, also what a phase or another rule of learning holds.
  for (Tensor& parameter : copy->parameters()) parameter.set_requires_grad(true);
  copy->eval();
  return copy;
}

}  // namespace

EncoderClassifier::EncoderClassifier(models::Autoencoder& network, const ImageShape& shape,
                                     const Dataset& images, const FineTuning& how,
                                     const std::stop_token& stop)
    : shape_(shape), classes_(static_cast<int>(images.class_names.size())) {
  if (const std::string reason = why_not(network.info()); !reason.empty()) {
    throw Error{ErrorCode::InvalidConfig, reason};
  }
  if (!(images.shape == shape)) {
    throw Error{ErrorCode::ShapeMismatch, "The model and the data set have different image sizes."};
  }
  if (classes_ < 2) {
    throw Error{ErrorCode::InvalidConfig,
                "A classifier needs at least two classes; the data set "
                "has " +
                    std::to_string(classes_) + "."};
  }
  if (how.rows.size() < 2) {
    throw Error{ErrorCode::InvalidConfig,
                "A classifier needs at least two labelled images; it was "
                "given " +
                    std::to_string(how.rows.size()) + "."};
  }
  for (const std::int64_t row : how.rows) {
    if (row < 0 || row >= images.size() || images.labels[static_cast<std::size_t>(row)] < 0) {
      throw Error{ErrorCode::InvalidConfig,
                  "Image " + std::to_string(row) + " of " + std::to_string(images.size()) +
                      " was to be learned from, and is not there or has no label."};
    }
  }
  network_ = trainable_copy(network, how);
  head_ = std::make_shared<nn::Linear>(
      network_->code_dim(), classes_,
      nn::Build{.generator = make_generator(derived_seed(how.seed, kTuningHead)),
                .fast_path = network_->config().fast_path});
  train(images, how, stop);
}

Tensor EncoderClassifier::code_of(const Tensor& x) const {
  const models::Code code = network_->encode(x, {});
  return code.unquantized.defined() ? code.unquantized : code.mean;
}

/// Cross-entropy, Adam from 1e-3 down to 0 by a cosine, over the labelled images in a new order
/// each time. Few images are seen again and again.
void EncoderClassifier::train(const Dataset& images, const FineTuning& how,
                              const std::stop_token& stop) {
  const auto count = static_cast<std::int64_t>(how.rows.size());
  const std::int64_t batch_size = std::min(kTuningBatch, count);
  const OnOneThread one_thread;
  const std::int64_t steps =
      how.steps.value_or(std::max(kLeastTuningSteps, kTuningEpochs * count / batch_size));
  if (steps == 0) return;
  const ImageSource source{std::shared_ptr<const Dataset>{std::shared_ptr<void>{}, &images},
                           network_->config().padding, Binarization::None};
  const at::Generator generator = make_generator(derived_seed(how.seed, kTuningOrder));
  const Tensor rows = torch::tensor(how.rows, torch::kInt64);

  // Only what the code depends on: decoders and discriminators have no part in it.
  std::vector<std::pair<std::string, Tensor>> parameters;
  code_of(source.rows(rows.narrow(0, 0, 2), generator).x).sum().backward();
  for (const auto& parameter : network_->named_parameters()) {
    if (!parameter.value().grad().defined()) continue;
    parameter.value().mutable_grad().reset();
    parameters.emplace_back("network." + parameter.key(), parameter.value());
  }
  for (const auto& parameter : head_->named_parameters()) {
    parameters.emplace_back("head." + parameter.key(), parameter.value());
  }
  nn::Adam adam{std::move(parameters)};

  // All layers: a greedy system would hold the statistics of those it has finished.
  network_->torch::nn::Module::train(true);
  Tensor order;
  std::int64_t next = count;
  for (std::int64_t step = 0; step < steps; ++step) {
    if (stop.stop_requested()) throw Error{ErrorCode::Cancelled, "The training was stopped."};
    if (next + batch_size > count) {
      order = rows.index_select(0, torch::randperm(count, generator, torch::kInt64));
      next = 0;
    }
    const models::Batch batch = source.rows(order.narrow(0, next, batch_size), generator);
    next += batch_size;
    adam.zero_grad();
    torch::nll_loss(head_->forward(code_of(batch.x)).log_softmax(1), batch.labels).backward();
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    adam.step(kTuningRate * 0.5 * (1.0 + std::cos(std::numbers::pi * done)));
  }
  network_->torch::nn::Module::train(false);
}

void EncoderClassifier::classify(std::span<const std::uint8_t> images,
                                 std::span<float> probabilities) const {
  check_classified(*this, images, probabilities);
  const auto pixels = static_cast<std::size_t>(shape_.pixels());
  const auto classes = static_cast<std::size_t>(classes_);
  const torch::NoGradGuard no_grad;
  const auto chunk = static_cast<std::size_t>(rows_at_once(shape_));
  for (std::size_t first = 0; first < images.size() / pixels; first += chunk) {
    const std::size_t count = std::min(chunk, images.size() / pixels - first);
    const Tensor x = to_tensor(images.subspan(first * pixels, count * pixels), shape_,
                               network_->config().padding);
    const Tensor shares = head_->forward(code_of(x)).softmax(1).contiguous();
    std::copy_n(shares.data_ptr<float>(), count * classes,
                probabilities.begin() + static_cast<std::ptrdiff_t>(first * classes));
  }
}

std::vector<float> EncoderClassifier::codes(std::span<const std::uint8_t> images) const {
  const torch::NoGradGuard no_grad;
  return models::to_vector(code_of(to_tensor(images, shape_, network_->config().padding)));
}

}  // namespace latent::training
