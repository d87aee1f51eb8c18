#include "training/picture_classifier.h"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "latent/error.h"
#include "nn/adam.h"
#include "training/image_source.h"
#include "training/threads.h"

namespace latent::training {
namespace {

constexpr int kClassifierEpochs = 12;
constexpr std::int64_t kClassifierBatch = 128;
constexpr double kClassifierRate = 1e-3;
constexpr int kMostShift = 2;

std::vector<std::int64_t> labelled_rows(const Dataset& data) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < data.size(); ++row) {
    if (data.labels[static_cast<std::size_t>(row)] >= 0) rows.push_back(row);
  }
  return rows;
}

/// One shift for the whole batch: what leaves the picture is cut, what comes in is empty.
Tensor shifted(const Tensor& x, const at::Generator& generator) {
  const Tensor by = torch::randint(-kMostShift, kMostShift + 1, {2}, generator, torch::kInt64);
  const auto dx = by[0].item<std::int64_t>();
  const auto dy = by[1].item<std::int64_t>();
  return torch::constant_pad_nd(x, {dx, -dx, dy, -dy});
}

}  // namespace

PictureClassifier::PictureClassifier(const DataSplit& data, std::uint64_t seed,
                                     const std::stop_token& stop)
    : shape_(data.train->shape), classes_(static_cast<int>(data.train->class_names.size())) {
  if (classes_ < 2) {
    throw Error{ErrorCode::InvalidConfig, "A classifier needs at least two classes; " + data.title +
                                              " has " + std::to_string(classes_) + "."};
  }
  const at::Generator generator = make_generator(seed);
  TrainingConfig config;
  config.network = NetworkKind::Convolutional;
  network_ = nn::make_encoder(config, shape_, classes_, nn::Build{.generator = generator});
  std::vector<std::pair<std::string, Tensor>> parameters;
  for (const auto& parameter : network_->named_parameters()) {
    parameters.emplace_back(parameter.key(), parameter.value());
  }
  nn::Adam adam{std::move(parameters)};

  const ImageSource images{data.train, 0, Binarization::None};
  const Tensor rows = torch::tensor(labelled_rows(*data.train), torch::kInt64);
  // A last batch of one image would have no statistics to normalise by.
  const std::int64_t steps =
      rows.size(0) / kClassifierBatch + (rows.size(0) % kClassifierBatch > 1);
  network_->train();
  for (int epoch = 0; epoch < kClassifierEpochs; ++epoch) {
    const Tensor order =
        rows.index_select(0, torch::randperm(rows.size(0), generator, torch::kInt64));
    for (std::int64_t step = 0; step < steps; ++step) {
      if (stop.stop_requested()) throw Error{ErrorCode::Cancelled, "The training was stopped."};
      const std::int64_t first = step * kClassifierBatch;
      const models::Batch batch = images.rows(
          order.narrow(0, first, std::min(kClassifierBatch, rows.size(0) - first)), generator);
      adam.zero_grad();
      torch::nll_loss(network_->forward(shifted(batch.x, generator)).log_softmax(1), batch.labels)
          .backward();
      const double done = static_cast<double>(epoch * steps + step) / (kClassifierEpochs * steps);
      adam.step(kClassifierRate * 0.5 * (1.0 + std::cos(std::numbers::pi * done)));
    }
  }
  network_->eval();
}

void check_classified(const Classifier& classifier, std::span<const std::uint8_t> images,
                      std::span<const float> probabilities) {
  const auto pixels = static_cast<std::size_t>(classifier.shape().pixels());
  const auto classes = static_cast<std::size_t>(classifier.classes());
  if (images.size() % pixels != 0 || probabilities.size() != images.size() / pixels * classes) {
    throw Error{ErrorCode::ShapeMismatch,
                "A classifier of pictures of " + std::to_string(pixels) + " pixels and " +
                    std::to_string(classes) + " classes was given " +
                    std::to_string(images.size()) + " pixels for " +
                    std::to_string(probabilities.size()) + " probabilities."};
  }
}

void PictureClassifier::classify(std::span<const std::uint8_t> images,
                                 std::span<float> probabilities) const {
  check_classified(*this, images, probabilities);
  const torch::NoGradGuard no_grad;
  const Tensor shares = network_->forward(to_tensor(images, shape_, 0)).softmax(1).contiguous();
  std::copy_n(shares.data_ptr<float>(), probabilities.size(), probabilities.begin());
}

}  // namespace latent::training
