#include <iostream>
#include <memory>
#include <string>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/engine.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct ExportOptions {
  RunOptions run;
  std::filesystem::path encoder;
  std::filesystem::path decoder;
  bool force = false;
};

int write_networks(const ExportOptions& options, const Program& program) {
  if (options.encoder.empty() && options.decoder.empty()) {
    throw UsageError("--decoder, --encoder or both say what to write, and where.");
  }
  if (options.encoder == options.decoder) {
    throw UsageError("--encoder and --decoder need two files.");
  }
  const std::pair<const char*, const std::filesystem::path&> files[] = {
      {"--decoder", options.decoder}, {"--encoder", options.encoder}};
  for (const auto& [flag, path] : files) {
    if (path.empty()) continue;
    expect_ending(path, flag, {".pt"});
    expect_free(path, options.force);
  }
  const OpenRun run = open_run(options.run.run);
  if (!options.encoder.empty() && !run.model->info().has_encoder) {
    throw UsageError(run.model->info().title +
                     " has no encoder: it searches for codes. Only --decoder can be written.");
  }
  const Engine& engine = load_engine();
  if (!options.decoder.empty()) {
    engine.write_torch_script(*run.model, NetworkHalf::Decoder, options.decoder);
  }
  if (!options.encoder.empty()) {
    engine.write_torch_script(*run.model, NetworkHalf::Encoder, options.encoder);
  }
  const ImageShape shape = run.model->shape();
  if (program.json()) {
    print_json({{"decoder", options.decoder.string()},
                {"encoder", options.encoder.string()},
                {"latent_dim", run.latent_dim()},
                {"shape", {shape.channels, shape.height, shape.width}},
                {"classes", run.model->classes()}});
    return 0;
  }
  const std::string pixels = "[N, " + std::to_string(shape.channels) + ", " +
                             std::to_string(shape.height) + ", " + std::to_string(shape.width) +
                             "]";
  const std::string codes = "[N, " + std::to_string(run.latent_dim()) + "]";
  const std::string told = run.model->classes() > 0 ? ", labels [N] int64" : "";
  if (!options.decoder.empty()) {
    std::cout << "Wrote " << options.decoder.string() << ": codes " << codes << told
              << " to pixels " << pixels << ", 0 … 1.\n";
  }
  if (!options.encoder.empty()) {
    std::cout << "Wrote " << options.encoder.string() << ": pixels " << pixels << ", 0 … 1" << told
              << ", to codes " << codes
              << (run.model->info().gaussian_posterior ? " (mean, log_var).\n" : ".\n");
  }
  return 0;
}

}  // namespace

void add_export(Program& program) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "export",
      "Write a run's encoder and decoder as TorchScript, for Python's torch.jit.load.",
      "  latent export vae.safetensors --decoder decoder.pt --encoder encoder.pt\n"
      "  python3 -c 'import torch; print(torch.jit.load(\"decoder.pt\")(torch.zeros(1, 2)).shape)'",
      [options, &program] { return write_networks(*options, program); });
  options->run.add_run(command);
  command->add_option("--decoder", options->decoder, "Where the decoder goes (.pt).")
      ->option_text("FILE")
      ->group("Output");
  command->add_option("--encoder", options->encoder, "Where the encoder goes (.pt).")
      ->option_text("FILE")
      ->group("Output");
  command->add_flag("--force", options->force, "Replace the files when they are there.")
      ->group("Output");
  program.offer_json(command);
}

}  // namespace latent::app
