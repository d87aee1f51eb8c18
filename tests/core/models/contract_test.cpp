// What every registered system promises.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "latent/error.h"
#include "models/registry.h"
#include "support/catch.h"
#include "support/synthetic_data.h"
#include "training/image_source.h"
#include "training/threads.h"
#include "training/torch_trainer.h"

using namespace latent;
using training::TorchTrainer;

namespace {

TrainingConfig config_of(const ModelInfo& info) {
  TrainingConfig config;
  config.data = "bars";
  config.model = info.id;
  config.hidden_widths = {16, 12};
  config.latent_dim = 3;
  config.batch_size = 32;
  config.epochs = 6;
  config.threads = 1;
  return config;
}

std::vector<torch::Tensor> contract_weights(TorchTrainer& trainer) {
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : training::model_state(trainer.autoencoder())) {
    values.push_back(tensor.detach().clone());
  }
  return values;
}

bool contract_identical(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.equal(y); });
}

void contract_train_epochs(TorchTrainer& trainer, int epochs) {
  while (trainer.position().epochs_done < epochs) {
    if (trainer.position().validating) {
      trainer.validate_part();
    } else {
      trainer.train_batch();
    }
  }
}

}  // namespace

TEST_CASE("the registry holds exactly the systems of the files in core/models", "[models]") {
  std::set<std::string> expected;
  for (const auto& entry : std::filesystem::directory_iterator{
           std::filesystem::path{LATENT_TEST_DATA}.parent_path().parent_path() / "core" /
           "models"}) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream in{entry.path()};
    const std::string source{std::istreambuf_iterator<char>{in}, {}};
    if (source.find("register_model<") == std::string::npos) continue;
    std::string id = entry.path().stem().string();
    std::replace(id.begin(), id.end(), '_', '-');
    expected.insert(id);
  }
  std::set<std::string> registered;
  for (const ModelInfo& info : models::registered_models()) registered.insert(info.id);
  CHECK(registered == expected);
  CHECK(registered.size() >= 2);
}

TEST_CASE("two systems cannot share an id", "[models]") {
  CHECK_THROWS_AS(models::register_model(models::registered_model("vae"), {}), Error);
  CHECK_THROWS_AS(models::registered_model("no-such-system"), Error);
}

TEST_CASE("every system says what a person needs to know", "[models]") {
  for (const ModelInfo& info : models::registered_models()) {
    CAPTURE(info.id);
    CHECK_FALSE(info.title.empty());
    CHECK_FALSE(info.summary.empty());
    CHECK_FALSE(info.citation.empty());
    REQUIRE_FALSE(info.loss_terms.empty());
    for (const LossTerm& term : info.loss_terms) CHECK_FALSE(term.help.empty());
    for (const Hyperparameter& each : info.hyperparameters) {
      CAPTURE(each.id);
      CHECK_FALSE(each.help.empty());
      CHECK(each.initial >= each.minimum);
      CHECK(each.initial <= (each.kind == Hyperparameter::Kind::Choice
                                 ? static_cast<double>(each.choices.size()) - 1
                                 : each.maximum));
    }
  }
}

TEST_CASE("every system learns, encodes and decodes", "[models]") {
  const DataSplit data = test::bars_split({1, 8, 8}, 400);
  for (const ModelInfo& info : models::registered_models()) {
    CAPTURE(info.id);
    TorchTrainer trainer{config_of(info), data};
    trainer.enter_thread();
    contract_train_epochs(trainer, 1);
    const float first = trainer.history().front().total;
    contract_train_epochs(trainer, 6);
    CHECK(std::isfinite(first));
    for (const LossPoint& point : trainer.history()) {
      CHECK(std::isfinite(point.total));
      CHECK(point.terms.size() == info.loss_terms.size());
    }
    const auto snapshot = trainer.snapshot(1);
    const FrozenModel& model = *snapshot->model;
    const std::int64_t length = model.latent_dim();
    const std::int64_t n = 10;
    const std::span images = std::span{data.test->images}.first(n * 64);
    const std::span labels = std::span{data.test->labels}.first(n);
    std::vector<float> codes(n * length);
    if (info.has_encoder) {
      // For systems with an encoder the reconstruction is the first term, and it falls; what is
      // fitted in one step is as good as it gets after the first.
      const auto [first_term, last_term] =
          std::pair{trainer.history().front().terms[0], trainer.history().back().terms[0]};
      CHECK((info.gradient_trained ? last_term < first_term : std::isfinite(last_term)));
      std::vector<float> log_var(info.gaussian_posterior ? codes.size() : 0);
      model.encode(images, labels, codes, log_var);
      std::vector<float> alone(length);
      model.encode(images.first(64), labels.first(1), alone, {});
      for (std::int64_t i = 0; i < length; ++i) CHECK(alone[i] == Approx(codes[i]).margin(1e-4));
    }
    std::vector<float> pixels(n * 64);
    model.decode(codes, labels, pixels);
    CHECK(
        std::all_of(pixels.begin(), pixels.end(), [](float p) { return p >= 0.0F && p <= 1.0F; }));
    CHECK(model.sample_prior(4, 1).size() ==
          (info.has_prior ? static_cast<std::size_t>(4 * length) : 0U));
  }
}

