#include <iostream>
#include <memory>

#include "commands.h"
#include "console.h"
#include "latent/engine.h"
#include "program.h"
#include "run_json.h"

namespace latent::app {
namespace {

void print_history(const RunFileInfo& info, const ModelInfo& model) {
  std::cout << "\nLosses (" << (model.loss_terms.empty() ? "" : model.loss_terms.front().unit)
            << ")\n  " << right("epoch", 7) << "  " << left("part", 10) << right("total", 12);
  for (const LossTerm& term : model.loss_terms) std::cout << right(term.title, 16);
  std::cout << "\n";
  for (const LossPoint& point : info.history) {
    std::cout << "  " << right(exact(point.epoch), 7) << "  "
              << left(point.part == LossPoint::Part::Train ? "train" : "validation", 10)
              << right(fixed(point.total, 3), 12);
    for (const float term : point.terms) std::cout << right(fixed(term, 3), 16);
    std::cout << "\n";
  }
}

void print_run(const RunFileInfo& info, const ModelInfo& model) {
  const auto line = [](const std::string& name, const std::string& value) {
    std::cout << left(name, 16) << value << "\n";
  };
  const auto config = nlohmann::ordered_json::parse(to_json(info.config));
  line("file", info.path.string());
  line("system", model.title + " (" + model.citation + ")");
  line("data", info.data_title + " (" + info.config.data + ")");
  line("saved", info.saved_at + " by version " + info.program_version);
  line("trained", grouped(info.step) + " batches, " + exact(info.epoch) + " of " +
                      std::to_string(info.config.epochs) + " epochs" +
                      (info.finished ? "" : ", not finished"));
  line("seed", std::to_string(info.seed));
  line("parameters", grouped(info.parameters));
  std::cout << "\nConfiguration\n";
  for (const auto& [name, value] : config.items()) {
    if (name == "data" || name == "model" || name == "seed" || name == "hyperparameters") continue;
    std::cout << "  " << left(name, 22)
              << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  }
  for (const Hyperparameter& knob : model.hyperparameters) {
    std::cout << "  " << left(knob.id, 22) << exact(info.config.hyperparameter(model, knob.id))
              << "\n";
  }
  if (!info.knobs.empty()) {
    std::cout << "\nTurned while training\n";
    for (const KnobChange& change : info.knobs) {
      std::cout << "  " << left("batch " + grouped(change.step), 22) << change.id << " = "
                << exact(change.value) << "\n";
    }
  }
  if (!info.history.empty()) print_history(info, model);
  const auto record = nlohmann::ordered_json::parse(info.record_json, nullptr, false);
  if (record.is_object() && !record.empty()) {
    std::cout << "\nMeasured after training\n";
    for (const auto& [name, value] : record.items()) {
      std::cout << "  " << left(name, 22)
                << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
  }
}

}  // namespace

void add_info(Program& program) {
  const auto run = std::make_shared<std::filesystem::path>();
  CLI::App* command = program.add_command(
      "Training", "info", "Show what a run's file says of itself: configuration, losses, knobs.",
      "  latent info vae.safetensors\n  latent info vae.safetensors --json", [&program, run] {
        const Engine& engine = load_engine();
        const RunFileInfo info = engine.read_run_info(*run);
        const ModelInfo& model = engine.model(info.config.model);
        if (program.json()) {
          print_json(run_as_json(info, model));
        } else {
          print_run(info, model);
        }
        return 0;
      });
  command->add_option("RUN", *run, "A run's file (.safetensors).")->required();
  program.offer_json(command);
}

}  // namespace latent::app
