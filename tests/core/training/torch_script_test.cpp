#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "latent/error.h"
#include "models/registry.h"
#include "support/catch.h"
#include "support/data_files.h"
#include "support/synthetic_data.h"
#include "training/torch_script_file.h"
#include "training/torch_trainer.h"

using namespace latent;
using training::FrozenNetwork;

namespace {

constexpr std::int64_t kScripted = 6;  // pictures and codes that are compared
constexpr double kSame = 1e-5;

/// A system after one epoch on 10 × 7 pictures, one pixel of padding around them.
FrozenNetwork scripted_network(const TrainingConfig& wanted, const DataSplit& data) {
  TrainingConfig config = wanted;
  config.data = "bars";
  config.padding = 1;
  config.batch_size = 50;
  config.epochs = 1;
  config.threads = 1;
  if (config.hidden_widths.empty()) config.hidden_widths = {16, 12};
  training::TorchTrainer trainer{config, data};
  trainer.enter_thread();
  while (trainer.position().epochs_done < 1) {
    trainer.position().validating ? trainer.validate_part() : trainer.train_batch();
  }
  return {training::frozen_copy(trainer.autoencoder()), data.test->shape};
}

TrainingConfig scripted_config(const std::string& model) {
  TrainingConfig config;
  config.model = model;
  config.latent_dim = 4;
  return config;
}

double furthest(const torch::Tensor& a, const std::vector<float>& b) {
  REQUIRE(a.numel() == static_cast<std::int64_t>(b.size()));
  const torch::Tensor other = torch::tensor(b).view(a.sizes());
  return (a - other).abs().max().item<double>();
}

/// What the written files give for the same codes and pictures, against the network itself.
void check_scripts(const FrozenNetwork& network, const Dataset& images) {
  const test::ScratchFolder folder;
  const c10::InferenceMode inference;
  const auto [channels, height, width] = network.shape();
  const auto dim = network.latent_dim();
  const std::vector<std::int32_t> labels = {0, 1, 2, 0, 1, 2};
  std::vector<torch::jit::IValue> also;
  if (network.classes() > 0) {
    also.emplace_back(torch::tensor(std::vector<std::int64_t>(labels.begin(), labels.end())));
  }
  const auto told = network.classes() > 0 ? labels : std::vector<std::int32_t>();

  training::write_torch_script(network, NetworkHalf::Decoder, folder / "decoder.pt");
  torch::jit::ExtraFilesMap extra{{"latent_studio.json", ""}};
  torch::jit::Module decoder =
      torch::jit::load((folder / "decoder.pt").string(), torch::kCPU, extra);
  const auto facts = nlohmann::json::parse(extra.at("latent_studio.json"));
  CHECK(facts.at("system").get<std::string>() == network.info().id);
  CHECK(facts.at("latent_dim").get<int>() == dim);
  const torch::Tensor z = torch::randn({kScripted, dim});
  std::vector<torch::jit::IValue> inputs{z};
  inputs.insert(inputs.end(), also.begin(), also.end());
  const torch::Tensor pixels = decoder.forward(inputs).toTensor();
  CHECK(pixels.sizes() == at::IntArrayRef({kScripted, channels, height, width}));
  std::vector<float> expected(static_cast<std::size_t>(pixels.numel()));
  network.decode({z.data_ptr<float>(), static_cast<std::size_t>(z.numel())}, told, expected);
  CHECK(furthest(pixels, expected) < kSame);

  if (!network.info().has_encoder) {
    CHECK_THROWS_AS(
        training::write_torch_script(network, NetworkHalf::Encoder, folder / "encoder.pt"), Error);
    CHECK_FALSE(std::filesystem::exists(folder / "encoder.pt"));
    return;
  }
  training::write_torch_script(network, NetworkHalf::Encoder, folder / "encoder.pt");
  torch::jit::Module encoder = torch::jit::load((folder / "encoder.pt").string());
  const auto bytes =
      std::span(images.images).first(static_cast<std::size_t>(kScripted * images.shape.pixels()));
  const torch::Tensor x =
      torch::tensor(std::vector<float>(bytes.begin(), bytes.end())).div(255.0).view(pixels.sizes());
  inputs[0] = x;
  const torch::jit::IValue code = encoder.forward(inputs);
  std::vector<float> mean(static_cast<std::size_t>(kScripted * dim));
  std::vector<float> log_var(mean.size());
  network.encode(bytes, told, mean, log_var);
  if (code.isTuple()) {
    CHECK(network.info().gaussian_posterior);
    CHECK(furthest(code.toTuple()->elements()[0].toTensor(), mean) < kSame);
    CHECK(furthest(code.toTuple()->elements()[1].toTensor(), log_var) < kSame);
  } else {
    CHECK_FALSE(network.info().gaussian_posterior);
    CHECK(furthest(code.toTensor(), mean) < kSame);
  }
}

}  // namespace

