#pragma once

#include "nn/libtorch.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "models/registry.h"

/// A system on tiny pictures, its optimisers, and random data, for tests of one system.
namespace latent::test {

inline at::Generator generator(std::uint64_t seed = 1) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

/// n random pictures that differ in brightness, labels 0 … classes − 1 in turn.
class RandomImages final : public models::TrainingData {
 public:
  RandomImages(std::int64_t n, const ImageShape& shape, int classes = 3) : classes_(classes) {
    at::Generator random = generator(7);
    x_ = torch::empty({n, shape.channels, shape.height, shape.width}).uniform_(0, 1, random);
    x_ = x_ * torch::empty({n, 1, 1, 1}).uniform_(0, 1, random);
    labels_ = torch::arange(n, torch::kInt64).remainder(classes);
  }
  std::int64_t size() const override { return x_.size(0); }
  int classes() const override { return classes_; }
  models::Batch rows(const torch::Tensor& index, const at::Generator& /*random*/) const override {
    return {x_.index_select(0, index), labels_.index_select(0, index), index};
  }
  models::Batch all() const { return rows(torch::arange(size(), torch::kInt64), {}); }

 private:
  int classes_;
  torch::Tensor x_;
  torch::Tensor labels_;
};

/// Images [n, C, H, W] and labels [n] as given; both may be changed between steps.
struct GivenImages final : models::TrainingData {
  GivenImages(torch::Tensor x_, torch::Tensor labels_, int classes_ = 1)
      : x(std::move(x_)), labels(std::move(labels_)), class_count(classes_) {}
  std::int64_t size() const override { return x.size(0); }
  int classes() const override { return class_count; }
  models::Batch rows(const torch::Tensor& index, const at::Generator& /*random*/) const override {
    return {x.index_select(0, index), labels.index_select(0, index), index};
  }
  models::Batch all() const { return rows(torch::arange(size(), torch::kInt64), {}); }

  torch::Tensor x;
  torch::Tensor labels;
  int class_count;
};

struct SmallSystem {
  explicit SmallSystem(const std::string& id, int latent_dim = 2,
                       std::map<std::string, double> hyperparameters = {},
                       TrainingConfig config = {.hidden_widths = {12, 8}},
                       ImageShape shape = {1, 4, 4})
      : images(64, shape) {
    config.model = id;
    config.latent_dim = latent_dim;
    config.hyperparameters = std::move(hyperparameters);
    model = models::make_model({.shape = shape,
                                .config = config,
                                .info = models::registered_model(id),
                                .classes = images.classes(),
                                .training_images = images.size(),
                                .generator = generator(config.seed)});
    for (models::ParameterGroup& group : model->optimizer_groups()) {
      optimizers.emplace(group.name, nn::Adam{std::move(group.parameters), group.options});
    }
    training.generator = generator(2);
    training.optimizers = &optimizers;
    training.data = &images;
    training.steps_per_epoch = 4;
    training.epochs = 4;
    model->train();
  }

  models::Losses losses() { return model->losses(images.all(), training); }
  models::Losses evaluate(std::uint64_t seed = 3) {
    model->eval();
    models::PassContext pass;
    pass.generator = generator(seed);
    models::Losses result = model->evaluate_losses(images.all(), pass);
    model->train();
    return result;
  }
  models::Losses step() {
    models::Losses result = model->train_step(images.all(), training);
    ++training.step;
    training.epoch =
        static_cast<double>(training.step) / static_cast<double>(training.steps_per_epoch);
    return result;
  }
  torch::Tensor parameter(const std::string& name) { return model->named_parameters()[name]; }
  torch::Tensor buffer(const std::string& name) { return model->named_buffers()[name]; }

  RandomImages images;
  std::shared_ptr<models::Autoencoder> model;
  std::map<std::string, nn::Adam> optimizers;
  models::TrainingContext training;
};

inline double value(const torch::Tensor& scalar) {
  return scalar.item<double>();
}

}  // namespace latent::test
