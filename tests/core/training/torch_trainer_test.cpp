#include "training/torch_trainer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <thread>

#include "latent/engine.h"
#include "latent/error.h"
#include "support/catch.h"
#include "support/synthetic_data.h"
#include "training/frozen_network.h"
#include "training/run_record.h"
#include "training/threads.h"

using namespace latent;
using training::TorchTrainer;
namespace fs = std::filesystem;

namespace {

fs::path scratch(const std::string& name) {
  const fs::path folder = fs::temp_directory_path() / "latent-trainer-test";
  fs::create_directories(folder);
  return folder / name;
}

TrainingConfig small_config(const std::string& model, NetworkKind network) {
  TrainingConfig config;
  config.data = "bars";
  config.model = model;
  config.network = network;
  config.hidden_widths = {16, 12};
  config.batch_size = 32;
  config.epochs = 3;
  config.threads = 2;
  return config;
}

/// One unit of work; true when it ended an epoch.
bool advance(TorchTrainer& trainer) {
  if (trainer.position().validating) return trainer.validate_part().has_value();
  trainer.train_batch();
  return false;
}

void train_epochs(TorchTrainer& trainer, int epochs) {
  while (trainer.position().epochs_done < epochs) advance(trainer);
}

std::vector<torch::Tensor> weights(TorchTrainer& trainer) {
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : training::model_state(trainer.autoencoder())) {
    values.push_back(tensor.detach().clone());
  }
  return values;
}

bool identical(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.equal(y); });
}

ErrorCode refusal(const fs::path& path, const DataSplit& data) {
  try {
    const TorchTrainer trainer{SafetensorsFile::read(path), data};
  } catch (const Error& error) {
    CHECK(std::string{error.what()}.find(path.string()) != std::string::npos);
    return error.code();
  }
  return ErrorCode::Internal;
}

}  // namespace

TEST_CASE("a run saved in mid-epoch continues bit for bit", "[training]") {
  const auto model = GENERATE(as<std::string>{}, "deep-ae", "vae");
  const auto network = GENERATE(NetworkKind::Dense, NetworkKind::Convolutional);
  const bool fast_path = GENERATE(true, false);
  // New, within an epoch, before its validation; convolutions, which are slow, within an epoch
  // only.
  const int saved_after = GENERATE(0, 9, 14);
  if (network == NetworkKind::Convolutional && saved_after != 9) return;
  CAPTURE(model, network == NetworkKind::Dense, fast_path, saved_after);
  TrainingConfig config = small_config(model, network);
  config.fast_path = fast_path;
  config.binarization = Binarization::ResampledEachEpoch;
  const DataSplit data = test::bars_split();
  const fs::path path = scratch("resume.safetensors");

  TorchTrainer whole{config, data};
  whole.enter_thread();
  bool saved = false;
  while (whole.position().epochs_done < 3) {
    if (whole.position().step == saved_after && !saved) {
      saved = true;
      whole.save(path, false);
    }
    if (whole.position().step == 10 && !whole.position().validating) {
      whole.set_knob("learning_rate", 5e-4);
    }
    advance(whole);
  }

  TorchTrainer continued{SafetensorsFile::read(path), data};
  continued.enter_thread();
  CHECK(continued.position().step == saved_after);
  CHECK(continued.position().validating == (saved_after == 14));
  while (continued.position().epochs_done < 3) {
    if (continued.position().step == 10 && !continued.position().validating) {
      continued.set_knob("learning_rate", 5e-4);
    }
    advance(continued);
  }
  CHECK(identical(weights(whole), weights(continued)));
  REQUIRE(whole.history().size() == continued.history().size());
  for (std::size_t i = 0; i < whole.history().size(); ++i) {
    CHECK(whole.history()[i].total == continued.history()[i].total);
  }
  CHECK(whole.knob_log().size() == continued.knob_log().size());
}