TEST_CASE("a system without gradients is fitted in one epoch of one step", "[models]") {
  const DataSplit data = test::bars_split();
  for (const ModelInfo& info : models::registered_models()) {
    if (info.gradient_trained) continue;
    CAPTURE(info.id);
    TorchTrainer trainer{config_of(info), data};
    CHECK(trainer.config().epochs == 1);
    CHECK(trainer.position().steps_per_epoch == 1);
    trainer.enter_thread();
    const auto before = contract_weights(trainer);
    contract_train_epochs(trainer, 1);
    const auto fitted = contract_weights(trainer);
    CHECK_FALSE(contract_identical(before, fitted));
    contract_train_epochs(trainer, 2);
    CHECK(contract_identical(fitted, contract_weights(trainer)));
  }
}

TEST_CASE("every system takes colour pictures of 64 by 64 pixels", "[models]") {
  const DataSplit data = test::bars_split({3, 64, 64}, 40);
  const bool fast_path = GENERATE(true, false);
  for (const ModelInfo& info : models::registered_models()) {
    CAPTURE(info.id);
    TrainingConfig config = config_of(info);
    config.fast_path = fast_path;
    TorchTrainer trainer{config, data};
    trainer.enter_thread();
    contract_train_epochs(trainer, 1);
    const auto snapshot = trainer.snapshot(1);
    const FrozenModel& model = *snapshot->model;
    std::vector<float> pixels(2 * data.train->shape.pixels());
    model.decode(std::vector<float>(2 * model.latent_dim(), 0.5F), std::vector<std::int32_t>{0, 1},
                 pixels);
    CHECK(
        std::all_of(pixels.begin(), pixels.end(), [](float p) { return p >= 0.0F && p <= 1.0F; }));
  }
}

TEST_CASE("gradients reach every parameter of systems trained in one piece", "[models]") {
  const DataSplit data = test::bars_split();
  for (const ModelInfo& info : models::registered_models()) {
    if (!info.gradient_trained) continue;
    CAPTURE(info.id);
    TorchTrainer trainer{config_of(info), data};
    trainer.enter_thread();
    const auto before = trainer.autoencoder().named_parameters();
    std::map<std::string, torch::Tensor> initial;
    for (const auto& each : before) initial[each.key()] = each.value().detach().clone();
    contract_train_epochs(trainer, 6);
    for (const auto& each : trainer.autoencoder().named_parameters()) {
      CAPTURE(each.key());
      CHECK_FALSE(each.value().equal(initial.at(each.key())));
    }
  }
}

TEST_CASE("every system trains the same weights from the same seed, and goes on bit for bit",
          "[models]") {
  const DataSplit data = test::bars_split();
  const auto path = std::filesystem::temp_directory_path() / "latent-contract.safetensors";
  for (const ModelInfo& info : models::registered_models()) {
    CAPTURE(info.id);
    TorchTrainer whole{config_of(info), data};
    whole.enter_thread();
    while (whole.position().step < 10) {
      if (whole.position().validating) {
        whole.validate_part();
      } else {
        whole.train_batch();
      }
    }
    whole.save(path, false);
    contract_train_epochs(whole, 3);
    TorchTrainer again{config_of(info), data};
    again.enter_thread();
    contract_train_epochs(again, 3);
    CHECK(contract_identical(contract_weights(whole), contract_weights(again)));
    TorchTrainer continued{SafetensorsFile::read(path), data};
    continued.enter_thread();
    contract_train_epochs(continued, 3);
    CHECK(contract_identical(contract_weights(whole), contract_weights(continued)));
  }
  std::filesystem::remove(path);
}

TEST_CASE("convolutional and padded networks take any picture", "[models]") {
  const auto shape = GENERATE(ImageShape{1, 28, 28}, ImageShape{3, 32, 32}, ImageShape{1, 5, 9},
                              ImageShape{3, 1, 1});
  const auto network = GENERATE(NetworkKind::Dense, NetworkKind::Convolutional);
  CAPTURE(shape.channels, shape.height, shape.width);
  for (const char* id : {"deep-ae", "vae", "aae", "vae-gan", "gan", "vrnn"}) {
    CAPTURE(id);
    const ModelInfo& info = models::registered_model(id);
    if (network == NetworkKind::Convolutional && !info.supports_convolution) continue;
    TrainingConfig config = config_of(info);
    config.network = network;
    config.hidden_widths.clear();
    config.padding = 2;
    const DataSplit data = test::bars_split(shape, 33);  // the last batch holds one picture
    TorchTrainer trainer{config, data};
    trainer.enter_thread();
    contract_train_epochs(trainer, 1);
    CHECK(std::isfinite(trainer.history().back().total));
    const auto snapshot = trainer.snapshot(1);
    std::vector<float> pixels(2 * shape.pixels());
    const auto length = static_cast<std::size_t>(snapshot->model->latent_dim());
    const std::vector<float> codes(2 * length, 0.5F);
    snapshot->model->decode(codes, {}, pixels);
    CHECK(std::all_of(pixels.begin(), pixels.end(), [](float p) { return std::isfinite(p); }));
  }
}
