#include <filesystem>

#include "io/safetensors.h"
#include "latent/engine.h"
#include "latent/error.h"
#include "support/catch.h"
#include "support/synthetic_data.h"
#include "training/frozen_network.h"
#include "training/replay.h"
#include "training/run_file.h"
#include "training/torch_trainer.h"

using namespace latent;
using training::TorchTrainer;
namespace fs = std::filesystem;

namespace {

fs::path replay_file(const std::string& name) {
  const fs::path folder = fs::temp_directory_path() / "latent-replay-test";
  fs::create_directories(folder);
  return folder / name;
}

TrainingConfig replayed_config(const std::string& model) {
  TrainingConfig config;
  config.data = "bars";
  config.model = model;
  config.hidden_widths = {16, 12};
  config.batch_size = 32;
  config.epochs = 3;
  config.threads = 2;
  config.seed = 5;
  config.binarization = Binarization::ResampledEachEpoch;
  // The goal acts on each batch's learning rate.
  config.hyperparameters["learning_rate_schedule"] = 1.0;
  return config;
}

/// Trains four epochs and a half with knobs turned by the way, as a session's thread would, and
/// saves the run; `middle` gets its state at the end of the second epoch.
void train_with_turns(TorchTrainer& trainer, const fs::path& path, const fs::path& middle = {}) {
  trainer.set_knob("learning_rate", 2e-3);
  trainer.enter_thread();
  const std::int64_t steps = 9 * trainer.position().steps_per_epoch / 2;
  while (trainer.position().step < steps) {
    if (trainer.position().validating) {
      trainer.validate_part();
      if (trainer.position().epochs_done == 2 && !middle.empty()) trainer.save(middle, false);
      continue;
    }
    switch (trainer.position().step) {
      case 4:
        trainer.set_knob("threads", 1);
        break;
      case 7:
        trainer.set_knob("learning_rate", 5e-4);
        trainer.set_knob("learning_rate", 4e-4);
        break;
      case 17:
        trainer.set_epochs(5);
        break;
      case 25:
        trainer.set_knob("threads", 2);
        trainer.set_knob("learning_rate", 3e-3);
        break;
      default:
        break;
    }
    trainer.train_batch();
  }
  trainer.save(path, false);
}

Replay replayed(const fs::path& path, const ReplayOptions& options = {}) {
  return training::replay_run(SafetensorsFile::read(path), test::bars_split(), options);
}

}  // namespace

TEST_CASE("a run with its knobs turned is replayed from its seed bit for bit", "[replay]") {
  const auto model = GENERATE(as<std::string>{}, "vae", "stacked-ae", "vae-gan");
  CAPTURE(model);
  const fs::path path = replay_file(model + ".safetensors");
  TorchTrainer trainer{replayed_config(model), test::bars_split()};
  train_with_turns(trainer, path);
  const fs::path out = replay_file(model + "-again.safetensors");
  std::int64_t told = 0;
  ReplayOptions options;
  options.out = out;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    CHECK(done == ++told);
    CHECK(total == trainer.position().step);
  };
  const Replay replay = replayed(path, options);
  CAPTURE(replay.different);
  CHECK(replay.identical == true);
  CHECK(replay.steps == trainer.position().step);
  CHECK(told == replay.steps);
  // What is saved is the same run: it is itself replayed to the same bytes.
  CHECK(replayed(out).identical == true);
}

TEST_CASE("a run is replayed from an earlier state of itself, and to an epoch between",
          "[replay]") {
  const fs::path path = replay_file("whole.safetensors");
  const fs::path middle = replay_file("middle.safetensors");
  TorchTrainer trainer{replayed_config("vae"), test::bars_split()};
  train_with_turns(trainer, path, middle);

  const Replay end = replayed(path, {.from = middle});
  CAPTURE(end.different);
  CHECK(end.identical == true);
  CHECK(end.steps == trainer.position().step - 2 * trainer.position().steps_per_epoch);

  const fs::path between = replay_file("between.safetensors");
  const Replay replay = replayed(path, {.epoch = 2, .out = between});
  CHECK(replay.epoch == 2.0);
  CHECK_FALSE(replay.identical);
  // The state that was saved at that moment is what the replay comes to.
  TorchTrainer then{SafetensorsFile::read(middle), test::bars_split()};
  CHECK(training::differing_tensors(SafetensorsFile::read(between), then.state()).empty());
}

TEST_CASE("a log that is not what happened is found out", "[replay]") {
  const fs::path path = replay_file("untold.safetensors");
  TorchTrainer trainer{replayed_config("vae"), test::bars_split()};
  trainer.enter_thread();
  while (trainer.position().step < 5) trainer.train_batch();
  trainer.autoencoder().parameters()[0].data().view(-1)[3] += 1e-4F;
  trainer.save(path, false);
  const Replay replay = replayed(path);
  CHECK(replay.identical == false);
  REQUIRE(replay.different.size() == 1);
  CHECK(replay.different[0].starts_with("model."));
}

TEST_CASE("what cannot be replayed is refused with a sentence", "[replay]") {
  const fs::path path = replay_file("refused.safetensors");
  const fs::path other = replay_file("other.safetensors");
  TorchTrainer trainer{replayed_config("vae"), test::bars_split()};
  train_with_turns(trainer, path);
  TrainingConfig another = replayed_config("vae");
  another.seed = 6;
  TorchTrainer stranger{another, test::bars_split()};
  stranger.enter_thread();
  stranger.save(other, false);
  const auto code = [&](const ReplayOptions& options) {
    try {
      replayed(path, options);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Internal;
  };
  CHECK(code({.from = other}) == ErrorCode::InvalidConfig);
  CHECK(code({.epoch = 9}) == ErrorCode::InvalidConfig);
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(code({.stop = stopped.get_token()}) == ErrorCode::Cancelled);
}

TEST_CASE("a kept epoch shows what the live snapshot showed", "[replay]") {
  const DataSplit data = test::bars_split();
  TorchTrainer trainer{replayed_config("vae"), data};
  trainer.enter_thread();
  while (trainer.position().epochs_done < 1) {
    if (trainer.position().validating) {
      trainer.validate_part();
    } else {
      trainer.train_batch();
    }
  }
  const fs::path path = replay_file("snapshot.safetensors");
  trainer.save(path, false);
  const auto live = trainer.snapshot(1);
  const auto kept = training::load_frozen_snapshot(SafetensorsFile::read(path), data);
  CHECK(kept->step == live->step);
  CHECK(kept->epoch == 1.0);
  REQUIRE(kept->diagnostics.size() == live->diagnostics.size());
  for (std::size_t i = 0; i < kept->diagnostics.size(); ++i) {
    CHECK(kept->diagnostics[i].values == live->diagnostics[i].values);
  }
  const std::vector<float> code(static_cast<std::size_t>(live->model->latent_dim()), 0.5F);
  std::vector<float> then(static_cast<std::size_t>(data.train->shape.pixels()));
  std::vector<float> now = then;
  live->model->decode(code, {}, then);
  kept->model->decode(code, {}, now);
  CHECK(then == now);
}