TEST_CASE("looking at a run does not change it", "[training]") {
  const TrainingConfig config = small_config("vae", NetworkKind::Dense);
  const DataSplit data = test::bars_split();
  TorchTrainer plain{config, data};
  TorchTrainer watched{config, data};
  plain.enter_thread();
  watched.enter_thread();
  while (plain.position().epochs_done < 2) {
    advance(plain);
    advance(watched);
    const auto snapshot = watched.snapshot(1);
    snapshot->model->sample_prior(3, 1);
    watched.save(scratch("watched.safetensors"), false);
  }
  CHECK(identical(weights(plain), weights(watched)));
}

TEST_CASE("the same seed gives the same weights, another seed others", "[training]") {
  const DataSplit data = test::bars_split();
  TrainingConfig config = small_config("vae", NetworkKind::Dense);
  TorchTrainer trainer{config, data};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  const auto first = weights(trainer);
  trainer.reset(config.seed);
  CHECK(trainer.position().step == 0);
  train_epochs(trainer, 1);
  CHECK(identical(first, weights(trainer)));
  trainer.reset(config.seed + 1);
  train_epochs(trainer, 1);
  CHECK_FALSE(identical(first, weights(trainer)));
}

TEST_CASE("a loss that is not finite keeps the last good weights and names the knob",
          "[training]") {
  const DataSplit data = test::bars_split();
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), data};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  // What an exploding step leaves behind.
  {
    const torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : trainer.autoencoder().parameters()) {
      parameter.fill_(std::nanf(""));
      break;
    }
  }
  try {
    trainer.train_batch();
    FAIL("trained on a loss that is not a number");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::NonFiniteLoss);
    CHECK(std::string{error.what()}.find("earning rate") != std::string::npos);
  }
  for (const torch::Tensor& tensor : weights(trainer)) CHECK(tensor.isfinite().all().item<bool>());
  CHECK(trainer.position().step <= 7);
  CHECK(std::isfinite(trainer.train_batch().total));
}

TEST_CASE("a step that breaks the weights in an epoch's last batch is found before it is saved",
          "[training]") {
  const DataSplit data = test::bars_split();
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), data};
  trainer.enter_thread();
  while (!trainer.position().validating) trainer.train_batch();
  {
    const torch::NoGradGuard no_grad;
    trainer.autoencoder().parameters().front().fill_(std::nanf(""));
  }
  try {
    while (!trainer.validate_part()) {
    }
    FAIL("validated with weights that are not numbers");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::NonFiniteLoss);
  }
  for (const torch::Tensor& tensor : weights(trainer)) CHECK(tensor.isfinite().all().item<bool>());
  CHECK_FALSE(trainer.position().validating);
}

TEST_CASE("a saved run decodes as the live one did", "[training]") {
  const auto network = GENERATE(NetworkKind::Dense, NetworkKind::Convolutional);
  TrainingConfig config = small_config("vae", network);
  config.padding = 2;
  const DataSplit data = test::bars_split({3, 9, 7});
  TorchTrainer trainer{config, data};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  const fs::path path = scratch("decode.safetensors");
  trainer.save(path, true);
  const auto live = trainer.snapshot(1)->model;
  const auto loaded = training::load_frozen_network(SafetensorsFile::read(path));
  REQUIRE(loaded->latent_dim() == 2);
  REQUIRE(loaded->shape() == ImageShape{3, 9, 7});

  const std::int64_t n = data.test->size();
  std::vector<float> mean(n * 2);
  std::vector<float> log_var(n * 2);
  std::vector<float> again(n * 2);
  live->encode(data.test->images, {}, mean, log_var);
  loaded->encode(data.test->images, {}, again, {});
  CHECK(mean == again);

  std::vector<float> many(n * 189);
  live->decode(mean, {}, many);
  std::vector<float> one(189);
  loaded->decode(std::span{mean}.first(2), {}, one);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == Approx(many[i]).margin(1e-4));
  CHECK(std::all_of(many.begin(), many.end(), [](float p) { return p >= 0.0F && p <= 1.0F; }));

  std::vector<float> nats(n);
  loaded->reconstruction_error(data.test->images, {}, nats);
  CHECK(std::all_of(nats.begin(), nats.end(), [](float x) { return std::isfinite(x) && x > 0; }));
  CHECK(loaded->sample_prior(5, 7) == live->sample_prior(5, 7));
  const Evaluation evaluation = loaded->evaluate(*data.test, 3);
  CHECK(evaluation.total == Approx(evaluation.terms[0] + evaluation.terms[1]));
}

