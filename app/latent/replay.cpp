#include <iostream>
#include <memory>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/data_catalogue.h"
#include "latent/engine.h"
#include "program.h"

namespace latent::app {
namespace {

struct ReplayCommand {
  std::filesystem::path run;
  std::filesystem::path from;
  std::filesystem::path out;
  int epoch = -1;
  std::string data;
  bool force = false;
};

void print_replay(const ReplayCommand& command, const Replay& replay) {
  std::cout << "Trained again: " << grouped(replay.steps) << " batches, to epoch "
            << exact(replay.epoch) << ".\n";
  if (replay.identical) {
    if (*replay.identical) {
      std::cout << "The weights are bit for bit those of " << command.run.string() << ".\n";
    } else {
      std::cout << "The weights are NOT those of " << command.run.string() << ": "
                << grouped(static_cast<std::int64_t>(replay.different.size()))
                << " tensors differ, the first is " << replay.different.front() << ".\n";
    }
  }
  if (!command.out.empty()) std::cout << "Saved: " << command.out.string() << "\n";
}

int replay_and_tell(const ReplayCommand& command, bool json) {
  if (!command.out.empty()) {
    expect_ending(command.out, "--out", {".safetensors"});
    expect_free(command.out, command.force);
  }
  const Engine& engine = load_engine();
  const RunFileInfo info = engine.read_run_info(command.run);
  ProgressLine progress;
  const auto show = [&progress](std::int64_t done, std::int64_t total, const std::string& what) {
    progress.show(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1.0, what,
                  "");
  };
  ReplayOptions options;
  options.from = command.from;
  options.out = command.out;
  if (command.epoch >= 0) options.epoch = command.epoch;
  std::stop_source stop;
  options.stop = stop.get_token();
  const Interruption interruption;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    if (Interruption::requested()) stop.request_stop();
    show(done, total, "Training again");
  };
  DataSplit data = load_data(command.data.empty() ? info.config.data : command.data, {}, show);
  const Replay replay = engine.replay(command.run, std::move(data), options);
  progress.clear();
  if (json) {
    nlohmann::ordered_json result{{"steps", replay.steps}, {"epoch", replay.epoch}};
    result["identical"] = replay.identical ? nlohmann::ordered_json(*replay.identical) : nullptr;
    result["different"] = replay.different;
    if (!command.out.empty()) result["out"] = command.out.string();
    print_json(result);
  } else {
    print_replay(command, replay);
  }
  return replay.identical.value_or(true) ? 0 : 1;
}

}  // namespace

void add_replay(Program& program) {
  const auto options = std::make_shared<ReplayCommand>();
  CLI::App* command = program.add_command(
      "Training", "replay",
      "Train a run again from its configuration, seed and knob log, with as many threads as it "
      "had, "
      "and say whether the weights are the same bit for bit. Exit code 1 when they are not.",
      "  latent replay vae.safetensors\n"
      "  latent replay vae.safetensors --epoch 3 --out vae-epoch-3.safetensors",
      [&program, options] { return replay_and_tell(*options, program.json()); });
  command->add_option("RUN", options->run, "A run's file (.safetensors).")->required();
  command
      ->add_option("--from", options->from,
                   "An earlier state of the same run to begin at, such as a kept epoch (default: "
                   "its seed).")
      ->option_text("RUN");
  command
      ->add_option("--epoch", options->epoch,
                   "End with this epoch (default: where the run's file is).")
      ->option_text("N")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--data", options->data,
                   "The same data under another name (default: what the run was trained on).")
      ->option_text("NAME");
  command->add_option("--out", options->out, "Save what was trained again (.safetensors).")
      ->option_text("FILE");
  command->add_flag("--force", options->force, "Replace the file when it is there.");
  program.offer_json(command);
}

}  // namespace latent::app
