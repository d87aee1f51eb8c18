#include "training/replay.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "latent/error.h"
#include "training/run_file.h"
#include "training/torch_trainer.h"

namespace latent::training {
namespace {

using Log = std::vector<KnobChange>;

/// The knob as it was when the run began; nullptr when the log does not say.
const KnobChange* initial(const Log& log, const std::string& id) {
  const auto found = std::find_if(log.begin(), log.end(), [&](const KnobChange& change) {
    return change.step == 0 && change.id == id;
  });
  return found == log.end() ? nullptr : &*found;
}

/// A new run from the seed, about to train with what it began with.
std::unique_ptr<TorchTrainer> from_seed(const RunHeader& header, DataSplit data) {
  const Log& log = header.info.knobs;
  TrainingConfig config = header.info.config;
  const KnobChange* epochs = initial(log, "epochs");
  const KnobChange* threads = initial(log, "threads");
  if (epochs == nullptr || threads == nullptr) {
    throw Error{ErrorCode::RunFileCorrupt,
                "The run file " + header.info.path.string() +
                    " was written before runs could be replayed: its log does not say with how "
                    "many threads and epochs it began."};
  }
  config.epochs = static_cast<int>(epochs->value);
  config.threads = static_cast<int>(threads->value);
  check_same_data(header, data);
  return std::make_unique<TorchTrainer>(config, std::move(data));
}

/// An earlier state of the run, with the threads that it trained on with.
std::unique_ptr<TorchTrainer> from_state(const RunHeader& header, const SafetensorsFile& state,
                                         DataSplit data) {
  auto trainer = std::make_unique<TorchTrainer>(state, std::move(data));
  const RunHeader earlier = parse_run_header(state.path(), state.metadata());
  TrainingConfig config = earlier.info.config;
  config.epochs = header.info.config.epochs;  // the goal may have moved since
  config.threads = header.info.config.threads;
  if (!(config == header.info.config) || earlier.info.step > header.info.step) {
    throw Error{ErrorCode::InvalidConfig, state.path().string() +
                                              " is not an earlier state of the run " +
                                              header.info.path.string() + "."};
  }
  const Log& log = header.info.knobs;
  for (auto change = log.rbegin(); change != log.rend(); ++change) {
    if (change->id != "threads" || change->step > earlier.info.step) continue;
    trainer->set_knob("threads", change->value);
    break;
  }
  return trainer;
}

void turn(TorchTrainer& trainer, const KnobChange& change) {
  if (change.id == "epochs") {
    trainer.set_epochs(static_cast<int>(change.value));
  } else if (change.id == "threads") {
    if (trainer.threads() != static_cast<int>(change.value)) {
      trainer.set_knob(change.id, change.value);
    }
  } else if (trainer.knob(change.id) != change.value) {
    trainer.set_knob(change.id, change.value);
  }
}

}  // namespace

Replay replay_run(const SafetensorsFile& file, DataSplit data, const ReplayOptions& options) {
  const RunHeader header = parse_run_header(file.path(), file.metadata());
  const Log& log = header.info.knobs;
  const std::unique_ptr<TorchTrainer> trainer =
      options.from.empty()
          ? from_seed(header, std::move(data))
          : from_state(header, SafetensorsFile::read(options.from), std::move(data));
  const std::int64_t begin = trainer->position().step;
  const std::int64_t end =
      options.epoch ? *options.epoch * trainer->position().steps_per_epoch : header.info.step;
  if (end > header.info.step || end < begin) {
    throw Error{ErrorCode::InvalidConfig,
                "The run " + file.path().string() + " was trained for " +
                    std::to_string(header.info.epoch) + " epochs: epoch " +
                    std::to_string(options.epoch.value_or(0)) + " cannot be replayed" +
                    (end < begin ? " from " + options.from.string() : "") + "."};
  }
  trainer->enter_thread();

  auto next = std::find_if(log.begin(), log.end(),
                           [begin](const KnobChange& change) { return change.step >= begin; });
  const auto turn_until = [&](std::int64_t step) {
    for (; next != log.end() && next->step <= step; ++next) turn(*trainer, *next);
  };
  while (trainer->position().validating || trainer->position().step < end) {
    if (options.stop.stop_requested()) throw Error{ErrorCode::Cancelled, "Cancelled."};
    if (trainer->position().validating) {
      trainer->validate_part();
      continue;
    }
    turn_until(trainer->position().step);
    trainer->train_batch();
    if (options.progress) options.progress(trainer->position().step - begin, end - begin);
  }

  Replay replay;
  replay.steps = trainer->position().step - begin;
  replay.epoch = trainer->position().epoch();
  if (end == header.info.step) {
    turn_until(end);
    NamedTensors state = trainer->state();
    // Where the file was written before the last epoch's validation, which changes no weight.
    std::erase_if(state, [](const auto& each) { return each.first == "state.position"; });
    replay.different = differing_tensors(file, state);
    replay.identical = replay.different.empty();
  }
  if (!options.out.empty()) trainer->save(options.out, header.info.finished);
  return replay;
}

}  // namespace latent::training