TEST_CASE("a codes' picture never depends on its neighbours in the call", "[training]") {
  const DataSplit data = test::bars_split();
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), data};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  const auto model = trainer.snapshot(1)->model;
  std::vector<float> together(2 * 2);
  std::vector<float> alone(2);
  model->encode(std::span{data.test->images}.first(128), {}, together, {});
  model->encode(std::span{data.test->images}.first(64), {}, alone, {});
  for (int i = 0; i < 2; ++i) CHECK(together[i] == Approx(alone[i]).margin(1e-5));
  CHECK_THROWS_AS(model->encode(std::span{data.test->images}.first(65), {}, alone, {}), Error);
}

TEST_CASE("a run may only be continued on the data it was trained on", "[training]") {
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), test::bars_split()};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  const fs::path path = scratch("data.safetensors");
  trainer.save(path, false);
  CHECK(refusal(path, test::bars_split({1, 8, 8}, 200, "others")) == ErrorCode::ShapeMismatch);
  CHECK(refusal(path, test::bars_split({1, 8, 9})) == ErrorCode::ShapeMismatch);
  CHECK(refusal(path, test::bars_split({1, 8, 8}, 190)) == ErrorCode::ShapeMismatch);
}

TEST_CASE("a run file whose tensors are not the network's is refused", "[training]") {
  const DataSplit data = test::bars_split();
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), data};
  trainer.enter_thread();
  train_epochs(trainer, 1);
  const fs::path path = scratch("wrong.safetensors");
  trainer.save(path, false);
  const SafetensorsFile good = SafetensorsFile::read(path);

  const auto rewrite = [&](const std::string& changed, const std::string& key = {},
                           const std::string& value = {}) {
    std::vector<TensorBytes> tensors;
    for (const auto& [name, entry] : good.tensors()) {
      if (name == changed) continue;
      tensors.push_back(
          {name, entry.type, entry.shape, good.tensor(name, entry.type, entry.shape)});
    }
    auto metadata = good.metadata();
    if (!key.empty()) metadata[key] = value;
    write_safetensors(path, tensors, metadata);
  };
  rewrite("model.encoder.head.bias");
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
  rewrite("state.generator");
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
  TrainingConfig other = trainer.config();
  other.hidden_widths = {17, 12};
  rewrite("", "config", to_json(other));
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
  rewrite("", "config", "{\"model\": \"no-such-system\"}");
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
  rewrite("", "history", "[[1, 2");
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
  rewrite("", "format", "somebody else's");
  CHECK(refusal(path, data) == ErrorCode::RunFileCorrupt);
}

TEST_CASE("a run file tells its own story", "[training]") {
  TorchTrainer trainer{small_config("vae", NetworkKind::Dense), test::bars_split()};
  trainer.enter_thread();
  train_epochs(trainer, 2);
  trainer.set_knob("beta", 0.5);
  CHECK_FALSE(trainer.conclude([] { return true; }));
  CHECK(trainer.conclude([] { return false; }));
  trainer.set_record(R"({"note": 1})");
  const fs::path path = scratch("story.safetensors");
  trainer.save(path, true);
  const RunFileInfo info =
      training::parse_run_header(path, read_safetensors_header(path).metadata).info;
  CHECK(info.config == trainer.config());
  CHECK(info.step == 14);
  CHECK(info.epoch == 2.0);
  CHECK(info.finished);
  CHECK(info.data_title == "Bars");
  CHECK(info.history.size() == 4);
  CHECK(info.history.back().part == LossPoint::Part::Validation);
  CHECK(info.knobs.back().id == "beta");
  CHECK(info.record_json.find("knn_accuracy_2d") != std::string::npos);
  CHECK(info.record_json.find("note") != std::string::npos);
}

TEST_CASE("each thread has its own number of threads", "[training]") {
  training::set_thread_count(2);
  std::thread{[] {
    training::set_thread_count(1);
    CHECK(training::thread_count() == 1);
  }}.join();
  CHECK(training::thread_count() == 2);
}