TEST_CASE("the TorchScript of every system does what the system does", "[models]") {
  torch::manual_seed(1);
  const DataSplit data = test::bars_split({1, 10, 7}, 300);
  for (const ModelInfo& info : models::registered_models()) {
    CAPTURE(info.id);
    check_scripts(scripted_network(scripted_config(info.id), data), *data.test);
  }
}

TEST_CASE("the TorchScript follows the network, the loss and the knobs", "[models]") {
  torch::manual_seed(2);
  const DataSplit grey = test::bars_split({1, 10, 7}, 300);
  SECTION("convolutions, in colour") {
    const DataSplit colour = test::bars_split({3, 10, 7}, 300);
    TrainingConfig config = scripted_config("vae");
    config.network = NetworkKind::Convolutional;
    check_scripts(scripted_network(config, colour), *colour.test);
    config.model = "conditional-vae";
    check_scripts(scripted_network(config, colour), *colour.test);
  }
  SECTION("squared error") {
    TrainingConfig config = scripted_config("deep-ae");
    config.reconstruction_loss = ReconstructionLoss::SquaredError;
    check_scripts(scripted_network(config, grey), *grey.test);
  }
  SECTION("a book of vectors") {
    TrainingConfig config = scripted_config("vq-vae");
    config.hyperparameters = {{"codebook", 1.0}, {"vector_size", 2.0}};
    check_scripts(scripted_network(config, grey), *grey.test);
  }
  SECTION("the upper of two levels") {
    TrainingConfig config = scripted_config("two-level-vae");
    config.hyperparameters = {{"level", 1.0}};
    check_scripts(scripted_network(config, grey), *grey.test);
  }
  SECTION("rows that were binarised") {
    TrainingConfig config = scripted_config("vrnn");
    config.binarization = Binarization::Threshold;
    config.hyperparameters = {{"memory", GENERATE(0.0, 1.0)}};
    check_scripts(scripted_network(config, grey), *grey.test);
  }
}

TEST_CASE("unlabelled pictures take the class that the classifier sees, in TorchScript too",
          "[models]") {
  const DataSplit data = test::bars_split({1, 10, 7}, 300);
  const FrozenNetwork network = scripted_network(scripted_config("m2"), data);
  const test::ScratchFolder folder;
  training::write_torch_script(network, NetworkHalf::Encoder, folder / "encoder.pt");
  torch::jit::Module encoder = torch::jit::load((folder / "encoder.pt").string());
  const auto bytes = std::span(data.test->images)
                         .first(static_cast<std::size_t>(kScripted * data.test->shape.pixels()));
  const torch::Tensor x = torch::tensor(std::vector<float>(bytes.begin(), bytes.end()))
                              .div(255.0)
                              .view({kScripted, 1, 10, 7});
  const auto code =
      encoder.forward({x, torch::full({kScripted}, -1, torch::kInt64)}).toTuple()->elements();
  std::vector<float> mean(static_cast<std::size_t>(kScripted * network.latent_dim()));
  network.encode(bytes, {}, mean, {});
  CHECK(furthest(code[0].toTensor(), mean) < kSame);
}
